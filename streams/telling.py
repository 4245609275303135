"""Decisions of the judge as the records that tell them: verdicts and edges in Avro, with no model between.

A third of a worker's time went into models made to be written once. So this writes in the order of the
schemas' fields (verdict.changed, alert.raised, alert.resolved); a test writes the same by models, and holds
every byte to it. A verdict and an edge say enough to act upon without reading any state.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from librt.strings import BytesWriter
from uuid_utils import UUID, uuid5

from klantbus.bus.avro.pieces import SHORT, put_size
from klantbus.bus.ports import Record
from klantbus.domain.decisions import Edge, Sight, Verdict
from klantbus.domain.events import Importance, PromiseKind, PromiseState, Resolution, Scope
from klantbus.domain.said import Made
from streams.frames import Frame, frame_of
from streams.writing import (
    END,
    IMPORTANCES,
    KINDS,
    NULL,
    RESOLUTIONS,
    SCOPES,
    SEVERITIES,
    SOME,
    STATES,
    count,
    evidence_in,
    flags_in,
    instant,
    lines_in,
    maybe,
    money,
    short,
    size,
    text,
    texts,
    when,
    why_in,
    word,
)

NOBODY: Final = "unknown"
"""Stands where a promise is gone and nobody can say any more whose it was."""
MOST: Final = 1_000
"""A list in a fact holds no more (`events.base.Many`): of what happened more often, the latest is told."""
FEW: Final = 100
"""So many are told where a record would be too large otherwise."""
ROOM: Final = 200_000
"""Bytes of a value beyond which less is told; the log takes 256 KiB."""

_CAUSES: Final = UUID("6d0b2c1e-6f52-5c4e-9a43-2f4f0c8b7a10")
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
_made: Final[Any] = tuple.__new__
"""Makes a record: a named tuple's own constructor costs three times as much."""
_MISSED: Final = frozenset({"promise.overdue", "promise.broken", "payment.promise_broken"})
_UNANSWERED: Final = frozenset({PromiseState.MADE, PromiseState.ACCEPTED})


_NOTHING_SEEN: Final = b"".join(
    (
        *(KINDS[PromiseKind.OTHER], SCOPES[Scope.EXTERNAL]),
        *(2 * (put_size(len(NOBODY)), NOBODY.encode())),
        *(IMPORTANCES[Importance.NORMAL], NULL, SHORT[0]),
        *(3 * (NULL,)),  # order_ref to parent_promise_id
        *(11 * (NULL,)),  # made_at to ended_at
        *(NULL, SHORT[0], SHORT[0], NULL, NULL),  # consent to calendar_version
        *(3 * (END,)),  # lines to conflicts_with
    )
)
"""What a verdict says of a promise that is gone, from kind on."""
_NO_OWNER: Final = b"".join(3 * (NULL,))
"""Owner, until and note: an edge of the judge has none."""
_NO_PROMISE: Final = b"".join((NULL, IMPORTANCES[Importance.NORMAL], NULL, SHORT[0], *(3 * (NULL,))))
"""What an edge says of no promise, from performer to due."""


class Told:
    """An edge, the number of its alert, and the department that stated the fact it is about, if any."""

    __slots__ = ("department", "edge", "number")

    def __init__(self, edge: Edge, number: str, department: str | None) -> None:
        self.edge = edge
        self.number = number
        self.department = department

    @property
    def at(self) -> int:
        """When it became so."""
        return self.edge.at

    @property
    def cause_key(self) -> str:
        """The same for the same decision, however often and by whom it is taken."""
        return self.edge.cause_key


Ruling: TypeAlias = Verdict | Told
"""Something that became so at `at` (µs UTC). `cause_key` is the same whenever it is found out again."""


def event_of(ruling: Ruling) -> str:
    """Return the type of fact that tells a ruling."""
    if isinstance(ruling, Verdict):
        return "verdict.changed"
    return "alert.raised" if ruling.edge.edge == "raised" else "alert.resolved"


def id_of(subject: str, ruling: Ruling) -> str:
    """Return the id of a ruling: the same cause gives the same id, in whatever process, however often."""
    return str(uuid5(_CAUSES, f"{subject}\n{event_of(ruling)}\n{ruling.at}\n{ruling.cause_key}"))


def records_of(subject: str, rulings: Iterable[Ruling]) -> list[Record]:
    """Return the records that state `rulings` on `subject`: verdicts and edges each in their topic."""
    key = subject.encode()
    return [_record(key, id_of(subject, ruling).encode(), ruling) for ruling in rulings]


def _record(subject: bytes, name: bytes, ruling: Ruling) -> Any:  # noqa: ANN401  a `Record`
    frame = frame_of(event_of(ruling))
    value = _value(frame, subject, name, ruling, MOST)
    if len(value) > ROOM:
        value = _value(frame, subject, name, ruling, FEW)
    return _made(Record, (frame.topic, subject, value, frame.headers(name, subject, ruling.at)))


