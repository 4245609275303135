"""Opening hours: from words ("mon-fri": "08:30-17:00") to minutes of the local day, and back."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TypeAlias

Range: TypeAlias = tuple[int, int]
"""From minute (inclusive) to minute (exclusive) of the local wall clock; 1440 is the end of the day."""

Hours: TypeAlias = tuple[Range, ...]
"""The ranges of one day, in order, apart from each other."""

Week: TypeAlias = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""Monday to Sunday."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1440

_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


class BadCalendar(ValueError):
    """A calendar nobody can open by: `place` is the setting, the text says what to write instead."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


def read_week(settings: Mapping[str, Iterable[str]]) -> Week:
    """Read {"mon-thu": ["08:30-12:00", "13:00-17:00"], "fri": [...]}; a day that is not named is closed."""
    ranges: dict[str, list[str]] = {day: [] for day in DAYS}
    for key, words in settings.items():
        for day in read_days(key):
            ranges[day].extend(words)
    return as_week([read_hours(words, day) for day, words in ranges.items()])


def as_week(days: Iterable[Hours]) -> Week:
    """Return seven days as a week; a week without any opening is refused."""
    mon, tue, wed, thu, fri, sat, sun = days
    week = (mon, tue, wed, thu, fri, sat, sun)
    if not any(week):
        raise BadCalendar("open", "a calendar needs at least one open range a week")
    return week


def read_days(key: str) -> tuple[str, ...]:
    """Read "mon-fri", "sat" or "mon,wed" as names of days; "sat-mon" runs over the weekend."""
    return tuple(day for part in key.lower().split(",") for day in _span_of_days(part.strip(), key))


def _span_of_days(part: str, key: str) -> tuple[str, ...]:
    first, _, last = part.partition("-")
    try:
        start, stop = DAYS.index(first.strip()), DAYS.index((last or first).strip())
    except ValueError:
        raise BadCalendar(
            f"open.{key}", f"days are written as {', '.join(DAYS)}, mon-fri or mon,wed"
        ) from None
    return tuple(DAYS[(start + step) % 7] for step in range((stop - start) % 7 + 1))


def read_hours(words: Iterable[str], place: str) -> Hours:
    """Read ["08:30-12:00", "13:00-17:00"] as sorted minutes. Ranges that overlap are refused."""
    if isinstance(words, str):
        words = [words]
    hours = tuple(sorted(_read_range(word, place) for word in words))
    for (_, end), (start, _) in pairwise(hours):
        if start < end:
            raise BadCalendar(place, f"opening ranges overlap at {clock_words(start)}")
    return hours


def _read_range(word: str, place: str) -> Range:
    found = _RANGE.fullmatch(word.strip())
    if found is None:
        raise BadCalendar(place, f"a range is written as 08:30-17:00, not {word!r}")
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if max(start_minute, end_minute) > 59 or not start < end <= MINUTES_A_DAY:  # noqa: PLR2004  minutes of an hour
        raise BadCalendar(place, f"{word} must start before it ends, by 24:00; write a night as two ranges")
    return start, end


def clock_words(minute: int) -> str:
    """Return a minute of the day as 08:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def hours_words(hours: Hours) -> list[str]:
    """Return the ranges of a day as ["08:30-17:00"]."""
    return [f"{clock_words(start)}-{clock_words(end)}" for start, end in hours]
