"""Who hears what: from a kind of alert and a rung of the ladder to receivers (RULES section 8)."""

from collections.abc import Callable, Iterable, Mapping

from alerts.company import Company, Receiver
from alerts.model import Alert
from alerts.policy import KindRule
from alerts.words import Level, Role

Found = Iterable[Receiver | None]


def receivers(alert: Alert, level: Level, rule: KindRule, company: Company) -> tuple[Receiver, ...]:
    """Return who hears of `alert` on `level`, each once; management when there is nobody else."""
    found = [receiver for role in _roles(alert, level, rule) for receiver in _PLAYED[role](alert, company)]
    named = {receiver.name: receiver for receiver in found if receiver is not None}
    return tuple(named.values()) or (company.management,)


def _roles(alert: Alert, level: Level, rule: KindRule) -> tuple[Role, ...]:
    if level is Level.OWNER:
        return _first(alert, rule)
    if level is Level.HEAD:
        return (rule.head,)
    if level is Level.ABOVE:
        return (Role.ACCOUNT_OWNER, Role.MADE_BY_HEAD)
    if level in {Level.ASSIGNED, Level.REMINDER}:
        return (Role.OWNER,)
    return (Role.MANAGEMENT,)


def _first(alert: Alert, rule: KindRule) -> tuple[Role, ...]:
    roles = (Role.OWNER,) if alert.owner else rule.first
    return (*roles, Role.ON_CALL) if alert.is_critical else roles


def _desk(name: str, company: Company) -> Receiver | None:
    unit = company.unit(name)
    return unit.desk if unit else None


def _head(name: str, company: Company) -> Receiver | None:
    unit = company.unit(name)
    return unit.head if unit else None


def _concerned(alert: Alert, company: Company) -> Found:
    names = (alert.about.department, alert.about.made_by, *alert.about.also)
    return [_desk(name, company) for name in names]


def _account_owner(alert: Alert, company: Company) -> Found:
    person = company.people.get(alert.about.account_owner)
    # A customer without a known account owner is looked after by sales.
    return [person or _desk("sales", company)]


def _on_call(alert: Alert, company: Company) -> Found:
    unit = company.unit(alert.about.department)
    return [unit.on_call if unit else None]


def _owner(alert: Alert, company: Company) -> Found:
    return [company.people.get(alert.owner) or _desk(alert.about.department, company)]


_PLAYED: Mapping[Role, Callable[[Alert, Company], Found]] = {
    Role.PERFORMER: lambda alert, company: [_desk(alert.about.department, company)],
    Role.PERFORMER_HEAD: lambda alert, company: [_head(alert.about.department, company)],
    Role.MADE_BY: lambda alert, company: [_desk(alert.about.made_by, company)],
    Role.MADE_BY_HEAD: lambda alert, company: [_head(alert.about.made_by, company)],
    Role.EVERYONE_CONCERNED: _concerned,
    Role.ACCOUNT_OWNER: _account_owner,
    Role.ON_CALL: _on_call,
    Role.FINANCE: lambda _, company: [_desk("finance", company)],
    Role.FINANCE_HEAD: lambda _, company: [_head("finance", company)],
    Role.LOGISTICS: lambda _, company: [_desk("logistics", company)],
    Role.SALES: lambda _, company: [_desk("sales", company)],
    Role.OPERATIONS: lambda _, company: [company.operations],
    Role.MANAGEMENT: lambda _, company: [company.management],
    Role.OWNER: _owner,
}
