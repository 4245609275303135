"""The planner: what must be told now, and when to look again. Pure; the loop only does what it says.

A step is taken once: it is written down with the alert (`decided`) in the same transaction as the send it led
to. What is reached too late (an outage) goes into one catch-up digest per receiver instead of many messages.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.company import Company
from alerts.grouping import Taken, gather_sends
from alerts.holding import SILENT, TOLD_OF_PARENTS, Standing, cause_of, was_explained
from alerts.ladder import ladder
from alerts.learn import held, woken
from alerts.model import Alert, Rise, Send, Step
from alerts.policy import Policy
from alerts.routing import receivers
from alerts.words import LADDER, Level, Status

_SUCCESSORS = {
    "promise.at_risk": ("promise.overdue", "promise.broken"),
    "promise.overdue": ("promise.broken",),
}
_OF_THE_END = {Level.RESOLVED, Level.CATCH_UP}
_HEIGHT = {level: height for height, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided: messages, rises, the alerts as they stand after it, when to look at each again."""

    sends: Sequence[Send]
    rises: Sequence[Rise]
    alerts: Sequence[Alert]
    looks: Mapping[str, datetime | None]


@dataclass(slots=True)
class _Draft:
    """One planning pass in the making."""

    now: datetime
    standing: Standing
    policy: Policy
    company: Company
    silenced: Counter[str]
    taken: list[Taken] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)
    looks: dict[str, datetime | None] = field(default_factory=dict)
    causes: dict[str, Alert] = field(default_factory=dict)


def plan(
    alerts: Iterable[Alert], standing: Standing, company: Company, policy: Policy, now: datetime
) -> Plan:
    """Decide for `alerts` what is told at `now`; `standing` holds whatever may explain them."""
    draft = _Draft(now, standing, policy, company, Counter(standing.held))
    for alert in alerts:
        _look_at(_naming_its_child(woken(alert, now), standing), draft)
    _tell_of_silenced(draft)
    sends = gather_sends(draft.taken, company, draft.silenced)
    return Plan(sends, _rises(draft.taken), tuple(draft.alerts.values()), draft.looks)


def _rises(taken: Iterable[Taken]) -> Sequence[Rise]:
    """Return each alert that reached a rung, at the first instant at which it did."""
    found: dict[tuple[str, Level], Rise] = {}
    for one in sorted(taken, key=lambda one: one.step.at):
        if one.step.level in LADDER:
            rise = Rise(one.alert.id, one.alert.turn, one.step.level, one.step.at)
            found.setdefault((rise.alert, rise.level), rise)
    return tuple(found.values())


def next_steps(alert: Alert, company: Company, policy: Policy) -> tuple[Step, ...]:
    """Return the steps of `alert` that were not taken yet, soonest first."""
    left = [step for step in ladder(alert, policy, company) if step.mark not in alert.decided]
    return tuple(sorted(left, key=lambda step: step.due))


def _look_at(alert: Alert, draft: _Draft) -> None:
    if alert.unheard and was_explained(alert, draft.standing, draft.policy):
        alert = replace(alert, unheard=None)
    left = _with_children(alert, next_steps(alert, draft.company, draft.policy), draft)
    reached = [step for step in left if step.due <= draft.now]
    if reached and alert.status is Status.OPEN:
        cause = cause_of(alert, draft.standing, draft.policy, draft.company)
        if cause and draft.alerts.get(cause.id, cause).held_by != alert.id:
            _hold(alert, cause, draft)
            return
    if _is_succeeded(alert, draft.standing):
        _settle(alert, left, left, [], draft)
        return
    ready = [step for step in reached if _may_go(alert, step, draft)]
    _settle(alert, left, ready, _highest(ready), draft)


def _settle(
    alert: Alert, left: Sequence[Step], done: Sequence[Step], told: Iterable[Step], draft: _Draft
) -> None:
    """Write down that of the steps `left` those of `done` were taken; only `told` leads to messages."""
    after = _having_taken(alert, done, told) if done else alert
    draft.taken += [Taken(after, step, _is_late(step, draft)) for step in told]
    draft.alerts[alert.id] = after
    open_steps = [step for step in left if step.mark not in after.decided]
    draft.looks[alert.id] = _next_look(after, open_steps, draft)


