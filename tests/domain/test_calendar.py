"""The calendar as a planner would check it: by the wall calendar and the clock on the wall."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from klantbus.domain.calendar import BadCalendar, Calendar, GoodFriday, LiberationDay, dutch_holidays
from klantbus.domain.calendar.dutch import EASTER
from klantbus.domain.events import CalendarPublished
from klantbus.domain.micros import HOUR, MINUTE, micros, moment

OFFICE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}})
ALWAYS = Calendar.from_settings({"open": {"mon-sun": ["00:00-24:00"]}, "holidays": "none"})
WORKSHOP = Calendar.from_settings(
    {"open": {"mon-thu": ["07:00-12:00", "12:30-16:00"], "fri": ["07:00-12:00"], "sat": ["09:00-13:00"]}}
)


def utc(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def shown(us: int) -> str:
    return moment(us).strftime("%Y-%m-%dT%H:%M:%S")


def easter_by_formula(year: int) -> date:
    """Reckon Easter Sunday (the anonymous Gregorian computus), to check the table with."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    rest = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


def test_the_easter_table_agrees_with_the_formula():
    assert {year: easter_by_formula(year) for year in EASTER} == EASTER


@pytest.mark.parametrize("year", range(2020, 2036))
def test_the_table_agrees_with_what_the_library_proposes(year):
    ours = dutch_holidays(year, GoodFriday.CLOSED, LiberationDay.NEVER)
    theirs = holidays.country_holidays("NL", years=year)
    assert {*ours} == {day for day in theirs if (day.month, day.day) != (5, 5)}


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-04-06", "Easter Monday"),
        ("2026-04-27", "King's Day"),
        ("2026-05-14", "Ascension Day"),
        ("2026-05-25", "Whit Monday"),
        ("2026-12-25", "Christmas Day"),
        ("2025-05-05", "Liberation Day in a lustrum year"),
    ],
)
def test_the_house_is_closed_on(day, why):
    assert not OFFICE.is_working_day(date.fromisoformat(day)), why


def test_good_friday_is_worked_unless_the_company_says_so():
    closed = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}, "good_friday": "closed"})
    assert OFFICE.is_working_day(date(2026, 4, 3))
    assert not closed.is_working_day(date(2026, 4, 3))


@pytest.mark.parametrize(
    ("setting", "in_2025", "in_2026"),
    [("every_5_years", False, True), ("always", False, False), ("never", True, True)],
)
def test_the_fifth_of_may_follows_the_setting(setting, in_2025, in_2026):
    calendar = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}, "liberation_day": setting})
    assert calendar.is_working_day(date(2025, 5, 5)) is in_2025
    assert calendar.is_working_day(date(2026, 5, 5)) is in_2026


def test_kings_day_moves_to_the_26th_when_the_27th_is_a_sunday():
    assert date(2031, 4, 26) in dutch_holidays(2031, GoodFriday.OPEN, LiberationDay.NEVER)
    assert date(2031, 4, 27) not in dutch_holidays(2031, GoodFriday.OPEN, LiberationDay.NEVER)


def test_working_days_are_counted_over_easter():
    thursday, tuesday = date(2026, 4, 2), date(2026, 4, 7)
    assert OFFICE.add_working_days(thursday, 2) == tuesday
    assert OFFICE.add_working_days(tuesday, -2) == thursday
    assert OFFICE.count_working_days(thursday, tuesday) == 2
    assert OFFICE.count_working_days(tuesday, thursday) == -2
    assert OFFICE.next_working_day(date(2026, 4, 3)) == tuesday


def test_from_a_closed_day_the_first_working_day_is_the_next_open_one():
    saturday = date(2026, 3, 7)
    assert OFFICE.add_working_days(saturday, 1) == date(2026, 3, 9)
    assert OFFICE.add_working_days(saturday, -1) == date(2026, 3, 6)
    assert OFFICE.add_working_days(saturday, 0) == saturday


def test_a_saturday_opening_makes_saturday_a_working_day():
    assert WORKSHOP.add_working_days(date(2026, 3, 6), 1) == date(2026, 3, 7)
    assert shown(WORKSHOP.close_of_business(date(2026, 3, 7))) == "2026-03-07T12:00:00"


def test_business_time_skips_the_lunch_break():
    assert shown(WORKSHOP.add_business(utc("2026-03-02T10:30"), HOUR)) == "2026-03-02T12:00:00"
    assert WORKSHOP.business_between(utc("2026-03-02T10:30"), utc("2026-03-02T12:00")) == HOUR
    assert not WORKSHOP.is_open(utc("2026-03-02T11:10"))
    assert shown(WORKSHOP.next_open(utc("2026-03-02T11:10"))) == "2026-03-02T11:30:00"


