"""Why a decision was taken: the facts it stands on and the numbers of the rules in RULES."""

from typing import Final

from klantbus.domain.attention import SEVERITIES
from klantbus.domain.conflicts import contradicts
from klantbus.domain.decisions import Counted, Proof, Reason, Sight
from klantbus.domain.events import PromiseState
from klantbus.domain.item import Item
from klantbus.domain.items import Chase, Doubt, Evidence, Invoice
from klantbus.domain.promise import Conflict, Promise, child_late, plan_contradicts
from klantbus.domain.wants import Use
from klantbus.domain.words import S

RULE_OF_STATE: Final[dict[PromiseState, str]] = {
    S.GONE: "4.0",
    S.KEPT: "4.1",
    S.KEPT_LATE: "4.1b",
    S.PARTIALLY_KEPT: "4.2",
    S.CANCELLED: "4.2",
    S.RELEASED: "4.2",
    S.DECLINED: "4.3",
    S.EXPIRED: "4.4",
    S.CONDITIONAL: "4.4",
    S.PAUSED: "4.5",
    S.BROKEN: "4.6",
    S.OVERDUE: "4.7",
    S.AT_RISK: "4.8",
    S.ACCEPTED: "4.9",
    S.MADE: "4.9",
}
"""The row of the table in RULES 4 that each state comes from."""


RULE_OF_ALERT: Final = {kind: f"8.{kind}" for kind in SEVERITIES}
"""The row of the table in RULES 8 that each alert comes from."""

RULE_OF_TIER: Final = {"T0": "7.T0", "T1": "7.T1", "T2": "7.T2", "T3": "7.T3"}
"""The row of the tiers in RULES 7 that a piece of evidence was found by."""


def why_state(promise: Promise, state: PromiseState, now: int) -> tuple[Reason, ...]:
    """Return the facts and rules that a promise's state stands on."""
    rule = RULE_OF_STATE[state]
    if (state is S.MADE or state is S.ACCEPTED) and not _has_story(promise):
        made, by = Reason(promise.made.id, rule), promise.accepted_by  # as most are
        return (made, Reason(by, "5.accepted")) if by and state is S.ACCEPTED else (made,)
    reasons = [Reason(promise.made.id, rule)]
    if state is S.KEPT or state is S.KEPT_LATE:
        proofs = [Reason(use.evidence, RULE_OF_TIER[use.tier]) for use in promise.uses]
        reasons += dict.fromkeys(proofs) if len(proofs) > 1 else proofs
    elif state is S.AT_RISK:
        reasons.extend(_risks(promise, now))
    elif state is S.ACCEPTED and promise.accepted_by:
        reasons.append(Reason(promise.accepted_by, "5.accepted"))
    elif state is S.PAUSED:
        reasons.append(Reason(promise.paused_by, rule))
    elif state is S.DECLINED:
        reasons.append(Reason(promise.declined_by, rule))
    elif promise.ended_by:
        reasons.append(Reason(promise.ended_by, rule))
    if _has_story(promise):
        reasons.extend(_story(promise))
    return tuple(reasons)


def _has_story(promise: Promise) -> bool:
    return bool(promise.met_by or promise.moved_by or promise.unagreed_by or promise.returned_by)


def _risks(promise: Promise, now: int) -> list[Reason]:
    child = child_late(promise, now)
    causes = [
        promise.declined_by,
        promise.risk_by,
        promise.plan_by if plan_contradicts(promise) else None,
        child.made.id if child else None,
    ]
    clock = promise.clock
    warned = [Reason(None, "4.W")] if clock and clock.warn is not None and now >= clock.warn else []
    return warned + [Reason(cause, "4.8") for cause in causes if cause]


def _story(promise: Promise) -> list[Reason]:
    """Name what moved the deadline or undid evidence."""
    steps = (
        (promise.met_by, "5.condition_met"),
        (promise.moved_by, "5.rescheduled"),
        (promise.unagreed_by, "5.not_agreed"),
        (promise.returned_by, "5.returned"),
    )
    return [Reason(event, rule) for event, rule in steps if event]


def why_alert(item: Item, kind: str) -> tuple[Reason, ...]:
    """Return the facts and the rule that an alert stands on; the rule is the row of RULES 8 by its kind."""
    rule = RULE_OF_ALERT[kind]
    if isinstance(item, Promise):
        by = _cause_of(item, kind)
        return (Reason(item.made.id, rule), Reason(by, rule)) if by else (Reason(item.made.id, rule),)
    if isinstance(item, Conflict):
        return (Reason(item.first.made.id, rule), Reason(item.second.made.id, rule))
    return (Reason(item.event, f"6.{item.reason}" if isinstance(item, Doubt) else rule),)


def _cause_of(promise: Promise, kind: str) -> str | None:
    if kind == "handoff.declined":
        return promise.declined_by
    if kind == "promise.plan_contradicts":
        return promise.plan_by
    return promise.unagreed_by if kind == "promise.moved_without_consent" else None


def sight(promise: Promise, now: int) -> Sight:
    """Return all that is said of a promise beside its state."""
    if promise.counted is None or promise.proofs is None:
        promise.counted = tuple([Counted(one.sku, one.uom, one.promised, one.got) for one in promise.wants])
        promise.proofs = tuple([_proof(use) for use in promise.uses])
    conflicts = [pair.other(promise).id for pair in promise.pairs if contradicts(pair, now)]
    return Sight(
        promise.made,
        promise.accepted_at,
        promise.start,
        promise.clock,
        promise.original,
        promise.requested,
        promise.planned,
        promise.done_at,
        promise.ended_at,
        promise.consent if promise.ended_at is not None else None,
        promise.revision,
        promise.after_breach,
        promise.calendar,
        promise.counted,
        promise.proofs,
        tuple(sorted(conflicts)) if conflicts else (),
    )


def _proof(use: Use) -> Proof:
    return Proof(use.evidence, use.time, use.tier, use.want.sku, use.quantity)


def about(item: Item) -> tuple[str, ...]:
    """Return the promises that an alert is about."""
    if isinstance(item, Promise):
        return (item.id,)
    if isinstance(item, Conflict):
        return tuple(sorted((item.first.id, item.second.id)))
    if isinstance(item, Chase):
        return tuple(promise.id for promise in item.about)
    if isinstance(item, Evidence):
        return item.candidates
    if isinstance(item, Invoice):
        return tuple(dict.fromkeys(item.above.values()))
    return ()
