"""Opening hours laid out on the line of UTC, as sorted arrays: every question is then a bisect.

A day is open where its local wall clock reads within a range: on the 23-hour day the missing hour is not
there, on the 25-hour day the repeated one counts twice. Years are laid out once, when first asked about.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from klantbus.domain.calendar.opening import Hours
from klantbus.domain.micros import DAY, MINUTE, SECOND, micros, moment

FIRST_YEAR = 1900
LAST_YEAR = 2200
"""No fact lies outside (`events.base`); what would is treated as lying on the edge."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a local day with one offset: from `start` to `end` in UTC, wall clock = UTC + `offset`."""

    start: int
    end: int
    offset: int


@dataclass(frozen=True, slots=True)
class Line:
    """Whole years on the line of UTC, in microseconds. Position = open time since `low`.

    starts, ends  the open intervals, half open; before[i] is the position of starts[i], before[-1] the whole
    days          ordinals of the working days; closings[i] is the end of the last range of days[i]
    midnights     the first instant of every day from `first_day` (an ordinal), and of the day after the last
    nth           how many intervals start before the i-th day of 24 hours from `low` on
    """

    first_year: int
    last_year: int
    low: int
    high: int
    starts: list[int]
    ends: list[int]
    before: list[int]
    days: list[int]
    closings: list[int]
    first_day: int
    midnights: list[int]
    nth: list[int]

    def interval_at(self, us: int) -> int:
        """Return the last open interval that starts at or before an instant on the line; -1 before the first.

        It is looked for from its day on: each promise asks several times, and halving thousands takes longer.
        """
        starts = self.starts
        place = self.nth[(us - self.low) // DAY]
        while place < len(starts) and starts[place] <= us:
            place += 1
        while place > 0 and starts[place - 1] > us:
            place -= 1
        return place - 1


EMPTY = Line(LAST_YEAR, FIRST_YEAR, 0, 0, [], [], [0], [], [], 0, [0], [])
"""Before anybody asked."""


def lay_out(zone: ZoneInfo, hours_on: Callable[[date], Hours], first_year: int, last_year: int) -> Line:
    """Lay out the years from first to last (both inclusive)."""
    first_day = date(first_year, 1, 1).toordinal()
    after = date(last_year, 12, 31).toordinal() + 1
    midnights = [midnight(zone, date.fromordinal(day)) for day in range(first_day, after + 1)]
    opened = [
        (day, times)
        for day, (start, end) in enumerate(pairwise(midnights), first_day)
        if (times := open_times(zone, date.fromordinal(day), start, end, hours_on(date.fromordinal(day))))
    ]
    starts = [start for _, times in opened for start, _ in times]
    ends = [end for _, times in opened for _, end in times]
    return Line(
        first_year=first_year,
        last_year=last_year,
        low=midnights[0],
        high=midnights[-1],
        starts=starts,
        ends=ends,
        before=[0, *accumulate(end - start for start, end in zip(starts, ends, strict=True))],
        days=[day for day, _ in opened],
        closings=[times[-1][1] for _, times in opened],
        first_day=first_day,
        midnights=midnights,
        nth=[bisect_left(starts, at) for at in range(midnights[0], midnights[-1] + DAY, DAY)],
    )


def open_times(zone: ZoneInfo, day: date, start: int, end: int, hours: Hours) -> list[tuple[int, int]]:
    """Return the open intervals of the day from `start` to `end`, in order, cut where the clock changes."""
    if not hours:
        return []
    wall = _wall(day)
    return [
        (opens, closes)
        for stretch in stretches(zone, day, start, end)
        for first, last in hours
        if (opens := max(stretch.start, wall - stretch.offset + first * MINUTE))
        < (closes := min(stretch.end, wall - stretch.offset + last * MINUTE))
    ]


def wall_instant(zone: ZoneInfo, day: date, start: int, end: int, minute: int) -> int:
    """Return when the wall clock first reads `minute` on the day from `start` to `end`, else its `end`."""
    if end - start == DAY:
        return start + minute * MINUTE
    for stretch in stretches(zone, day, start, end):
        at = max(stretch.start, _wall(day) - stretch.offset + minute * MINUTE)
        if at < stretch.end:
            return at
    return end


def stretches(zone: ZoneInfo, day: date, start: int, end: int) -> tuple[Stretch, ...]:
    """Return the parts of a day that have one offset each: one, or two when the clock is changed."""
    if end - start == DAY:
        return (Stretch(start, end, _wall(day) - start),)
    if start == end:  # a day that a zone skipped (Samoa, 30 December 2011)
        return ()
    change = _change_between(zone, start, end)
    parts = (Stretch(start, change, _offset(zone, start)), Stretch(change, end, _offset(zone, end - SECOND)))
    return tuple(part for part in parts if part.start < part.end)


def _change_between(zone: ZoneInfo, start: int, end: int) -> int:
    """Return the first second in which the offset is the one of the end."""
    after = _offset(zone, end - SECOND)
    low, high = start // SECOND, end // SECOND - 1
    while low < high:
        middle = (low + high) // 2
        if _offset(zone, middle * SECOND) == after:
            high = middle
        else:
            low = middle + 1
    return low * SECOND


def midnight(zone: ZoneInfo, day: date) -> int:
    """Return the first instant of a local day; where midnight is missing, the moment the clock jumped."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))


def _offset(zone: ZoneInfo, us: int) -> int:
    offset = moment(us).astimezone(zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)


def _wall(day: date) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
