"""The calendar that a department opens by: days for people, microseconds for the judge."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from klantbus.domain.calendar.opening import Hours, Week
from klantbus.domain.calendar.settings import read_published, read_settings
from klantbus.domain.calendar.timeline import (
    EMPTY,
    FIRST_YEAR,
    LAST_YEAR,
    Line,
    lay_out,
    midnight,
    open_times,
    wall_instant,
)
from klantbus.domain.events.housekeeping import CalendarPublished
from klantbus.domain.micros import micros, moment

_FIRST = date(FIRST_YEAR, 1, 1)
_LAST = date(LAST_YEAR, 12, 31)
_LOW = micros(datetime(FIRST_YEAR, 1, 2, tzinfo=UTC))
_HIGH = micros(datetime(LAST_YEAR, 12, 30, tzinfo=UTC))


@dataclass(frozen=True)
class Calendar:
    """Opening hours of one department, explicit and versioned. Instants are microseconds since 1970, UTC.

    week     ranges per weekday, Monday first
    closed   dates that are closed whatever the weekday
    special  dates with hours of their own; they win over `closed` and the week
    mark     equal for calendars that say the same, in this process: names and versions may be given twice
    """

    id: str
    version: int
    zone: ZoneInfo
    week: Week
    closed: frozenset[date] = frozenset()
    special: tuple[tuple[date, Hours], ...] = ()
    mark: int = field(init=False, repr=False, compare=False)
    _special: Mapping[date, Hours] = field(init=False, repr=False, compare=False)
    _line: Line = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_special", dict(self.special))
        object.__setattr__(self, "_line", EMPTY)
        said = (self.id, self.version, self.zone.key, self.week, self.closed, self.special)
        object.__setattr__(self, "mark", hash(said))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """Make a calendar from settings as RULES 11 writes them; BadCalendar says what is wrong with them."""
        read = read_settings(settings)
        return cls(read.id, read.version, read.zone, read.week, read.closed, read.special)

    @classmethod
    def from_published(cls, document: CalendarPublished) -> Self:
        """Make a calendar from a `calendar.published` fact; BadCalendar when its hours cannot be."""
        read = read_published(document)
        return cls(read.id, read.version, read.zone, read.week, read.closed, read.special)

    # -- days

    def hours_on(self, day: date) -> Hours:
        """Return the opening ranges of a date, in minutes of its local wall clock."""
        if day in self._special:
            return self._special[day]
        return () if day in self.closed else self.week[day.weekday()]

    def is_working_day(self, day: date) -> bool:
        """Return whether the house opens on that date: not when a change of clock skips its hours."""
        line, ordinal = self._line, day.toordinal()
        if line.first_day <= ordinal < line.first_day + len(line.midnights) - 1:
            place = bisect_left(line.days, ordinal)
            return place < len(line.days) and line.days[place] == ordinal
        return bool(self.hours_on(day)) and bool(self.open_on(day))

    def open_on(self, day: date) -> list[tuple[int, int]]:
        """Return the open intervals of a date, half open, in order; a change of clock may split one."""
        start, end = self.start_of_day(day), self.end_of_day(day) + 1
        return open_times(self.zone, day, start, end, self.hours_on(day))

    def day_of(self, us: int) -> date:
        """Return the local date of an instant."""
        return date.fromordinal(self.day_number(us))

    def day_number(self, us: int) -> int:
        """Return the ordinal of the local date of an instant."""
        line = self._line
        if line.low <= us < line.high:
            return line.first_day + bisect_right(line.midnights, us) - 1
        return _moment_within(us).astimezone(self.zone).date().toordinal()

    def start_of_day(self, day: date) -> int:
        """Return the first instant of a local date."""
        return self._midnight(_within(day))

    def end_of_day(self, day: date) -> int:
        """Return the last microsecond of a local date (RULES 4: a date is inclusive)."""
        return self._midnight(_within(day) + timedelta(1)) - 1

    def at(self, day: date, minute: int) -> int:
        """Return the instant at which the wall clock of a date reads `minute` (600 is 10:00)."""
        start, end = self.start_of_day(day), self.end_of_day(day) + 1
        return wall_instant(self.zone, _within(day), start, end, minute)

    def close_of_business(self, day: date) -> int:
        """Return when the house closes on a date; on a closed day the day's last microsecond."""
        line, ordinal = self._covering_day(day), _within(day).toordinal()
        place = bisect_left(line.days, ordinal)
        if place < len(line.days) and line.days[place] == ordinal:
            return line.closings[place]
        return self.end_of_day(day)

    def next_working_day(self, day: date) -> date:
        """Return the first working day after a date."""
        return self.add_working_days(day, 1)

    def add_working_days(self, day: date, days: int) -> date:
        """Return the n-th working day after a date (before it when n is negative; the date itself when 0)."""
        if days == 0:
            return day
        line, ordinal = self._covering_day(day), _within(day).toordinal()
        while True:
            origin = bisect_right(line.days, ordinal) - 1 if days > 0 else bisect_left(line.days, ordinal)
            place = origin + days
            if 0 <= place < len(line.days):
                return date.fromordinal(line.days[place])
            grown = self._grow_later(line) if days > 0 else self._grow_earlier(line)
            if grown is line:
                return _LAST if days > 0 else _FIRST
            line = grown

    def count_working_days(self, first: date, last: date) -> int:
        """Return how many working days lie after `first`, up to and with `last`; negative when backwards."""
        self._covering_day(first)
        line = self._covering_day(last)
        return bisect_right(line.days, last.toordinal()) - bisect_right(line.days, first.toordinal())

    def working_days_of(self, since: int, until: int) -> int:
        """Return how many working days there are from the day of an instant to that of another, with both."""
        self._covering(since)
        days = self._covering(until).days
        return bisect_right(days, self.day_number(until)) - bisect_left(days, self.day_number(since))

    def closings_between(self, since: int, until: int) -> int:
        """Return how many working days close at or after `since` and before `until`."""
        self._covering(since)
        line = self._covering(until)
        return max(0, bisect_left(line.closings, until) - bisect_left(line.closings, since))

    # -- business time

    def is_open(self, us: int) -> bool:
        """Return whether the house is open at an instant (a range ends before its last minute does)."""
        line = self._covering(us)
        place = bisect_right(line.starts, us) - 1
        return place >= 0 and us < line.ends[place]

    def next_open(self, us: int) -> int:
        """Return the instant itself when the house is open, else when it opens next."""
        return us if self.is_open(us) else self.subtract_business(self.add_business(us, 1), 1)

    def add_business(self, us: int, business: int) -> int:
        """Return the earliest instant by which `business` microseconds of open time have passed."""
        if business <= 0:
            return us if business == 0 else self.subtract_business(us, -business)
        line = self._covering(us)
        target = _position(line, us) + business
        while target > line.before[-1]:
            grown = self._grow_later(line)
            if grown is line:
                return max(us, line.high)
            target += _position(grown, us) - _position(line, us)
            line = grown
        place = bisect_left(line.before, target) - 1
        return line.starts[place] + target - line.before[place]

    def subtract_business(self, us: int, business: int) -> int:
        """Return the latest instant from which `business` microseconds of open time remain until `us`."""
        if business <= 0:
            return us if business == 0 else self.add_business(us, -business)
        line = self._covering(us)
        target = _position(line, us) - business
        while target < 0:
            grown = self._grow_earlier(line)
            if grown is line:
                return min(us, line.low)
            target += _position(grown, us) - _position(line, us)
            line = grown
        place = bisect_right(line.before, target) - 1
        return line.starts[place] + target - line.before[place]

    def business_between(self, since: int, until: int) -> int:
        """Return the open microseconds from `since` to `until`; negative when backwards."""
        self._covering(since)
        line = self._covering(until)
        return _position(line, until) - _position(line, since)

    # -- the line behind it

    def _midnight(self, day: date) -> int:
        """Look the day up, or reckon it: a date far away (a typo, mostly) need not be laid out."""
        line, ordinal = self._line, day.toordinal()
        if line.first_day <= ordinal < line.first_day + len(line.midnights):
            return line.midnights[ordinal - line.first_day]
        return midnight(self.zone, day)

    def _covering_day(self, day: date) -> Line:
        line, ordinal = self._line, _within(day).toordinal()
        if line.first_day <= ordinal < line.first_day + len(line.midnights) - 1:
            return line
        return self._cover_year(_within(day).year)

    def _covering(self, us: int) -> Line:
        line = self._line
        if line.low <= us < line.high:
            return line
        return self._cover_year(_moment_within(us).astimezone(self.zone).year)

    def _cover_year(self, year: int) -> Line:
        line = self._line
        return self._lay(min(line.first_year, year), max(line.last_year, year))

    def _grow_later(self, line: Line) -> Line:
        return self._lay(line.first_year, 2 * line.last_year - line.first_year + 1)

    def _grow_earlier(self, line: Line) -> Line:
        return self._lay(2 * line.first_year - line.last_year - 1, line.last_year)

    def _lay(self, first: int, last: int) -> Line:
        first, last = max(first, FIRST_YEAR), min(last, LAST_YEAR)
        if (self._line.first_year, self._line.last_year) != (first, last):
            object.__setattr__(self, "_line", lay_out(self.zone, self.hours_on, first, last))
        return self._line


def _position(line: Line, us: int) -> int:
    place = line.interval_at(us) if line.low <= us < line.high else bisect_right(line.starts, us) - 1
    if place < 0:
        return 0
    return line.before[place] + min(us, line.ends[place]) - line.starts[place]


def _moment_within(us: int) -> datetime:
    return moment(min(max(us, _LOW), _HIGH))


def _within(day: date) -> date:
    return min(max(day, _FIRST), _LAST)
