"""The calendar against an oracle that walks every minute, and against its own laws."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from klantbus.domain.calendar import Calendar
from klantbus.domain.calendar.opening import DAYS, hours_words
from klantbus.domain.micros import DAY, MINUTE, micros, moment

ZONES = ("Europe/Amsterdam", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Beirut", "UTC")
WEEKENDS = (date(2026, 3, 27), date(2026, 10, 23), date(2026, 4, 3), date(2026, 12, 30), date(2018, 11, 2))


@st.composite
def hours(draw) -> list[str]:
    edges = sorted(draw(st.lists(st.integers(0, 1440), max_size=6, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return hours_words(tuple(pairs))


@st.composite
def calendars(draw) -> Calendar:
    week = {day: draw(hours()) for day in DAYS}
    if not any(week.values()):
        week["wed"] = ["09:00-17:00"]
    return Calendar.from_settings({"timezone": draw(st.sampled_from(ZONES)), "open": week})


minutes = st.builds(
    lambda day, minute: micros(datetime(day.year, day.month, day.day, tzinfo=UTC)) + minute * MINUTE,
    st.sampled_from(WEEKENDS),
    st.integers(0, 4 * 1440),
)
instants = st.integers(micros(datetime(2024, 1, 1, tzinfo=UTC)), micros(datetime(2027, 12, 31, tzinfo=UTC)))
lengths = st.integers(0, 20 * DAY)


def open_by_the_clock(calendar: Calendar, us: int) -> bool:
    """Look at the clock on the wall, as a person would."""
    wall = moment(us).astimezone(ZoneInfo(calendar.zone.key))
    minute = wall.hour * 60 + wall.minute
    return any(start <= minute < end for start, end in calendar.hours_on(wall.date()))


@given(calendars(), minutes, st.integers(0, 3 * 1440))
@settings(max_examples=60, deadline=None)
def test_walking_every_minute_over_the_changing_clock_finds_the_same_open_time(calendar, since, walked):
    open_minutes = sum(open_by_the_clock(calendar, since + step * MINUTE) for step in range(walked))
    assert calendar.business_between(since, since + walked * MINUTE) == open_minutes * MINUTE


@given(calendars(), instants)
@settings(max_examples=100, deadline=None)
def test_the_house_is_open_exactly_when_the_clock_on_the_wall_says_so(calendar, at):
    assert calendar.is_open(at) == open_by_the_clock(calendar, at)


@given(calendars(), instants, lengths)
@settings(max_examples=100, deadline=None)
def test_counting_agrees_with_adding_and_with_taking_off(calendar, at, length):
    assert calendar.business_between(at, calendar.add_business(at, length)) == length
    assert calendar.business_between(calendar.subtract_business(at, length), at) == length


@given(calendars(), instants, lengths)
@settings(max_examples=100, deadline=None)
def test_adding_then_taking_off_comes_back_on_open_time(calendar, at, length):
    opened = calendar.next_open(at)
    assert calendar.subtract_business(calendar.add_business(opened, length), length) == opened


@given(calendars(), instants, st.integers(1, 20 * DAY))
@settings(max_examples=100, deadline=None)
def test_adding_is_as_early_and_taking_off_as_late_as_can_be(calendar, at, length):
    assert calendar.business_between(at, calendar.add_business(at, length) - 1) < length
    assert calendar.business_between(calendar.subtract_business(at, length) + 1, at) < length


@given(calendars(), instants, instants, lengths)
@settings(max_examples=100, deadline=None)
def test_who_starts_later_is_never_done_earlier(calendar, one, other, length):
    first, second = sorted((one, other))
    assert calendar.add_business(first, length) <= calendar.add_business(second, length)
    assert calendar.subtract_business(first, length) <= calendar.subtract_business(second, length)
    assert calendar.business_between(first, second) >= 0


@given(calendars(), st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_working_days_are_those_a_walk_over_the_dates_finds(calendar, day, days):
    found, walked = day, 0
    while walked < days:
        found += timedelta(1)
        walked += calendar.is_working_day(found)
    assert calendar.add_working_days(day, days) == found
    assert calendar.count_working_days(day, found) == days


@given(calendars(), instants)
@settings(max_examples=100, deadline=None)
def test_every_instant_lies_within_its_own_day(calendar, at):
    day = calendar.day_of(at)
    assert day == moment(at).astimezone(ZoneInfo(calendar.zone.key)).date()
    assert calendar.start_of_day(day) <= at <= calendar.end_of_day(day)


@given(calendars(), instants, st.lists(instants, max_size=4), lengths)
@settings(max_examples=100, deadline=None)
def test_what_was_asked_before_never_changes_an_answer(calendar, at, before, length):
    fresh = Calendar(calendar.id, calendar.version, calendar.zone, calendar.week, calendar.closed)
    for earlier in before:
        calendar.is_open(earlier)
    assert calendar.add_business(at, length) == fresh.add_business(at, length)
    assert calendar.close_of_business(calendar.day_of(at)) == fresh.close_of_business(fresh.day_of(at))
