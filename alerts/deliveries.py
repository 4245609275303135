"""The part of the ledger that knows what is on its way, and what came of it."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from alerts.delivery import FAILED_AFTER, Delivery, State
from alerts.letter import LETTER, Letter
from alerts.model import Address, Send
from klantbus.bus.statements import statements
from klantbus.domain.micros import micros, moment

_Row = tuple[str, str, str, str, str, int, int, str, int, int | None, int | None, str, str]


class Deliveries:
    """Deliveries on a ledger's connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._say = statements("alerts.sql", "deliveries.sql")

    def decide(self, send: Send, letter: Letter, now: datetime) -> None:
        """Keep a message as decided; what was decided before stays as it is."""
        address, body = send.address, LETTER.dump_json(letter).decode()
        named = (send.id, address.channel, address.to, send.level, send.receiver)
        self._run("decide", *named, micros(send.at), micros(now), body)
        self._connection.executemany(self._say["concerns"], [(alert, send.id) for alert in send.alerts])

    def lanes(self, now: datetime) -> Sequence[Address]:
        """Return the addresses that have something to be tried now."""
        return [Address(channel, to) for channel, to in self._run("lanes", micros(now))]

    def next_in_lane(self, address: Address, now: datetime) -> Delivery | None:
        """Return what is first to be tried at an address."""
        row = self._run("next_in_lane", address.channel, address.to, micros(now)).fetchone()
        return _delivery(row) if row else None

    def next_tries(self) -> Mapping[Address, datetime]:
        """Return per address when something is to be tried there next."""
        return {Address(channel, to): moment(us) for channel, to, us in self._run("next_tries")}

    def move_on(self, delivery: Delivery) -> None:
        """Keep where a delivery is now."""
        try_at = None if delivery.try_at is None else micros(delivery.try_at)
        handed = None if delivery.handed is None else micros(delivery.handed)
        changed = (delivery.state, delivery.attempts, try_at, handed, delivery.answer, delivery.id)
        self._run("move_on", *changed)

    def is_overtaken(self, delivery: Delivery) -> bool:
        """Return whether everything it tells of is over; a digest or a resolution is never overtaken."""
        (left,) = self._run("open_alerts_of", delivery.id).fetchone()
        return not left

    def of_alert(self, alert: str) -> Sequence[Delivery]:
        """Return what was sent about an alert, without the letters."""
        return [_delivery(row) for row in self._run("of_alert", alert)]

    def every(self) -> Sequence[Delivery]:
        """Return all of them, in the order in which they were decided."""
        return [_delivery(row) for row in self._run("every")]

    def states(self) -> Mapping[str, int]:
        """Return how many deliveries are in which state."""
        return dict(self._run("states").fetchall())

    def failed_alerts(self) -> frozenset[str]:
        """Return the alerts of which somebody could not be told."""
        return frozenset(alert for (alert,) in self._run("failed_alerts", FAILED_AFTER))

    def count_undelivered(self) -> int:
        """Return how many messages did not arrive so far."""
        return int(self._run("undelivered").fetchone()[0])

    def postpone(self, address: Address, until: datetime) -> None:
        """Leave an address alone until then, also with what is decided meanwhile: it asked for that."""
        self._run("rest", address.channel, address.to, micros(until))
        self._run("postpone", micros(until), address.channel, address.to)

    def forsake(self, address: Address, now: datetime) -> None:
        """Never call an address again: it said that it is gone."""
        self._run("gone", address.channel, address.to, micros(now))

    def is_gone(self, address: Address) -> bool:
        """Return whether an address asked never to be called again."""
        return self._run("is_gone", address.channel, address.to).fetchone() is not None

    def gone(self) -> Mapping[Address, datetime]:
        """Return the addresses that are never called again, and since when."""
        return {Address(channel, to): moment(us) for channel, to, us in self._run("every_gone")}

    def call_again(self, address: Address) -> bool:
        """Call an address again from now on; return False when it was not gone."""
        return self._run("call_again", address.channel, address.to).rowcount > 0

    def _run(self, name: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(self._say[name], values)


def _delivery(row: object) -> Delivery:
    name, channel, to, level, receiver, at, decided, state, attempts, try_at, handed, answer, letter = cast(
        "_Row", row
    )
    return Delivery(
        id=name,
        address=Address(channel, to),
        level=level,
        receiver=receiver,
        at=moment(at),
        decided=moment(decided),
        state=State(state),
        attempts=attempts,
        try_at=None if try_at is None else moment(try_at),
        handed=None if handed is None else moment(handed),
        answer=answer,
        letter=letter,
    )
