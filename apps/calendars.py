"""Company calendars as files: reading one, and proposing one for a year to look through.

What counts is the calendar that a company wrote down and published; the `holidays` library only proposes,
because it and others disagree about 5 May and change their minds between releases.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import holidays

from klantbus.bus.errors import Misuse
from klantbus.domain.calendar import BadCalendar, Calendar, GoodFriday, LiberationDay, dutch_holidays
from klantbus.domain.calendar.dutch import TABLE_VERSION, YEARS
from klantbus.domain.calendar.settings import Holidays

Hours: TypeAlias = Mapping[str, Sequence[str]]
OFFICE_HOURS: Hours = {"mon-fri": ("08:30-17:00",)}
ZONE = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The closed days of some years with their names, and what our table and the library differ about."""

    closed: Mapping[date, str]
    doubts: tuple[str, ...]


def read_calendar(path: Path) -> Calendar:
    """Read a calendar from a TOML or JSON file (shape: `klantbus.domain.calendar.settings`).

    Raises Misuse naming the file, the setting and what to write instead.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from error
    try:
        settings = json.loads(raw) if path.suffix == ".json" else tomllib.loads(raw.decode())
        if not isinstance(settings, dict):
            raise BadCalendar("calendar", "written as an object with the setting open")
        return Calendar.from_settings(settings)
    except ValueError as error:  # bad hours, bad TOML or JSON, bytes that are no text
        raise Misuse(f"{path}: {error}") from error


def propose(years: Iterable[int], good_friday: GoodFriday, liberation_day: LiberationDay) -> Proposal:
    """Propose the closed days of some years, from the library, with the two settings applied."""
    closed: dict[date, str] = {}
    doubts: list[str] = []
    for year in sorted(set(years)):
        proposed = _from_library(year, good_friday, liberation_day)
        doubts += _doubts(year, proposed, good_friday, liberation_day)
        closed |= proposed
    return Proposal(closed, tuple(doubts))


def _from_library(year: int, good_friday: GoodFriday, liberation_day: LiberationDay) -> dict[date, str]:
    found = holidays.country_holidays("NL", years=year, language="en_US", categories=("public", "optional"))
    lustrum = liberation_day is LiberationDay.EVERY_5_YEARS and year % 5 == 0
    free = {
        "Good Friday": good_friday is GoodFriday.CLOSED,
        "Liberation Day": lustrum or liberation_day is LiberationDay.ALWAYS,
    }
    return {day: name for day, name in sorted(found.items()) if free.get(name, True)}


def _doubts(
    year: int, proposed: Mapping[date, str], good_friday: GoodFriday, liberation_day: LiberationDay
) -> list[str]:
    if year not in YEARS:
        return [f"the table {TABLE_VERSION} does not reach {year}: check every day"]
    table = dutch_holidays(year, good_friday, liberation_day)
    theirs = [
        f"{day} ({proposed[day]}): the table {TABLE_VERSION} is open" for day in proposed.keys() - table
    ]
    ours = [f"{day} ({table[day]}): the library is open" for day in table.keys() - proposed]
    return sorted([*theirs, *ours])


def as_settings(proposal: Proposal, calendar_id: str, hours: Hours) -> dict[str, object]:
    """Return a proposal as settings that `read_calendar` reads. Its dates are explicit: no table is used."""
    return {
        "id": calendar_id,
        "version": 1,
        "timezone": ZONE,
        "holidays": Holidays.NONE.value,
        "open": {days: [*ranges] for days, ranges in hours.items()},
        "closed": {str(day): name for day, name in proposal.closed.items()},
    }


def as_toml(settings: Mapping[str, object]) -> str:
    """Return settings as TOML to look through and keep in git."""
    plain = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in settings.items() if isinstance(value, dict)}
    lines = ["# A proposal: look it through, then publish it. The dates written here are what counts."]
    lines += _pairs(plain)
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_pairs(table)]
    return "\n".join([*lines, ""])


def _pairs(table: Mapping[str, object]) -> list[str]:
    """Write keys and values; JSON's strings, numbers and lists are TOML's too."""
    return [f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalpha() else json.dumps(key)
