"""When whom: the rungs that an alert climbs while nobody takes it on (RULES section 8, rows N1-N5).

Pure: the whole ladder of an alert as it stands follows from the alert, the policy and the company's hours.
What was taken already is not left out here; `plan` does that.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.company import Company, Receiver
from alerts.model import Alert, Step
from alerts.policy import KindRule, Policy
from alerts.routing import receivers
from alerts.words import Level, Status


def ladder(alert: Alert, policy: Policy, company: Company) -> tuple[Step, ...]:
    """Return every step of `alert` as it stands, past and to come, in order of rung."""
    rule = policy.rule(alert.kind)
    if alert.status is Status.OPEN:
        return tuple(_climb(alert, rule, policy, company))
    if alert.status is Status.ACKED:
        return tuple(_after_ack(alert, rule, policy, company))
    if alert.status is Status.RESOLVED:
        return (*_tell_resolved(alert, policy, company), *_came_and_went(alert, rule, policy, company))
    return ()


def _climb(alert: Alert, rule: KindRule, policy: Policy, company: Company) -> Iterator[Step]:
    for level in rule.levels:
        for receiver in receivers(alert, level, rule, company):
            if level is Level.OWNER:
                yield _first(alert, receiver, rule.wait, policy)
            else:
                yield _rung(alert, level, receiver, policy, resumed=timedelta(0))


def _first(alert: Alert, receiver: Receiver, wait: timedelta, policy: Policy) -> Step:
    if alert.is_critical:
        return Step(Level.OWNER, receiver.name, alert.base, alert.base)
    at = receiver.hours.open_from(receiver.hours.add(alert.base, wait))
    return Step(Level.OWNER, receiver.name, at, max(at, alert.base + policy.group_wait))


def _rung(alert: Alert, level: Level, receiver: Receiver, policy: Policy, *, resumed: timedelta) -> Step:
    at = _reached(alert.base, level, receiver, policy, resumed)
    return Step(level, receiver.name, at, at)


def _reached(
    base: datetime, level: Level, receiver: Receiver, policy: Policy, resumed: timedelta
) -> datetime:
    """Return when a rung is reached; after an ack the same ladder runs again, later by `resumed`."""
    hours = receiver.hours
    if level is Level.HEAD:
        return hours.add(base, policy.head_after + resumed)
    above = hours.add(base, policy.above_after + resumed)
    return above if level is Level.ABOVE else hours.next_day_opening(above)


def _after_ack(alert: Alert, rule: KindRule, policy: Policy, company: Company) -> Iterator[Step]:
    for owner in receivers(alert, Level.REMINDER, rule, company):
        if alert.assigned_by and alert.assigned_by != alert.owner:
            at = owner.hours.open_from(alert.base)
            yield Step(Level.ASSIGNED, owner.name, at, at)
        at = owner.hours.add(alert.base, policy.remind_after)
        yield Step(Level.REMINDER, owner.name, at, at)
    resumed = policy.resume_after - policy.head_after
    for level in rule.levels:
        if level is not Level.OWNER:
            for receiver in receivers(alert, level, rule, company):
                yield _rung(alert, level, receiver, policy, resumed=resumed)


def _tell_resolved(alert: Alert, policy: Policy, company: Company) -> Iterator[Step]:
    known = company.receivers
    for name in sorted(alert.told & known.keys()):
        at = alert.base if alert.is_critical else known[name].hours.open_from(alert.base)
        yield Step(Level.RESOLVED, name, at, max(at, alert.base + policy.group_wait))


def _came_and_went(alert: Alert, rule: KindRule, policy: Policy, company: Company) -> Iterator[Step]:
    """Name what came and went while nobody could be told to whom it would have been told first (N11)."""
    if alert.unheard is None or alert.resolved is None:
        return
    then = replace(alert, status=Status.OPEN, base=alert.unheard)
    for step in _climb(then, rule, policy, company):
        if step.level is Level.OWNER and step.due < alert.resolved:
            yield replace(step, level=Level.CATCH_UP)
