"""Decisions of the judge as the records that tell them: verdicts and edges in Avro, with no model between.

A third of a worker's time went into models made to be written once. So this writes in the order of the
schemas' fields (verdict.changed, alert.raised, alert.resolved); a test writes the same by models, and holds
every byte to it. A verdict and an edge say enough to act upon without reading any state.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from uuid_utils import UUID, uuid5

from klantbus.bus.avro.pieces import SHORT, put_micros, put_number, put_size
from klantbus.bus.contract import contract
from klantbus.bus.envelope import mirrored, written_of
from klantbus.bus.ports import Record
from klantbus.bus.topics import ALERTS, VERDICTS
from klantbus.domain.decisions import Edge, Sight, Verdict
from klantbus.domain.events import Importance, PromiseKind, PromiseState, Resolution, Scope
from klantbus.domain.said import Made
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
    lines_in,
    maybe,
    money,
    text,
    texts,
    when,
    why_in,
    word,
)

SOURCE: Final = "/bus/judge"
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
_NO_PROMISE: Final = b"".join((NULL, IMPORTANCES[Importance.NORMAL], NULL, SHORT[0], *(3 * (NULL,))))
"""What an edge says of no promise, from performer to due."""


class Told(NamedTuple):
    """An edge, the number of its alert, and the department that stated the fact it is about, if any."""

    edge: Edge
    number: str
    department: str | None

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


def _record(subject: bytes, name: bytes, ruling: Ruling) -> Record:
    value = _value(subject, name, ruling, MOST)
    if len(value) > ROOM:
        value = _value(subject, name, ruling, FEW)
    event, at = event_of(ruling), written_of(ruling.at)
    headers = mirrored(name, SOURCE.encode(), event.encode(), subject, (at, at))
    return Record(VERDICTS if isinstance(ruling, Verdict) else ALERTS, subject, value, headers)


def _value(subject: bytes, name: bytes, ruling: Ruling, most: int) -> bytes:
    """Return the framed fact: its envelope, then what it says."""
    event, at = event_of(ruling), put_micros(ruling.at)
    head, said, rest = _frames()[event]
    a = [head, put_size(len(name)), name, said, put_size(len(subject)), subject, at, at, rest]
    if isinstance(ruling, Verdict):
        _verdict(a, ruling, at, most)
    elif ruling.edge.edge == "raised":
        _raised(a, ruling, at, most)
    else:
        _resolved(a, ruling, at, most)
    return b"".join(a)


# -- what each says, field by field


def _verdict(a: list[bytes], verdict: Verdict, at: bytes, most: int) -> None:
    text(a, verdict.promise_id)
    word(a, STATES, verdict.previous)
    a.append(STATES[verdict.state])
    flags_in(a, verdict.flags)
    a.append(at)
    if verdict.sight is None:
        a.append(_NOTHING_SEEN)
    else:
        _promise(a, verdict.sight, most)
    why_in(a, verdict.why, most)


def _promise(a: list[bytes], sight: Sight, most: int) -> None:
    said = sight.said
    a += (KINDS[said.kind], SCOPES[said.scope])
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
    a.append(NULL if sight.consent is None else b"\x02\x01" if sight.consent else b"\x02\x00")
    a += (put_number(sight.revision), put_number(sight.breach_count))
    maybe(a, sight.calendar)
    count(a, sight.calendar_version)
    lines_in(a, sight.lines)
    evidence_in(a, sight.evidence[-most:])
    texts(a, sight.conflicts[:most])


def _matter(a: list[bytes], said: Made) -> None:
    """Write importance to topic, which a verdict and the raising of an alert both tell."""
    a.append(IMPORTANCES[said.importance])
    money(a, said.value)
    text(a, said.as_said)
    maybe(a, said.order)
    maybe(a, said.topic)


def _raised(a: list[bytes], told: Told, at: bytes, most: int) -> None:
    edge, sight = told.edge, told.edge.sight
    _edge(a, told, at)
    _about(a, told, most)
    made_by = edge.departments[-1] if edge.departments else sight.said.made_by if sight else None
    if sight is None:
        a.append(NULL)  # promise_kind
        maybe(a, made_by)
        a.append(_NO_PROMISE)
    else:
        said = sight.said
        a += (SOME, KINDS[said.kind])
        maybe(a, made_by)
        maybe(a, said.performer)
        _matter(a, said)
        when(a, sight.due)
    maybe(a, edge.event_id)
    count(a, edge.lag)
    lines_in(a, sight.lines if sight else ())
    a.append(NULL)  # cause: an edge of the judge follows from facts, and `why` names them
    why_in(a, edge.why, most)


def _resolved(a: list[bytes], told: Told, at: bytes, most: int) -> None:
    edge, sight = told.edge, told.edge.sight
    _edge(a, told, at)
    a.append(RESOLUTIONS[_reason(edge)])
    _about(a, told, most)
    state = STATES.get(edge.reason) if edge.promise_id else None
    a += (NULL,) if state is None else (SOME, state)
    when(a, sight.done_at if sight else None)
    count(a, edge.lag)
    lines_in(a, sight.lines if sight else ())
    why_in(a, edge.why, most)


def _edge(a: list[bytes], told: Told, at: bytes) -> None:
    """alert_id to note, which both edges begin with; an edge has no owner, until and note."""
    edge = told.edge
    text(a, told.number)
    text(a, edge.kind)
    text(a, edge.key)
    a += (SEVERITIES[edge.severity], at, NULL, NULL, NULL)


def _about(a: list[bytes], told: Told, most: int) -> None:
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


# -- frames


@cache
def _frames() -> dict[str, tuple[bytes, bytes, bytes]]:
    """Return by type of fact what stands before its id, between id and subject, and behind the times."""
    rest = _written("Europe/Amsterdam") + 5 * NULL  # timezone; actor to traceparent
    return {
        event: (contract().newest[event].head, _written(SOURCE) + _written(event), rest)
        for event in ("verdict.changed", "alert.raised", "alert.resolved")
    }


def _written(text: str) -> bytes:
    return put_size(len(text)) + text.encode()
