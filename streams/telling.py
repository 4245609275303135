"""Decisions of the judge as the records that tell them: verdicts and edges in Avro, with no model between.

A third of a worker's time went into models made to be written once. So tables say what is written
(`streams.wording`); a test writes the same by models, and holds every byte to it.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from klantbus.bus.ports import Record
from klantbus.bus.topics import ALERTS, VERDICTS
from klantbus.domain.decisions import Edge, Sight, Verdict
from klantbus.domain.events import PromiseState, Resolution
from streams.frames import framed
from streams.naming import named
from streams.wording import raised_of, resolved_of, verdict_of

MOST: Final = 1_000
"""A list in a fact holds no more (`events.base.Many`): of what happened more often, the latest is told."""
FEW: Final = 100
"""So many are told where a record would be too large otherwise."""
ROOM: Final = 200_000
"""Bytes of a value beyond which less is told; the log takes 256 KiB."""
_ANY: Final = 1 << 30

_CAUSES: Final = bytes.fromhex("6d0b2c1e 6f52 5c4e 9a43 2f4f0c8b7a10")
"""The namespace of ids that follow from a cause."""
_REASONS: Final = {
    "spoke_again": Resolution.SPOKE_AGAIN,
    PromiseState.KEPT: Resolution.KEPT,
    PromiseState.KEPT_LATE: Resolution.KEPT_LATE,
    PromiseState.GONE: Resolution.CORRECTED,
    PromiseState.OVERDUE: Resolution.REPLACED,
    PromiseState.BROKEN: Resolution.REPLACED,
    PromiseState.MADE: Resolution.MOVED,
    PromiseState.ACCEPTED: Resolution.MOVED,
    PromiseState.CANCELLED: Resolution.ENDED,
    PromiseState.RELEASED: Resolution.ENDED,
    PromiseState.PARTIALLY_KEPT: Resolution.ENDED,
    PromiseState.DECLINED: Resolution.ENDED,
    PromiseState.EXPIRED: Resolution.ENDED,
}
_MISSED: Final = frozenset({"promise.overdue", "promise.broken", "payment.promise_broken"})
_KEPT: Final = Resolution.KEPT
_MOVED: Final = Resolution.MOVED
"""A promise is open again; of a hand-off: it was answered."""
_WAS_KEPT: Final = Resolution.WAS_KEPT
_ANSWERED: Final = Resolution.ANSWERED
_OTHER: Final = Resolution.OTHER
_STATES: Final = {str(state): state for state in PromiseState}


class Told:
    """An edge, the number of its alert, and the department that stated the fact it is about, if any."""

    __slots__ = ("edge", "number", "stated_by")

    def __init__(self, edge: Edge, number: str, stated_by: str | None) -> None:
        self.edge = edge
        self.number = number
        self.stated_by = stated_by

    @property
    def at(self) -> int:
        """When it became so."""
        return self.edge.at

    @property
    def cause_key(self) -> str:
        """The same for the same decision, however often and by whom it is taken."""
        return self.edge.cause_key

    @property
    def sight(self) -> Sight | None:
        """How the promise stands that it is about."""
        return self.edge.sight

    @property
    def promise_id(self) -> str | None:
        """That promise."""
        return self.edge.promise_id

    @property
    def about(self) -> str | None:
        """The department whose it is."""
        edge = self.edge
        if edge.kind == "info.silent_department":
            return edge.key
        if edge.departments:
            return edge.departments[0]
        return edge.sight.said.performer if edge.sight else self.stated_by

    @property
    def made_by(self) -> str | None:
        """Who made the promise; of a conflict, the later one."""
        edge = self.edge
        return edge.departments[-1] if edge.departments else edge.sight.said.made_by if edge.sight else None

    @property
    def ids(self) -> tuple[str, ...]:
        """All promises that it is about; of a hand-off also the promise it serves (RULES 8, N13)."""
        return self._ids(MOST)

    @property
    def few_ids(self) -> tuple[str, ...]:
        """The same, where there is little room."""
        return self._ids(FEW)

    def _ids(self, most: int) -> tuple[str, ...]:
        edge = self.edge
        parent = edge.sight.said.parent if edge.sight else None
        return edge.promise_ids[:most] if parent is None else (*edge.promise_ids[: most - 1], parent)

    @property
    def state(self) -> PromiseState | None:
        """What the promise became by which it was resolved."""
        edge = self.edge
        return _STATES.get(edge.reason) if edge.promise_id else None

    @property
    def resolution(self) -> Resolution:
        """Why it was resolved."""
        edge = self.edge
        found = _REASONS.get(edge.reason, _OTHER)
        if found is _KEPT and edge.kind in _MISSED:
            return _WAS_KEPT
        if found is _MOVED and edge.kind.startswith("handoff."):
            return _ANSWERED
        return found


Ruling: TypeAlias = Verdict | Told
"""Something that became so at `at` (µs UTC). `cause_key` is the same whenever it is found out again."""


def event_of(ruling: Ruling) -> str:
    """Return the type of fact that tells a ruling."""
    if isinstance(ruling, Verdict):
        return "verdict.changed"
    return "alert.raised" if ruling.edge.edge == "raised" else "alert.resolved"


def id_of(subject: str, ruling: Ruling) -> str:
    """Return the id of a ruling: the same cause gives the same id, in whatever process, however often."""
    return named(_CAUSES, subject, "\n", event_of(ruling), "\n", ruling.at, "\n", ruling.cause_key)


def records_of(subject: str, rulings: Iterable[Ruling]) -> list[Record]:
    """Return the records that state `rulings` on `subject`: verdicts and edges each in their topic."""
    key = subject.encode()
    return [_record(key, id_of(subject, ruling), ruling) for ruling in rulings]


def _record(subject: bytes, name: str, ruling: Ruling) -> Any:  # noqa: ANN401  a `Record`
    whole, short = _tellers.get(event_of(ruling)) or _teller(event_of(ruling))
    record = whole.record(subject, name, ruling)
    return short.record(subject, name, ruling) if record is None else record


_tellers: Final[dict[str, tuple[Any, Any]]] = {}
"""What tells each type of fact, whole and shortened; made when it is first asked for."""


def _teller(event: str) -> tuple[Any, Any]:
    if event == "verdict.changed":
        whole, short = verdict_of(MOST), verdict_of(FEW)
    else:
        table_of = raised_of if event == "alert.raised" else resolved_of
        whole, short = table_of(MOST, "ids"), table_of(FEW, "few_ids")
    topic = VERDICTS if event == "verdict.changed" else ALERTS
    made = framed(event, topic, whole, ROOM), framed(event, topic, short, _ANY)
    _tellers[event] = made
    return made
