"""What a company judges by: the calendars of departments.toml and the thresholds of a policy file."""

import tomllib
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from apps.settings import Settings
from klantbus.bus.departments import Departments, load_departments
from klantbus.bus.errors import Misuse
from klantbus.domain.policy import DEFAULTS, Policy
from klantbus.domain.rules import Calendars, Rules

_SINCE_EVER = -(2**62)
_PLAIN = {field.name: type(getattr(DEFAULTS, field.name)) for field in fields(Policy)}
_TAKEN = {int, Decimal}


def rules_of(settings: Settings) -> Rules:
    """Return what the company of these settings judges by. Raises `Misuse` naming file and setting."""
    departments = load_departments(settings.departments)
    return Rules(calendars_of(departments), read_policy(settings.policy))


def calendars_of(departments: Departments) -> Calendars:
    """Return the calendars of departments.toml: the company's, and that of each department with its own."""
    company = departments.company.calendar
    names = {n: entry.calendar for n, entry in departments.departments.items() if entry.calendar}
    own = {name for name in names.values() if name != company}
    if not own:
        return Calendars(departments.calendar(company))
    versions = {name: ((_SINCE_EVER, departments.calendar(name)),) for name in sorted({company, *own})}
    return Calendars(departments.calendar(company), versions, names)


def read_policy(path: Path | None) -> Policy:
    """Return the thresholds in `path` over those of RULES, by `Policy`'s names, in µs. Raises `Misuse`."""
    if path is None:
        return DEFAULTS
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path} is no TOML: {error}") from error
    return replace(DEFAULTS, **{name: _read(path, name, value) for name, value in said.items()})


def _read(path: Path, name: str, value: object) -> Any:  # noqa: ANN401  an int or a Decimal, as the policy has it
    kind = _PLAIN.get(name)
    if kind not in _TAKEN:
        raise Misuse(f"{path}: there is no threshold {name!r} that can be set here")
    try:
        return kind(str(value))
    except (ValueError, ArithmeticError) as error:
        raise Misuse(f"{path}: {name} is no number") from error