def test_hours_that_end_at_closing_time_are_due_at_closing_time_and_not_the_next_morning():
    assert shown(OFFICE.add_business(utc("2026-03-02T15:00"), HOUR)) == "2026-03-02T16:00:00"


def test_taking_hours_off_an_opening_time_warns_in_the_morning_and_not_the_evening_before():
    assert shown(OFFICE.subtract_business(utc("2026-03-03T08:30"), HOUR)) == "2026-03-03T07:30:00"


def test_hours_from_a_closed_evening_start_at_the_next_opening():
    assert shown(OFFICE.add_business(utc("2026-03-06T20:00"), HOUR)) == "2026-03-09T08:30:00"


def test_business_time_runs_over_the_turn_of_the_year():
    assert shown(OFFICE.add_business(utc("2026-12-31T15:30"), HOUR)) == "2027-01-04T08:00:00"
    assert shown(OFFICE.subtract_business(utc("2027-01-04T08:00"), HOUR)) == "2026-12-31T15:30:00"


def test_the_last_hour_of_the_year_is_asked_first_on_a_fresh_calendar():
    fresh = Calendar.from_settings({"open": {"mon-sun": ["00:00-24:00"]}, "holidays": "none"})
    assert shown(fresh.add_business(utc("2026-12-31T23:30"), HOUR)) == "2027-01-01T00:30:00"


def test_a_day_ends_at_local_midnight():
    assert shown(OFFICE.end_of_day(date(2026, 3, 6)) + 1) == "2026-03-06T23:00:00"
    assert shown(OFFICE.end_of_day(date(2026, 7, 6)) + 1) == "2026-07-06T22:00:00"
    assert OFFICE.day_of(OFFICE.end_of_day(date(2026, 3, 6))) == date(2026, 3, 6)
    assert OFFICE.day_of(OFFICE.end_of_day(date(2026, 3, 6)) + 1) == date(2026, 3, 7)


def test_a_closed_day_has_no_close_of_business_but_its_end():
    saturday = date(2026, 3, 7)
    assert OFFICE.close_of_business(saturday) == OFFICE.end_of_day(saturday)


def test_the_day_the_clock_goes_forward_has_23_hours():
    day = date(2026, 3, 29)
    assert ALWAYS.business_between(ALWAYS.start_of_day(day), ALWAYS.end_of_day(day) + 1) == 23 * HOUR
    assert shown(ALWAYS.add_business(utc("2026-03-28T23:00"), 3 * HOUR)) == "2026-03-29T02:00:00"


def test_the_day_the_clock_goes_back_has_25_hours():
    day = date(2026, 10, 25)
    assert ALWAYS.business_between(ALWAYS.start_of_day(day), ALWAYS.end_of_day(day) + 1) == 25 * HOUR


def test_a_range_in_the_missing_hour_opens_when_the_clock_has_jumped():
    night = Calendar.from_settings({"open": {"sun": ["02:30-05:00"]}, "holidays": "none"})
    assert shown(night.next_open(utc("2026-03-28T12:00"))) == "2026-03-29T01:00:00"
    assert shown(night.at(date(2026, 3, 29), 150)) == "2026-03-29T01:00:00"


def test_ten_in_the_morning_is_ten_by_the_clock_in_winter_summer_and_between():
    days = (date(2026, 3, 2), date(2026, 7, 1), date(2026, 3, 29), date(2026, 10, 25))
    assert [moment(OFFICE.at(day, 600)).hour for day in days] == [9, 8, 8, 9]


def test_a_range_in_the_repeated_hour_is_open_twice():
    night = Calendar.from_settings({"open": {"sun": ["02:00-02:30"]}, "holidays": "none"})
    first, second = utc("2026-10-25T00:00"), utc("2026-10-25T01:00")
    half = 30 * MINUTE
    assert night.open_on(date(2026, 10, 25)) == [(first, first + half), (second, second + half)]
    assert night.business_between(first, second + HOUR) == HOUR
    assert [night.is_open(at) for at in (first, first + 30 * MINUTE, second)] == [True, False, True]


def test_hours_of_their_own_win_over_weekday_and_holiday():
    calendar = Calendar.from_settings(
        {
            "open": {"mon-fri": ["08:30-17:00"]},
            "closed": ["2026-05-15"],
            "special": {"2026-12-24": ["08:30-13:00"], "2026-12-26": ["10:00-16:00"]},
        }
    )
    assert not calendar.is_working_day(date(2026, 5, 15))
    assert shown(calendar.close_of_business(date(2026, 12, 24))) == "2026-12-24T12:00:00"
    assert calendar.add_working_days(date(2026, 12, 24), 1) == date(2026, 12, 26)


