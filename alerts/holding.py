"""Inhibition: when one alert explains another, only the cause is told (RULES section 8, rows N7, N8, N13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Standing:
    """The alerts that stand open now, found by what they may explain."""

    by_fingerprint: Mapping[Fingerprint, Alert]
    broken_by_customer: Mapping[str, Alert]
    by_cause: Mapping[str, Alert]

    @classmethod
    def of(cls, alerts: Iterable[Alert]) -> "Standing":
        """Make it from alerts; resolved ones do not stand."""
        open_ones = [alert for alert in alerts if alert.status is not Status.RESOLVED]
        return cls(
            {alert.fingerprint: alert for alert in open_ones},
            {alert.about.customer: alert for alert in open_ones if alert.kind == BROKEN},
            {alert.about.cause_key: alert for alert in open_ones if alert.about.cause_key},
        )


def causes(alert: Alert, policy: Policy) -> tuple[Fingerprint, ...]:
    """Return the fingerprints that explain `alert` when one of them stands open."""
    about = alert.about
    same = [(kind, about.promise) for kind in _SAME_PROMISE.get(alert.kind, ())]
    return (*same, *((SILENT, name) for name in _listened_to(alert, policy)))


def _listened_to(alert: Alert, policy: Policy) -> tuple[str, ...]:
    """Return the departments without whose facts the alert cannot be judged."""
    if alert.kind in _SILENCE_OF_PROMISE:
        return alert.about.department, policy.evidence_from.get(alert.about.promise_kind, "")
    if alert.kind == "info.late_publication":
        return (alert.about.department,)
    name = _SILENCE_OF.get(alert.kind)
    return (name,) if name else ()


def cause_of(alert: Alert, standing: Standing, policy: Policy, company: Company) -> Alert | None:
    """Return the open alert that explains `alert`, if there is one."""
    found = [standing.by_fingerprint.get(fingerprint) for fingerprint in causes(alert, policy)]
    found += [_parent(alert, standing, company), _break_behind_chasing(alert, standing)]
    return next((cause for cause in found if cause and cause.held_by != alert.id), None)


def _break_behind_chasing(alert: Alert, standing: Standing) -> Alert | None:
    return standing.broken_by_customer.get(alert.about.customer) if alert.kind == "contact.chasing" else None


def _parent(alert: Alert, standing: Standing, company: Company) -> Alert | None:
    """Return the alert of the parent promise that names this one's promise as its cause, of the same day."""
    parent = standing.by_cause.get(alert.about.promise) if alert.kind in _CHILD_KINDS else None
    if parent is None or parent.about.promise == alert.about.promise:
        return None
    hours = company.management.hours
    return parent if hours.day_of(parent.raised) == hours.day_of(alert.raised) else None
