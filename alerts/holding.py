"""Inhibition: when one alert explains another, only the cause is told (RULES section 8, rows N7, N8, N13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.company import Company
from alerts.model import Alert, Fingerprint
from alerts.policy import Policy
from alerts.words import Status

SILENT = "info.silent_department"
BROKEN = "promise.broken"

_SAME_PROMISE = {"promise.at_risk": ("promise.plan_contradicts", "handoff.declined")}
_SILENCE_OF_PROMISE = {BROKEN, "payment.promise_broken"}
_SILENCE_OF = {"invoice.before_delivery": "logistics"}
_CHILD_KINDS = {"promise.at_risk", "promise.overdue", BROKEN, "handoff.missing", "handoff.declined"}


TOLD_OF_PARENTS = ("promise.broken", "promise.at_risk")


@dataclass(frozen=True, slots=True)
class Standing:
    """The alerts that stand open now, found by what they may explain.

    past    the last alert of a fingerprint, when it is over
    held    how many promises a department's silence keeps quiet so far
    """

    by_fingerprint: Mapping[Fingerprint, Alert]
    broken_by_customer: Mapping[str, Alert]
    by_cause: Mapping[str, Alert]
    by_parent: Mapping[str, Alert]
    past: Mapping[Fingerprint, Alert]
    held: Mapping[str, int]

    @classmethod
    def of(cls, alerts: Iterable[Alert], held: Mapping[str, int]) -> "Standing":
        """Make it from alerts, oldest first; resolved ones do not stand, the last of each is remembered."""
        known = list(alerts)
        open_ones = [alert for alert in known if alert.status is not Status.RESOLVED]
        return cls(
            {alert.fingerprint: alert for alert in open_ones},
            {alert.about.customer: alert for alert in open_ones if alert.kind == BROKEN},
            {alert.about.cause_key: alert for alert in open_ones if alert.about.cause_key},
            {alert.about.parent: alert for alert in open_ones if alert.about.parent},
            {alert.fingerprint: alert for alert in known if alert.status is Status.RESOLVED},
            held,
        )


def causes(alert: Alert, policy: Policy) -> tuple[Fingerprint, ...]:
    """Return the fingerprints that explain `alert` when one of them stands open."""
    about = alert.about
    same = [(kind, about.promise) for kind in _SAME_PROMISE.get(alert.kind, ())]
    above = [(kind, about.parent) for kind in TOLD_OF_PARENTS if about.parent and alert.kind in _CHILD_KINDS]
    return (*same, *above, *((SILENT, name) for name in _listened_to(alert, policy)))


def _listened_to(alert: Alert, policy: Policy) -> tuple[str, ...]:
    """Return the departments without whose facts the alert cannot be judged."""
    if alert.kind in _SILENCE_OF_PROMISE:
        return alert.about.department, policy.evidence_from.get(alert.about.promise_kind, "")
    if alert.kind == "info.late_publication":
        return (alert.about.department,)
    name = _SILENCE_OF.get(alert.kind)
    return (name,) if name else ()


def cause_of(alert: Alert, standing: Standing, policy: Policy, company: Company) -> Alert | None:
    """Return the open alert that explains `alert`, if there is one. Two may explain each other."""
    found = [standing.by_fingerprint.get(fingerprint) for fingerprint in causes(alert, policy)]
    found += [_named_by_parent(alert, standing), _break_behind_chasing(alert, standing)]
    return next((cause for cause in found if cause and _explains(cause, alert, company)), None)


def was_explained(alert: Alert, standing: Standing, policy: Policy) -> bool:
    """Return whether something else explained an alert that is over for as long as it lasted (N8)."""
    found = [
        cause
        for fingerprint in causes(alert, policy)
        for cause in (standing.by_fingerprint.get(fingerprint), standing.past.get(fingerprint))
    ]
    return any(cause and _covers(cause, alert, policy.group_wait) for cause in found)


def _covers(cause: Alert, alert: Alert, wait: timedelta) -> bool:
    """Return whether `cause` stood for as long as `alert` did, give or take the wait of a group."""
    if alert.resolved is None or cause.raised > alert.raised + wait:
        return False
    return cause.resolved is None or alert.resolved <= cause.resolved + wait


def _explains(cause: Alert, alert: Alert, company: Company) -> bool:
    """Return whether `cause` may keep `alert` quiet: a parent only on the same day."""
    if cause.about.promise not in {"", alert.about.promise} and alert.kind in _CHILD_KINDS:
        hours = company.management.hours
        return hours.day_of(cause.raised) == hours.day_of(alert.raised)
    return True


def _break_behind_chasing(alert: Alert, standing: Standing) -> Alert | None:
    return standing.broken_by_customer.get(alert.about.customer) if alert.kind == "contact.chasing" else None


def _named_by_parent(alert: Alert, standing: Standing) -> Alert | None:
    """Return the alert of another promise that names this one's as its cause, if people hear of that one."""
    parent = standing.by_cause.get(alert.about.promise) if alert.kind in _CHILD_KINDS else None
    if parent is None or parent.kind not in TOLD_OF_PARENTS or parent.about.promise == alert.about.promise:
        return None
    return parent