def _value(frame: Frame, subject: bytes, name: bytes, ruling: Ruling, most: int) -> bytes:
    """Return the framed fact: its envelope, then what it says."""
    a = BytesWriter()
    a.write(frame.head)
    short(a, name)
    a.write(frame.said)
    short(a, subject)
    instant(a, ruling.at)
    instant(a, ruling.at)
    a.write(frame.rest)
    if isinstance(ruling, Verdict):
        _verdict(a, ruling, most)
    elif ruling.edge.edge == "raised":
        _raised(a, ruling, most)
    else:
        _resolved(a, ruling, most)
    return a.getvalue()


# -- what each says, field by field


def _verdict(a: BytesWriter, verdict: Verdict, most: int) -> None:
    text(a, verdict.promise_id)
    word(a, STATES, verdict.previous)
    a.write(STATES[verdict.state])
    flags_in(a, verdict.flags)
    instant(a, verdict.at)
    if verdict.sight is None:
        a.write(_NOTHING_SEEN)
    else:
        _promise(a, verdict.sight, most)
    why_in(a, verdict.why, most)


def _promise(a: BytesWriter, sight: Sight, most: int) -> None:
    said = sight.said
    a.write(KINDS[said.kind])
    a.write(SCOPES[said.scope])
    text(a, said.made_by)
    text(a, said.performer)
    _matter(a, said)
    maybe(a, said.parent)
    when(a, sight.made_at)
    when(a, sight.accepted_at)
    when(a, sight.start)
    when(a, sight.warn)
    when(a, sight.due)
    when(a, sight.grace)
    when(a, sight.original_due)
    when(a, sight.requested_due)
    when(a, sight.planned)
    when(a, sight.done_at)
    when(a, sight.ended_at)
    a.write(NULL if sight.consent is None else b"\x02\x01" if sight.consent else b"\x02\x00")
    size(a, sight.revision)
    size(a, sight.breach_count)
    maybe(a, sight.calendar)
    count(a, sight.calendar_version)
    lines_in(a, sight.lines)
    evidence_in(a, sight.evidence[-most:])
    texts(a, sight.conflicts[:most])


def _matter(a: BytesWriter, said: Made) -> None:
    """Write importance to topic, which a verdict and the raising of an alert both tell."""
    a.write(IMPORTANCES[said.importance])
    money(a, said.value)
    text(a, said.as_said)
    maybe(a, said.order)
    maybe(a, said.topic)


def _raised(a: BytesWriter, told: Told, most: int) -> None:
    edge, sight = told.edge, told.edge.sight
    _edge(a, told)
    _about(a, told, most)
    made_by = edge.departments[-1] if edge.departments else sight.said.made_by if sight else None
    if sight is None:
        a.append(0)  # promise_kind
        maybe(a, made_by)
        a.write(_NO_PROMISE)
    else:
        said = sight.said
        a.append(2)
        a.write(KINDS[said.kind])
        maybe(a, made_by)
        maybe(a, said.performer)
        _matter(a, said)
        when(a, sight.due)
    maybe(a, edge.event_id)
    count(a, edge.lag)
    lines_in(a, sight.lines if sight else ())
    a.append(0)  # cause: an edge of the judge follows from facts, and `why` names them
    why_in(a, edge.why, most)


def _resolved(a: BytesWriter, told: Told, most: int) -> None:
    edge, sight = told.edge, told.edge.sight
    _edge(a, told)
    a.write(RESOLUTIONS[_reason(edge)])
    _about(a, told, most)
    state = STATES.get(edge.reason) if edge.promise_id else None
    a.write(NULL if state is None else SOME + state)
    when(a, sight.done_at if sight else None)
    count(a, edge.lag)
    lines_in(a, sight.lines if sight else ())
    why_in(a, edge.why, most)


def _edge(a: BytesWriter, told: Told) -> None:
    """alert_id to note, which both edges begin with; an edge has no owner, until and note."""
    edge = told.edge
    text(a, told.number)
    text(a, edge.kind)
    text(a, edge.key)
    a.write(SEVERITIES[edge.severity])
    instant(a, edge.at)
    a.write(_NO_OWNER)


def _about(a: BytesWriter, told: Told, most: int) -> None:
    """department, promise_id and promise_ids; of a hand-off also the promise it serves (RULES 8, N13)."""
    edge = told.edge
    parent = edge.sight.said.parent if edge.sight else None
    ids = edge.promise_ids[:most] if parent is None else (*edge.promise_ids[: most - 1], parent)
    maybe(a, _department(edge, told.department))
    maybe(a, edge.promise_id)
    texts(a, ids)


def _department(edge: Edge, stated_by: str | None) -> str | None:
    if edge.kind == "info.silent_department":
        return edge.key
    if edge.departments:
        return edge.departments[0]
    return edge.sight.said.performer if edge.sight else stated_by


def _reason(edge: Edge) -> Resolution:
    if edge.reason == PromiseState.KEPT and edge.kind in _MISSED:
        return Resolution.WAS_KEPT
    if edge.reason in _UNANSWERED and edge.kind.startswith("handoff."):
        return Resolution.ANSWERED
    return _REASONS.get(edge.reason, Resolution.OTHER)
