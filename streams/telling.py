"""Decisions of the judge as payloads of verdicts and edges: enough to act upon without reading any state."""

from typing import Any

from klantbus.domain.decisions import Counted, Edge, Proof, Reason, Sight, Verdict
from klantbus.domain.events import (
    AlertRaised,
    AlertResolved,
    EventId,
    EvidenceUse,
    Fulfilment,
    PromiseId,
    PromiseState,
    Resolution,
    VerdictChanged,
    Why,
)
from klantbus.domain.events.derived import Tier
from klantbus.domain.micros import moment
from streams.construction import put_together

NOBODY = "unknown"
"""Stands where a promise is gone and nobody can say any more whose it was."""
PIECES = "pcs"
_REASONS = {
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
_MISSED = frozenset({"promise.overdue", "promise.broken", "payment.promise_broken"})


def verdict_of(verdict: Verdict) -> VerdictChanged:
    """Return a verdict as it is stated."""
    sight = verdict.sight
    told = _of_promise(sight) if sight else {"made_by": NOBODY, "performer": NOBODY}
    return put_together(
        VerdictChanged,
        promise_id=PromiseId(verdict.promise_id),
        previous=verdict.previous,
        state=verdict.state,
        flags=tuple(sorted(verdict.flags)),
        at=moment(verdict.at),
        why=_why(verdict.why),
        **told,
    )


def raised_of(edge: Edge, number: str, department: str | None) -> AlertRaised:
    """Return the raising of alert `number`; `department` stated the fact it is about, if it is about one."""
    short = {"event_id": edge.event_id, **(_in_short(edge.sight) if edge.sight else {})}
    if edge.departments:
        short["made_by"] = edge.departments[-1]
    return put_together(AlertRaised, **_of_edge(edge, number, department), **short)


def resolved_of(edge: Edge, number: str, department: str | None) -> AlertResolved:
    """Return the resolving of alert `number`."""
    sight = edge.sight
    return put_together(
        AlertResolved,
        **_of_edge(edge, number, department),
        reason=_reason(edge),
        state=PromiseState(edge.reason) if edge.promise_id and edge.reason in set(PromiseState) else None,
        done_at=_when(sight.done_at) if sight else None,
        lines=_lines(sight.lines) if sight else (),
    )


def _of_edge(edge: Edge, number: str, department: str | None) -> dict[str, Any]:
    return {
        "alert_id": number,
        "kind": edge.kind,
        "key": edge.key,
        "severity": edge.severity,
        "at": moment(edge.at),
        "department": _department(edge, department),
        "promise_id": edge.promise_id,
        "promise_ids": _promises(edge),
        "lag_minutes": edge.lag,
        "why": _why(edge.why),
    }


def _promises(edge: Edge) -> tuple[str, ...]:
    """Return the promises it is about; of a hand-off also the promise that it serves (RULES 8, row N13)."""
    parent = edge.sight.said.parent if edge.sight else None
    return edge.promise_ids if parent is None else (*edge.promise_ids, parent)


def _of_promise(sight: Sight) -> dict[str, Any]:
    said = sight.said
    return {
        "kind": said.kind,
        "scope": said.scope,
        "made_by": said.made_by,
        "performer": said.performer,
        "importance": said.importance,
        "value": said.value,
        "as_said": said.as_said,
        "order_ref": said.order,
        "topic": said.topic,
        "parent_promise_id": said.parent,
        "made_at": _when(sight.made_at),
        "accepted_at": _when(sight.accepted_at),
        "starts_at": _when(sight.start),
        "warn_at": _when(sight.warn),
        "due": _when(sight.due),
        "grace_ends_at": _when(sight.grace),
        "original_due": _when(sight.original_due),
        "requested_due": _when(sight.requested_due),
        "planned_at": _when(sight.planned),
        "done_at": _when(sight.done_at),
        "ended_at": _when(sight.ended_at),
        "consent": sight.consent,
        "revision": sight.revision,
        "breach_count": sight.breach_count,
        "calendar": sight.calendar,
        "calendar_version": sight.calendar_version,
        "lines": _lines(sight.lines),
        "evidence": tuple([_use(proof) for proof in sight.evidence]),
        "conflicts_with": sight.conflicts,
    }


def _in_short(sight: Sight) -> dict[str, Any]:
    said = sight.said
    return {
        "promise_kind": said.kind,
        "made_by": said.made_by,
        "performer": said.performer,
        "importance": said.importance,
        "value": said.value,
        "as_said": said.as_said,
        "order_ref": said.order,
        "topic": said.topic,
        "due": _when(sight.due),
        "lines": _lines(sight.lines),
    }


def _department(edge: Edge, stated_by: str | None) -> str | None:
    if edge.kind == "info.silent_department":
        return edge.key
    if edge.departments:
        return edge.departments[0]
    return edge.sight.said.performer if edge.sight else stated_by


def _reason(edge: Edge) -> Resolution:
    if edge.reason == PromiseState.KEPT and edge.kind in _MISSED:
        return Resolution.WAS_KEPT
    if edge.reason in {PromiseState.MADE, PromiseState.ACCEPTED} and edge.kind.startswith("handoff."):
        return Resolution.ANSWERED
    return _REASONS.get(edge.reason, Resolution.OTHER)


def _when(instant: int | None) -> Any:  # noqa: ANN401  a datetime or None, as the payloads have it
    return None if instant is None else moment(instant)


def _lines(lines: tuple[Counted, ...]) -> tuple[Fulfilment, ...]:
    """Return the lines of a promise that has any: without, it is counted as one that has no article."""
    return tuple(
        [
            put_together(
                Fulfilment,
                sku=line.sku,
                uom=line.uom or PIECES,
                promised=line.promised,
                fulfilled=line.fulfilled,
            )
            for line in lines
            if line.sku
        ]
    )


def _use(proof: Proof) -> EvidenceUse:
    return put_together(
        EvidenceUse,
        event_id=EventId(proof.event_id),
        at=moment(proof.time),
        tier=Tier(proof.tier) if proof.tier in set(Tier) else Tier.OTHER,
        sku=proof.sku or None,
        quantity=proof.quantity,
    )


def _why(reasons: tuple[Reason, ...]) -> tuple[Why, ...]:
    return tuple([put_together(Why, **reason._asdict()) for reason in reasons])
