"""The Dutch holidays as an explicit, versioned table, to write company calendars from.

Fixed days follow the law as it stands; the days around Easter hang on `EASTER`, a table and no formula,
so that what was closed can be read. Two days differ per company and are settings: Good Friday and 5 May.
"""

from datetime import date, timedelta
from enum import StrEnum

TABLE_VERSION = "NL-2026.1"

_EASTER = """
2015-04-05 2016-03-27 2017-04-16 2018-04-01 2019-04-21 2020-04-12 2021-04-04 2022-04-17 2023-04-09 2024-03-31
2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01 2030-04-21 2031-04-13 2032-03-28 2033-04-17 2034-04-09
2035-03-25 2036-04-13 2037-04-05 2038-04-25 2039-04-10 2040-04-01 2041-04-21 2042-04-06 2043-03-29 2044-04-17
2045-04-09 2046-03-25 2047-04-14 2048-04-05 2049-04-18 2050-04-10
"""
EASTER: dict[int, date] = {day.year: day for day in map(date.fromisoformat, _EASTER.split())}
YEARS = range(min(EASTER), max(EASTER) + 1)

_SUNDAY = 6
_LUSTRUM = 5


class GoodFriday(StrEnum):
    """Whether the house works on Good Friday."""

    OPEN = "open"
    CLOSED = "closed"


class LiberationDay(StrEnum):
    """Whether 5 May is a day off: in lustrum years (2025, 2030), always or never."""

    EVERY_5_YEARS = "every_5_years"
    ALWAYS = "always"
    NEVER = "never"


def dutch_holidays(year: int, good_friday: GoodFriday, liberation_day: LiberationDay) -> dict[date, str]:
    """Return the closed days of a year of the table with their names, in order. KeyError outside `YEARS`."""
    easter = EASTER[year]
    days = {
        date(year, 1, 1): "New Year's Day",
        easter: "Easter Sunday",
        easter + timedelta(1): "Easter Monday",
        kings_day(year): "King's Day",
        easter + timedelta(39): "Ascension Day",
        easter + timedelta(49): "Whit Sunday",
        easter + timedelta(50): "Whit Monday",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Second Day of Christmas",
    }
    if good_friday is GoodFriday.CLOSED:
        days[easter - timedelta(2)] = "Good Friday"
    if _is_free(liberation_day, year):
        days.setdefault(date(year, 5, 5), "Liberation Day")
    return dict(sorted(days.items()))


def kings_day(year: int) -> date:
    """Return 27 April, or the 26th when the 27th is a Sunday."""
    day = date(year, 4, 27)
    return day - timedelta(1) if day.weekday() == _SUNDAY else day


def _is_free(liberation_day: LiberationDay, year: int) -> bool:
    lustrum = year % _LUSTRUM == 0
    return liberation_day is LiberationDay.ALWAYS or (
        liberation_day is LiberationDay.EVERY_5_YEARS and lustrum
    )
