"""What the streams ask of a judge, and how a ruling becomes a fact whose id follows from its cause."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from uuid_utils import UUID, uuid5

from klantbus.bus.ports import Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, VERDICTS
from klantbus.domain.events import AlertRaised, AlertResolved, Fact, VerdictChanged
from klantbus.domain.micros import moment
from klantbus.domain.rules import Rules
from streams.construction import put_together

SOURCE = "/bus/judge"
_CAUSES = UUID("6d0b2c1e-6f52-5c4e-9a43-2f4f0c8b7a10")
"""The namespace of ids that follow from a cause."""

Ruled = VerdictChanged | AlertRaised | AlertResolved


class Ruling(NamedTuple):
    """Something that became so at `at` (µs UTC). `cause` is the same whenever it is found out again."""

    payload: Ruled
    at: int
    cause: str


class Judge(Protocol):
    """Judges one customer at a time. `version` changes when states are kept otherwise or rules change.

    States are the judge's own; learning may change one in place. Instants are µs UTC, logical: before facts
    published at T are learned, everything that time brought about up to T is ruled.
    """

    version: str
    rules: Rules

    def copy(self) -> "Judge":
        """Return a judge for one partition: what it hears of calendars is its own."""
        ...

    def fresh(self, customer: str) -> Any:  # noqa: ANN401  the judge's own
        """Return the state of a customer of whom nothing is known."""
        ...

    def learn(self, state: Any, facts: Sequence[Fact], published: int) -> Sequence[Ruling]:  # noqa: ANN401  the judge's own
        """Learn `facts` of one instant, together; a second arrival changes nothing."""
        ...

    def judge(self, state: Any, until: int) -> Sequence[Ruling]:  # noqa: ANN401  the judge's own
        """Rule what time brings about up to and at `until`."""
        ...

    def next_look(self, state: Any) -> int | None:  # noqa: ANN401  the judge's own
        """Return the next instant at which time alone changes something."""
        ...

    def knows(self, state: Any, fact: Fact, published: int) -> bool:  # noqa: ANN401  the judge's own
        """Return whether the fact came before, so that it need not be remembered again."""
        ...

    def forgotten(self, state: Any) -> int:  # noqa: ANN401  the judge's own
        """Return up to when facts were let go: when it moves, the judge knows some no longer."""
        ...

    def remembers(self, state: Any, fact: Fact) -> bool:  # noqa: ANN401  the judge's own
        """Return whether a fact that was learned was not let go since."""
        ...

    def pack(self, state: Any) -> bytes:  # noqa: ANN401  the judge's own
        """Return as bytes what of the state does not follow from its facts."""
        ...

    def unpack(self, customer: str, data: bytes, facts: Sequence[tuple[Fact, int]]) -> Any:  # noqa: ANN401  the judge's own
        """Return the state that `pack` made bytes of, from its facts and when they were published."""
        ...


def id_of(subject: str, ruling: Ruling) -> str:
    """Return the id of a ruling: the same cause gives the same id, in whatever process, however often."""
    return str(uuid5(_CAUSES, f"{subject}\n{ruling.payload.event}\n{ruling.at}\n{ruling.cause}"))


def fact_of(subject: str, ruling: Ruling) -> Fact:
    """Return the ruling as a fact of the bus about `subject`."""
    at: datetime = moment(ruling.at)
    return put_together(
        Fact,
        id=id_of(subject, ruling),
        source=SOURCE,
        type=ruling.payload.event,
        subject=subject,
        time=at,
        recordedtime=at,
        data=ruling.payload,
    )


def records_of(subject: str, rulings: Iterable[Ruling]) -> list[Record]:
    """Return the records that state `rulings`: verdicts and edges each in their topic."""
    return [
        record_of(
            fact_of(subject, ruling), VERDICTS if isinstance(ruling.payload, VerdictChanged) else ALERTS
        )
        for ruling in rulings
    ]
