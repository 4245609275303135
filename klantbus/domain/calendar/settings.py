"""A calendar's settings, as RULES 11 and departments write them, checked and made explicit.

    {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]},
     "good_friday": "open" | "closed", "liberation_day": "every_5_years" | "always" | "never",
     "holidays": "NL" | "none", "closed": ["2026-05-15"] or {"2026-05-15": "bridge day"},
     "special": {"2026-12-24": ["08:30-13:00"]},
     "id": "nl", "version": 1}

Only `open` is needed. What comes out holds dates alone: the holidays of all years of the table, written down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from klantbus.domain.calendar.dutch import YEARS, GoodFriday, LiberationDay, dutch_holidays
from klantbus.domain.calendar.opening import DAYS, BadCalendar, Hours, Week, as_week, read_hours, read_week
from klantbus.domain.events.housekeeping import CalendarPublished

KNOWN = frozenset(
    {"id", "version", "timezone", "open", "good_friday", "liberation_day", "holidays", "closed", "special"}
)
_Word = TypeVar("_Word", bound=StrEnum)


class Holidays(StrEnum):
    """Whose holidays close the house: the Dutch ones, or nobody's (a network operations centre)."""

    DUTCH = "NL"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Explicit:
    """What the settings come down to: see `Calendar` for the fields."""

    id: str
    version: int
    zone: ZoneInfo
    week: Week
    closed: frozenset[date]
    special: tuple[tuple[date, Hours], ...]


def read_settings(settings: Mapping[str, object]) -> Explicit:
    """Read settings (shape above). Raises BadCalendar with the place and what to write."""
    unknown = sorted(set(settings) - KNOWN)
    if unknown:
        raise BadCalendar(unknown[0], f"no such setting; there are {', '.join(sorted(KNOWN))}")
    return Explicit(
        id=str(settings.get("id", "nl")),
        version=_whole(settings.get("version", 1)),
        zone=_zone(settings.get("timezone", "Europe/Amsterdam")),
        week=read_week(_ranges(settings.get("open"), "open")),
        closed=_holidays(settings) | frozenset(_dates(settings.get("closed", ()))),
        special=_special(_ranges(settings.get("special", {}), "special")),
    )


def read_published(document: CalendarPublished) -> Explicit:
    """Read a published calendar. Raises BadCalendar when its hours overlap or end before they start."""
    week: list[list[str]] = [[] for _ in range(7)]
    for hours in document.open:
        week[hours.weekday - 1].append(f"{hours.opens}-{hours.closes}")
    special: dict[date, list[str]] = {}
    for day in document.open_on:
        special.setdefault(day.date, []).append(f"{day.opens}-{day.closes}")
    return Explicit(
        id=document.calendar_id,
        version=document.version,
        zone=ZoneInfo(document.zone),
        week=as_week(read_hours(words, day) for day, words in zip(DAYS, week, strict=True)),
        closed=frozenset(document.closed),
        special=tuple((on, read_hours(words, str(on))) for on, words in sorted(special.items())),
    )


def _holidays(settings: Mapping[str, object]) -> frozenset[date]:
    good_friday = _word(GoodFriday, settings, "good_friday", GoodFriday.OPEN)
    liberation_day = _word(LiberationDay, settings, "liberation_day", LiberationDay.EVERY_5_YEARS)
    if _word(Holidays, settings, "holidays", Holidays.DUTCH) is Holidays.NONE:
        return frozenset()
    return frozenset(day for year in YEARS for day in dutch_holidays(year, good_friday, liberation_day))


def _word(words: type[_Word], settings: Mapping[str, object], place: str, default: _Word) -> _Word:
    try:
        return words(str(settings.get(place, default)))
    except ValueError:
        raise BadCalendar(place, f"one of {', '.join(words)}") from None


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise BadCalendar("timezone", f"an IANA name such as Europe/Amsterdam, not {name!r}") from None


def _whole(version: object) -> int:
    if not isinstance(version, int):
        raise BadCalendar("version", "a whole number")
    return version


def _ranges(ranges: object, place: str) -> Mapping[str, Iterable[str]]:
    if not isinstance(ranges, Mapping):
        raise BadCalendar(place, 'written as {"mon-fri": ["08:30-17:00"]}')
    return {str(key): _words(words, f"{place}.{key}") for key, words in ranges.items()}


def _words(words: object, place: str) -> tuple[str, ...]:
    if isinstance(words, str):
        return (words,)
    if not isinstance(words, Iterable):
        raise BadCalendar(place, 'a list such as ["08:30-12:00", "13:00-17:00"]')
    return tuple(map(str, words))


def _dates(days: object) -> Iterable[date]:
    return (_date(day, "closed") for day in _words(days, "closed"))


def _date(word: str, place: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise BadCalendar(place, f"a date such as 2026-05-15, not {word!r}") from None


def _special(ranges: Mapping[str, Iterable[str]]) -> tuple[tuple[date, Hours], ...]:
    return tuple(sorted((_date(day, "special"), read_hours(words, day)) for day, words in ranges.items()))
