"""What a company judges by: the calendars of departments.toml and the thresholds of a policy file."""

from apps.policies import read_policy
from apps.settings import Settings
from klantbus.bus.departments import Departments, load_departments
from klantbus.domain.policy import DEFAULTS
from klantbus.domain.rules import Calendars, Rules

_SINCE_EVER = -(2**62)


def rules_of(settings: Settings) -> Rules:
    """Return what the company of these settings judges by. Raises `Misuse` naming file and setting."""
    departments = load_departments(settings.departments)
    policy = read_policy(settings.policy) if settings.policy else DEFAULTS
    return Rules(calendars_of(departments), policy)


def calendars_of(departments: Departments) -> Calendars:
    """Return the calendars of departments.toml: the company's, and that of each department with its own."""
    company = departments.company.calendar
    names = {n: entry.calendar for n, entry in departments.departments.items() if entry.calendar}
    own = {name for name in names.values() if name != company}
    if not own:
        return Calendars(departments.calendar(company))
    versions = {name: ((_SINCE_EVER, departments.calendar(name)),) for name in sorted({company, *own})}
    return Calendars(departments.calendar(company), versions, names)
