"""Rulings told by models, as anybody would write them: what `streams.telling` writes is held to this."""

from datetime import UTC, datetime, timedelta

from klantbus.domain.decisions import Verdict
from klantbus.domain.events import (
    FIRST_YEAR,
    LAST_YEAR,
    AlertRaised,
    AlertResolved,
    EvidenceUse,
    Fact,
    Fulfilment,
    PromiseState,
    Resolution,
    Tier,
    VerdictChanged,
    Why,
)
from klantbus.domain.micros import moment
from streams.telling import event_of, id_of

FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (FIRST_YEAR, LAST_YEAR + 1))
LAST -= timedelta(microseconds=1)
ENDED = {"cancelled", "released", "partially_kept", "declined", "expired"}
REPLACED = {"overdue", "broken"}
GOING_ON = {"made", "accepted"}
MISSED = {"promise.overdue", "promise.broken", "payment.promise_broken"}


def fact_of(subject, ruling):
    """Return the fact that tells a ruling, each of its parts checked by pydantic."""
    payload = verdict_of(ruling) if isinstance(ruling, Verdict) else edge_of(ruling)
    at = moment(ruling.at)
    return Fact(
        id=id_of(subject, ruling), source="/bus/judge", type=event_of(ruling), subject=subject,
        time=at, recordedtime=at, data=payload,
    )  # fmt: skip


def verdict_of(verdict):
    sight = verdict.sight
    told = of_promise(sight) if sight else {"made_by": "unknown", "performer": "unknown"}
    return VerdictChanged(
        promise_id=verdict.promise_id,
        previous=verdict.previous,
        state=verdict.state,
        flags=tuple(sorted(verdict.flags)),
        at=moment(verdict.at),
        why=why(verdict.why),
        **told,
    )


def edge_of(told):
    edge, sight = told.edge, told.edge.sight
    parent = sight.said.parent if sight else None
    same = {
        "alert_id": told.number,
        "kind": edge.kind,
        "key": edge.key,
        "severity": edge.severity,
        "at": moment(edge.at),
        "department": department(told),
        "promise_id": edge.promise_id,
        "promise_ids": edge.promise_ids if parent is None else (*edge.promise_ids, parent),
        "lag_minutes": edge.lag,
        "lines": lines(sight.lines) if sight else (),
        "why": why(edge.why),
    }
    if edge.edge == "raised":
        more = in_short(sight) if sight else {}
        if edge.departments:
            more["made_by"] = edge.departments[-1]
        return AlertRaised(**same, **more, event_id=edge.event_id)
    known = edge.promise_id and edge.reason in set(PromiseState)
    return AlertResolved(
        **same,
        reason=reason(edge),
        state=PromiseState(edge.reason) if known else None,
        done_at=when(sight.done_at) if sight else None,
    )


def department(told):
    edge = told.edge
    if edge.kind == "info.silent_department":
        return edge.key
    if edge.departments:
        return edge.departments[0]
    return edge.sight.said.performer if edge.sight else told.stated_by


def reason(edge):
    said = str(edge.reason)
    if said == "kept":
        return Resolution.WAS_KEPT if edge.kind in MISSED else Resolution.KEPT
    if said in GOING_ON:
        return Resolution.ANSWERED if edge.kind.startswith("handoff.") else Resolution.MOVED
    if said in ENDED:
        return Resolution.ENDED
    if said in REPLACED:
        return Resolution.REPLACED
    same = {"kept_late": Resolution.KEPT_LATE, "spoke_again": Resolution.SPOKE_AGAIN}
    return Resolution.CORRECTED if said == "gone" else same.get(said, Resolution.OTHER)


def of_promise(sight):
    said = sight.said
    return {
        "kind": said.kind,
        "scope": said.scope,
        "parent_promise_id": said.parent,
        "made_at": when(sight.made_at),
        "accepted_at": when(sight.accepted_at),
        "starts_at": when(sight.start),
        "warn_at": when(sight.warn),
        "grace_ends_at": when(sight.grace),
        "original_due": when(sight.original_due),
        "requested_due": when(sight.requested_due),
        "planned_at": when(sight.planned),
        "done_at": when(sight.done_at),
        "ended_at": when(sight.ended_at),
        "consent": sight.consent,
        "revision": sight.revision,
        "breach_count": sight.breach_count,
        "calendar": sight.calendar,
        "calendar_version": sight.calendar_version,
        "lines": lines(sight.lines),
        "evidence": tuple(use(proof) for proof in sight.evidence),
        "conflicts_with": sight.conflicts,
        **told_by_both(sight),
    }


def in_short(sight):
    return {"promise_kind": sight.said.kind, **told_by_both(sight)}


def told_by_both(sight):
    """What a verdict and an edge both tell of a promise, under the same names."""
    said = sight.said
    return {
        "made_by": said.made_by,
        "performer": said.performer,
        "importance": said.importance,
        "value": said.value,
        "as_said": said.as_said,
        "order_ref": said.order,
        "topic": said.topic,
        "due": when(sight.due),
    }


def when(instant):
    return None if instant is None else min(max(moment(instant), FIRST), LAST)


def lines(counted):
    return tuple(
        Fulfilment(sku=line.sku, uom=line.uom or "pcs", promised=line.promised, fulfilled=line.fulfilled)
        for line in counted
        if line.sku
    )


def use(proof):
    return EvidenceUse(
        event_id=proof.event_id,
        at=moment(proof.time),
        tier=Tier(proof.tier) if proof.tier in set(Tier) else Tier.OTHER,
        sku=proof.sku or None,
        quantity=proof.quantity,
    )


def why(reasons):
    return tuple(Why(event_id=reason.event_id, rule=reason.rule) for reason in reasons)