def test_a_published_calendar_opens_as_the_settings_did():
    document = CalendarPublished.model_validate(
        {
            "calendar_id": "workshop",
            "version": 3,
            "open": [
                {"weekday": 1, "opens": "12:30", "closes": "16:00"},
                {"weekday": 1, "opens": "07:00", "closes": "12:00"},
            ],
            "closed": ["2026-04-06"],
            "open_on": [{"date": "2026-04-11", "opens": "09:00", "closes": "24:00"}],
        }
    )
    calendar = Calendar.from_published(document)
    assert (calendar.id, calendar.version) == ("workshop", 3)
    assert calendar.hours_on(date(2026, 3, 30)) == ((420, 720), (750, 960))
    assert calendar.hours_on(date(2026, 4, 6)) == ()
    assert calendar.hours_on(date(2026, 4, 11)) == ((540, 1440),)


def test_two_readings_of_the_same_settings_are_the_same_calendar():
    other = Calendar.from_settings({"open": {"mon,tue,wed,thu,fri": ["08:30-17:00"]}})
    other.is_open(utc("2026-03-02T09:00"))
    assert other == OFFICE
    assert hash(other) == hash(OFFICE)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({}, "open"),
        ({"open": {}}, "open"),
        ({"open": {"mon": []}}, "open"),
        ({"open": {"mondag": ["08:30-17:00"]}}, "open.mondag"),
        ({"open": {"mon": ["8.30-17.00"]}}, "mon"),
        ({"open": {"mon": ["17:00-08:30"]}}, "mon"),
        ({"open": {"mon": ["08:00-24:30"]}}, "mon"),
        ({"open": {"mon": ["08:75-12:00"]}}, "mon"),
        ({"open": {"mon": ["08:00-12:00", "11:00-17:00"]}}, "mon"),
        ({"open": {"mon": 8}}, "open.mon"),
        ({"open": {"mon": ["08:00-17:00"]}, "timezone": "Europe/Nowhere"}, "timezone"),
        ({"open": {"mon": ["08:00-17:00"]}, "good_friday": "maybe"}, "good_friday"),
        ({"open": {"mon": ["08:00-17:00"]}, "closed": ["Easter"]}, "closed"),
        ({"open": {"mon": ["08:00-17:00"]}, "version": "two"}, "version"),
        ({"open": {"mon": ["08:00-17:00"]}, "clsoed": []}, "clsoed"),
    ],
)
def test_settings_nobody_can_open_by_are_refused_by_name(settings, place):
    with pytest.raises(BadCalendar) as refused:
        Calendar.from_settings(settings)
    assert refused.value.place == place


def test_dates_and_lengths_far_away_are_answered_and_do_not_fail():
    assert OFFICE.end_of_day(date.max) > OFFICE.end_of_day(date(2190, 1, 1))
    assert OFFICE.end_of_day(date.min) < OFFICE.end_of_day(date(1901, 1, 1))
    assert shown(OFFICE.end_of_day(date(2150, 1, 1)) + 1) == "2150-01-01T23:00:00"
    assert OFFICE.day_of(utc("2150-01-01T22:59")) == date(2150, 1, 1)
    fresh = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}})
    now = utc("2026-03-02T09:00")
    assert fresh.add_business(now, 10**18) >= fresh.end_of_day(date(2199, 12, 31))
    assert fresh.subtract_business(now, 10**18) <= fresh.end_of_day(date(1900, 1, 1))
    assert fresh.add_working_days(date(2026, 3, 2), 2**31) == date(2200, 12, 31)
    assert fresh.add_working_days(date(2026, 3, 2), -(2**31)) == date(1900, 1, 1)
    assert fresh.business_between(-(10**18), 10**18) > 0


def test_other_zones_keep_their_own_midnight():
    beirut = Calendar.from_settings({"timezone": "Asia/Beirut", "open": {"mon-sun": ["00:00-24:00"]}})
    day = date(2026, 3, 29)  # the clock jumps from 00:00 to 01:00
    assert beirut.day_of(beirut.start_of_day(day)) == day
    assert beirut.end_of_day(day) + 1 - beirut.start_of_day(day) == 23 * HOUR
    samoa = Calendar.from_settings({"timezone": "Pacific/Apia", "open": {"mon-sun": ["00:00-24:00"]}})
    skipped = date(2011, 12, 30)
    assert samoa.start_of_day(skipped) == samoa.start_of_day(skipped + timedelta(1))
    assert samoa.add_working_days(date(2011, 12, 29), 1) == date(2011, 12, 31)


def test_a_day_whose_only_hours_are_skipped_by_the_clock_is_no_working_day():
    night = Calendar.from_settings({"timezone": "Europe/Amsterdam", "open": {"sun": ["02:10-02:40"]}})
    skipped, after = date(2026, 3, 29), date(2026, 4, 12)  # Easter Sunday lies between
    assert not night.is_working_day(skipped)
    assert night.next_working_day(date(2026, 3, 22)) == after