def _having_taken(alert: Alert, done: Iterable[Step], told: Iterable[Step]) -> Alert:
    heard = alert.told | {step.receiver for step in told if step.level not in _OF_THE_END}
    return replace(alert, decided=alert.decided | {step.mark for step in done}, told=heard)


def _is_late(step: Step, draft: _Draft) -> bool:
    return step.level is Level.CATCH_UP or step.due + draft.policy.catch_up_after < draft.now


def _next_look(alert: Alert, left: Sequence[Step], draft: _Draft) -> datetime | None:
    if alert.status is Status.SNOOZED:
        return alert.until
    known = draft.company.receivers if any(step.due <= draft.now for step in left) else {}
    # A step that is past its time waits for its receiver to be at work again.
    moments = [
        step.due if step.due > draft.now else known[step.receiver].hours.open_from(draft.now) for step in left
    ]
    return min(moments, default=None)


def _may_go(alert: Alert, step: Step, draft: _Draft) -> bool:
    """On time it goes; late, it waits for the receiver's hours, unless it is critical."""
    if alert.is_critical or step.due + draft.policy.catch_up_after >= draft.now:
        return True
    return draft.company.receivers[step.receiver].hours.is_open(draft.now)


def _highest(steps: Iterable[Step]) -> list[Step]:
    """Return for each receiver the highest rung reached: after an outage nobody hears a thing twice."""
    best: dict[str, Step] = {}
    for step in sorted(steps, key=lambda step: _HEIGHT[step.level]):
        best[step.receiver] = step
    return list(best.values())


def _is_succeeded(alert: Alert, standing: Standing) -> bool:
    """Return whether it is only over because it became worse: then nobody hears that it is over."""
    if alert.status is not Status.RESOLVED:
        return False
    worse = _SUCCESSORS.get(alert.kind, ())
    return alert.reason == "replaced" or any((kind, alert.key) in standing.by_fingerprint for kind in worse)


def _naming_its_child(alert: Alert, standing: Standing) -> Alert:
    """Let the alert of a promise name the hand-off that brought it about, when it does not itself (N13)."""
    child = standing.by_parent.get(alert.about.promise) if alert.about.promise else None
    if child is None or alert.about.cause or alert.kind not in TOLD_OF_PARENTS:
        return alert
    return replace(alert, about=replace(alert.about, cause=f"{child.kind}:{child.key}"))


def _with_children(alert: Alert, steps: tuple[Step, ...], draft: _Draft) -> tuple[Step, ...]:
    """Let the department behind the cause hear the parent's message, since its own is held (N13)."""
    kind, _, key = alert.about.cause.partition(":")
    child = draft.standing.by_fingerprint.get((kind, key)) if key else None
    unit = draft.company.unit(child.about.department) if child else None
    first = next((step for step in steps if step.level is Level.OWNER), None)
    if unit is None or first is None or alert.status is not Status.OPEN:
        return steps
    extra = replace(first, receiver=unit.desk.name)
    known = {step.mark for step in steps} | alert.decided
    return steps if extra.mark in known else (*steps, extra)


def _hold(alert: Alert, cause: Alert, draft: _Draft) -> None:
    draft.alerts[alert.id] = held(alert, cause)
    draft.looks[alert.id] = None
    if cause.kind == SILENT and alert.about.promise:
        draft.silenced[cause.id] += 1
        draft.causes[cause.id] = cause


def _tell_of_silenced(draft: _Draft) -> None:
    """Say once how much a silent department hides (N7); each later message about it says how much by then."""
    for cause in draft.causes.values():
        alert = draft.alerts.get(cause.id, cause)
        rule = draft.policy.rule(alert.kind)
        steps = [
            Step(Level.HELD, receiver.name, draft.now, draft.now)
            for receiver in receivers(alert, Level.OWNER, rule, draft.company)
        ]
        fresh = [step for step in steps if step.mark not in alert.decided and _may_go(alert, step, draft)]
        left = next_steps(alert, draft.company, draft.policy)
        _settle(alert, (*left, *fresh), fresh, fresh, draft)
