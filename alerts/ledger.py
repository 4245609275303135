"""The alert ledger: one SQLite file that remembers what was said, what stands and what was sent.

What belongs together is written together: edges with the positions they came from, sends with the steps that
were taken. Whoever is killed in between finds either both or neither.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Self

import orjson
from pydantic import TypeAdapter

from alerts.errors import LedgerMisfit
from alerts.holding import SILENT, Standing, causes
from alerts.learn import Gathering
from alerts.model import Alert, Answer, Care, Edge, Fingerprint, Said
from alerts.policy import Policy
from alerts.words import EdgeWord
from klantbus.bus.ports import Lane, Positions
from klantbus.bus.statements import statements
from klantbus.domain.events import Fact
from klantbus.domain.micros import micros, moment

VERSION = 2
MEMORY = ":memory:"

_ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def _us(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


class Ledger:
    """An open ledger, and a `Shelf`. `deliveries.Deliveries` keeps its part on the same connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._say = statements("alerts.sql", "alerts.sql")

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open the ledger at `path`, or make it; raise `LedgerMisfit` when it is of another version."""
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        try:
            _prepare(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise LedgerMisfit(f"{path} is no alert ledger: {error}") from error
        return cls(connection)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Open a ledger that must be there, for looking only."""
        if not Path(path).exists():
            raise LedgerMisfit(f"there is no ledger at {path}; the alerter makes it: klantbus alert run")
        connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        if _version(connection) != VERSION:
            connection.close()
            raise LedgerMisfit(f"{path} was written by another klantbus; this one writes version {VERSION}")
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what happens inside as one: all of it or nothing, whatever ends it."""
        with self.connection:  # commits at the end, rolls back on any way out
            self.connection.execute("BEGIN IMMEDIATE")
            yield

    # -- how far back it knows

    def begin(self, now: datetime) -> None:
        """Keep when this ledger was born, unless it was before."""
        self._run("begin", micros(now))

    def born(self) -> datetime:
        """Return since when it knows: what was over by then is nobody's news."""
        return self._instant("born")

    def horizon(self) -> datetime:
        """Return before when it has forgotten what is over; whatever is said of that time is old news."""
        return self._instant("horizon")

    def forget(self, before: datetime) -> int:
        """Forget the alerts that were over before then, and what was sent about them; return how many.

        Their edges are forgotten too, and are known by their time from here on: see `horizon`.
        """
        with self.together():
            us = micros(before)
            gone = [name for (name,) in self._run("over_before", us)]
            self._run("set_horizon", us)
            for statement in ("forget_told", "forget_alerts"):
                self._run(statement, orjson.dumps(gone).decode())
            for statement in ("forget_edges", "forget_answers", "forget_deliveries"):
                self._run(statement, us)
        return len(gone)

    def _instant(self, name: str) -> datetime:
        row = self._run("instant", name).fetchone()
        return moment(row[0] if row else 0)

    # -- what was said

    def know(self, said: Said) -> bool:
        """Keep what was said; return False when it was known already."""
        if isinstance(said, Care):
            return self._run("care", said.customer, said.owner).rowcount > 0
        if isinstance(said, Edge):
            row = (said.id, said.alert, said.word, said.kind, said.key, micros(said.at))
            return self._run("know_edge", *row).rowcount > 0
        body = _ANSWER.dump_json(said).decode()
        return self._run("know_answer", said.id, said.alert, micros(said.at), body).rowcount > 0

    def answers(self, alert: str) -> Sequence[Answer]:
        """Return what people answered, oldest first."""
        return [_ANSWER.validate_json(body) for (body,) in self._run("answers", alert)]

    def looked_after_by(self, customer: str) -> str:
        """Return the account owner of a customer, or nothing."""
        row = self._run("looked_after_by", customer).fetchone()
        return str(row[0]) if row else ""

    def positions(self) -> Positions:
        """Return the next offset to read of every lane that was read."""
        return {Lane(topic, partition): offset for topic, partition, offset in self._run("positions")}

    def move(self, positions: Positions) -> None:
        """Keep the positions; call it together with what was read up to them."""
        rows = [(lane.topic, lane.partition, offset) for lane, offset in positions.items()]
        self.connection.executemany(self._say["move"], rows)

    # -- what stands

    def alert(self, name: str) -> Alert | None:
        """Return an alert by its id."""
        return self._one("alert", name)

    def latest(self, fingerprint: Fingerprint) -> Alert | None:
        """Return the last alert of a fingerprint, open or not."""
        return self._one("latest", *fingerprint)

    def held_by(self, cause: str) -> Sequence[Alert]:
        """Return the alerts that an alert keeps silent."""
        return self._many("held_by", cause)

    def due(self, now: datetime) -> Sequence[Alert]:
        """Return the alerts to look at now."""
        return self._many("due", micros(now))

    def open_alerts(self) -> Sequence[Alert]:
        """Return every alert that is not resolved, oldest first."""
        return self._many("open")

    def every_alert(self, limit: int) -> Sequence[Alert]:
        """Return the last `limit` alerts, newest first."""
        return self._many("all", limit)

    def next_look(self) -> datetime | None:
        """Return when the next alert is to be looked at."""
        (us,) = self._run("next_look").fetchone()
        return None if us is None else moment(us)

    def standing(self, alerts: Sequence[Alert], policy: Policy) -> Standing:
        """Return what may explain `alerts`, and what they may bring along."""
        prints = {fingerprint for alert in alerts for fingerprint in causes(alert, policy)}
        prints |= {(kind, key) for alert in alerts for kind, key in _kin(alert)}
        customers = {alert.about.customer for alert in alerts if alert.kind == "contact.chasing"}
        promises = {alert.about.promise for alert in alerts if alert.about.promise}
        past = {fingerprint for alert in alerts if alert.unheard for fingerprint in causes(alert, policy)}
        wanted = (orjson.dumps(list(group)).decode() for group in (prints, customers, promises, past))
        found = self._many("standing", *wanted)
        silent = [alert.id for alert in (*alerts, *found) if alert.kind == SILENT]
        held = self._run("held_promises", orjson.dumps(silent).decode()).fetchall() if silent else ()
        return Standing.of(found, dict(held))

    def put(self, alert: Alert, look: datetime | None) -> None:
        """Keep an alert as it stands, and when to look at it next."""
        self.put_all([(alert, look)])

    def put_all(self, alerts: Iterable[tuple[Alert, datetime | None]]) -> None:
        """Keep alerts as they stand, each with when to look at it next."""
        self.connection.executemany(self._say["put"], [_row(alert, look) for alert, look in alerts])

    def gathering(self, department: str, kind: str, phase: EdgeWord) -> Gathering | None:
        """Return the last group opened."""
        row = self._run("gathering", department, kind, phase).fetchone()
        return Gathering(department, kind, phase, moment(row[0])) if row else None

    def open_group(self, group: Gathering) -> None:
        """Keep a group as the last one opened."""
        self._run("open_group", group.department, group.kind, group.phase, micros(group.opened))

    # -- what the bus is still to be told

    def leave(self, fact: Fact) -> None:
        """Keep a fact that is to be stated; call it together with what it follows from."""
        self._run("leave", fact.id, fact.model_dump_json())

    def unstated(self, limit: int) -> Sequence[Fact]:
        """Return the facts still to be stated, oldest first."""
        return [Fact.model_validate_json(body) for _, body in self._run("unstated", limit)]

    def stated(self, facts: Sequence[Fact]) -> None:
        """Forget facts that the log has."""
        self.connection.executemany(self._say["stated"], [(fact.id,) for fact in facts])

    # -- what was decided for a day

    def digested(self) -> Mapping[str, date]:
        """Return per department the last day whose digest was decided."""
        return {department: date.fromisoformat(day) for department, day in self._run("digests")}

    def set_digested(self, department: str, day: date) -> None:
        """Keep that a department's digest of a day was decided."""
        self._run("digested", department, day.isoformat())

    def counts(self) -> Mapping[str, int]:
        """Return how many alerts stand open and how many of them are held."""
        return {
            "open": int(self._run("count_open").fetchone()[0]),
            "held": int(self._run("count_held").fetchone()[0]),
        }

    def _run(self, name: str, *values: object) -> sqlite3.Cursor:
        return self.connection.execute(self._say[name], values)

    def _one(self, name: str, *values: object) -> Alert | None:
        row = self._run(name, *values).fetchone()
        return _ALERT.validate_json(row[0]) if row else None

    def _many(self, name: str, *values: object) -> Sequence[Alert]:
        return [_ALERT.validate_json(body) for (body,) in self._run(name, *values)]


def _row(alert: Alert, look: datetime | None) -> Sequence[str | int | None]:
    about = alert.about
    named = (alert.id, alert.kind, alert.key, alert.status, about.customer, about.promise)
    kin = (about.cause_key, about.parent, alert.held_by)
    body = _ALERT.dump_json(alert).decode()
    return (*named, *kin, micros(alert.raised), _us(alert.resolved), _us(look), body)


def _kin(alert: Alert) -> Iterable[Fingerprint]:
    """Return what a message about `alert` may bring in: the cause it names, and what became worse of it."""
    kind, _, key = alert.about.cause.partition(":")
    named = [(kind, key)] if key else []
    return (*named, ("promise.overdue", alert.key), ("promise.broken", alert.key))


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # A power cut may take back the last moments, whole: what was read, decided and sent. Reading on from
    # there decides the same under the same keys, so nothing is lost; an fsync per step would cost too much.
    connection.execute("PRAGMA synchronous = NORMAL")
    version = _version(connection)
    if version not in {0, VERSION}:
        raise LedgerMisfit(f"this ledger is of version {version}; this klantbus writes version {VERSION}")
    if version == 0:
        connection.executescript(files("alerts.sql").joinpath("ledger.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA user_version = {VERSION:d}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
