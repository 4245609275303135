"""Due, warning and grace: worked by hand from the scenarios, in the office of RULES 11."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantbus.domain.calendar import Calendar
from klantbus.domain.due import (
    GRACE_CALLBACK,
    GRACE_GOODS,
    GRACE_ON_SITE,
    GRACE_PAYMENT,
    QUARTER,
    Pause,
    after_pauses,
    deadline,
    due_at,
    due_in_business_hours,
    due_in_working_days,
    due_on,
    edge_at,
    grace_end,
    lead_time,
    paused_business,
    warn_at,
)
from klantbus.domain.events import (
    Cutoff,
    DueAt,
    DueBusinessHours,
    DueDate,
    DueWindow,
    DueWorkingDays,
    PromiseKind,
)
from klantbus.domain.micros import DAY, HOUR, MINUTE, micros, moment
from klantbus.domain.rules import Calendars, Rules
from klantbus.domain.said import Term

OFFICE = Calendar.from_settings(
    {
        "timezone": "Europe/Amsterdam",
        "open": {"mon-fri": ["08:30-17:00"]},
        "good_friday": "open",
        "liberation_day": "every_5_years",
    }
)


def utc(text: str) -> int:
    return micros(datetime.fromisoformat(text + "Z"))


def shown(us: int | None) -> str | None:
    return None if us is None else moment(us).strftime("%Y-%m-%dT%H:%M")


def on(day: str, cutoff: Cutoff = Cutoff.END_OF_DAY) -> DueDate:
    return DueDate(date=date.fromisoformat(day), cutoff=cutoff)


def at(text: str) -> DueAt:
    return DueAt(at=moment(utc(text)))


def hours(number: str) -> DueBusinessHours:
    return DueBusinessHours(business_hours=Decimal(number))


CLOSE = Cutoff.CLOSE_OF_BUSINESS
SCENARIOS = [
    # scenario, clock starts, due, grace of its kind, (at_risk, overdue, broken) in UTC
    ("S01", "2026-03-02T09:00", at("2026-03-02T13:00"), GRACE_CALLBACK, ("02T12:00", "02T13:00", "02T13:15")),
    (
        "S03",
        "2026-03-05T15:00",
        DueWorkingDays(working_days=2),
        GRACE_CALLBACK,
        ("09T11:30", "09T16:00", "09T16:15"),
    ),
    (
        "S04",
        "2026-04-02T14:00",
        DueWorkingDays(working_days=2),
        GRACE_CALLBACK,
        ("07T10:30", "07T15:00", "07T15:15"),
    ),
    ("S06", "2026-04-24T14:45", hours("0.5"), GRACE_CALLBACK, ("28T06:30", "28T06:45", "28T07:00")),
    ("S09", "2026-03-02T08:00", on("2026-03-06"), GRACE_GOODS, ("06T07:30", "06T23:00", "09T09:00")),
    ("S12", "2026-03-04T08:00", on("2026-03-05", CLOSE), GRACE_ON_SITE, ("05T11:52", "05T16:00", "05T16:30")),
    ("S16", "2026-03-02T08:00", on("2026-03-03"), GRACE_GOODS, ("03T11:52", "03T23:00", "04T09:00")),
    ("S34", "2026-03-05T13:00", on("2026-03-10"), GRACE_GOODS, ("10T08:52", "10T23:00", "11T09:00")),
    ("S43", "2026-03-02T08:30", at("2026-03-05T11:00"), GRACE_ON_SITE, ("04T12:30", "05T11:00", "05T11:30")),
    ("S53", "2026-03-27T15:30", hours("2"), GRACE_CALLBACK, ("30T07:30", "30T08:00", "30T08:15")),
    ("S55 p1", "2026-10-24T07:00", at("2026-10-25T00:30"), GRACE_CALLBACK, (None, "25T00:30", "25T00:45")),
    ("S55 p2", "2026-10-24T07:00", at("2026-10-25T01:30"), GRACE_CALLBACK, (None, "25T01:30", "25T01:45")),
    ("S60", "2026-03-02T09:00", on("2026-03-06"), GRACE_PAYMENT, ("06T07:30", "06T23:00", "10T09:00")),
    ("S66", "2026-03-02T12:00", at("2026-03-02T13:00"), GRACE_CALLBACK, ("02T12:30", "02T13:00", "02T13:15")),
]


@pytest.mark.parametrize(
    ("scenario", "start", "due", "grace", "moments"),
    SCENARIOS,
    ids=lambda case: str(case)[:6],
)
def test_every_moment_of_the_scenarios_is_worked_by_hand(scenario, start, due, grace, moments):
    found = deadline(OFFICE, due, utc(start))
    assert found is not None, scenario
    month = start[:8]
    at_risk, overdue, broken = moments
    assert shown(warn_at(OFFICE, utc(start), found.last)) == (at_risk and month + at_risk)
    assert shown(edge_at(found.last)) == month + overdue
    assert shown(edge_at(grace_end(OFFICE, found.last, grace))) == month + broken


def test_a_vague_promise_has_no_deadline():
    assert deadline(OFFICE, None, utc("2026-03-02T08:00")) is None


def test_a_window_is_due_at_its_end():
    window = DueWindow(from_=moment(utc("2026-03-02T08:00")), to=moment(utc("2026-03-02T10:00")))
    assert deadline(OFFICE, window, 0) == due_at(utc("2026-03-02T10:00"))


def test_a_date_lasts_until_its_very_last_microsecond_and_its_edge_is_midnight():
    due = due_on(OFFICE, date(2026, 3, 6), Cutoff.END_OF_DAY)
    assert due.last == utc("2026-03-06T23:00") - 1
    assert edge_at(due.last) == utc("2026-03-06T23:00")


def test_a_moment_is_its_own_edge_even_with_a_fraction_of_a_second():
    assert edge_at(utc("2026-03-06T13:00")) == utc("2026-03-06T13:00")
    assert edge_at(utc("2026-03-06T13:00") + 500_000) == utc("2026-03-06T13:00") + 500_000


def test_within_no_working_days_means_today_or_the_next_day_the_house_opens():
    assert shown(due_in_working_days(OFFICE, utc("2026-03-06T09:00"), 0).last) == "2026-03-06T16:00"
    assert shown(due_in_working_days(OFFICE, utc("2026-03-07T09:00"), 0).last) == "2026-03-09T16:00"


def test_working_days_start_counting_after_the_local_day_of_the_promise():
    late_on_monday_local_tuesday = utc("2026-03-02T23:30")
    assert shown(due_in_working_days(OFFICE, late_on_monday_local_tuesday, 1).last) == "2026-03-04T16:00"


def test_the_lead_is_a_quarter_rounded_up_within_its_bounds_and_never_more_than_half():
    assert lead_time(1080 * MINUTE, QUARTER) == 270 * MINUTE
    assert lead_time(990 * MINUTE, QUARTER) == 248 * MINUTE
    assert lead_time(100 * MINUTE, QUARTER) == 30 * MINUTE
    assert lead_time(40 * MINUTE, QUARTER) == 20 * MINUTE
    assert lead_time(2520 * MINUTE, QUARTER) == 510 * MINUTE


def test_waiting_for_the_customer_moves_hours_by_the_business_time_it_took():  # S32
    start, pause = utc("2026-03-02T08:00"), Pause(utc("2026-03-02T10:00"), utc("2026-03-04T10:00"))
    due = due_in_business_hours(OFFICE, start, Decimal(8))
    moved = after_pauses(OFFICE, due, [pause])
    assert paused_business(OFFICE, [pause]) == 1020 * MINUTE
    assert shown(due.last) == "2026-03-02T16:00"
    assert shown(moved.last) == "2026-03-04T16:00"
    assert shown(warn_at(OFFICE, start, moved.last, [pause])) == "2026-03-04T14:00"


def test_waiting_for_the_customer_moves_a_date_by_the_working_days_that_closed_in_it():
    due = due_on(OFFICE, date(2026, 3, 6), Cutoff.END_OF_DAY)
    tuesday_to_thursday = Pause(utc("2026-03-03T10:00"), utc("2026-03-05T10:00"))
    assert after_pauses(OFFICE, due, [tuesday_to_thursday]).day == date(2026, 3, 10)


def test_a_pause_within_one_day_moves_no_date():
    due = due_on(OFFICE, date(2026, 3, 6), Cutoff.END_OF_DAY)
    an_hour = Pause(utc("2026-03-03T10:00"), utc("2026-03-03T11:00"))
    assert after_pauses(OFFICE, due, [an_hour]) == due


def test_a_pause_over_the_weekend_moves_a_date_by_friday_only():
    due = due_on(OFFICE, date(2026, 3, 11), CLOSE)
    weekend = Pause(utc("2026-03-06T15:00"), utc("2026-03-09T09:00"))
    assert after_pauses(OFFICE, due, [weekend]) == due_on(OFFICE, date(2026, 3, 12), CLOSE)


def test_pauses_add_up_and_a_backward_one_counts_for_nothing():
    due = due_at(utc("2026-03-06T12:00"))
    pauses = [
        Pause(utc("2026-03-02T09:00"), utc("2026-03-02T10:00")),
        Pause(utc("2026-03-03T10:00"), utc("2026-03-03T09:00")),
        Pause(utc("2026-03-04T09:00"), utc("2026-03-04T09:30")),
    ]
    assert shown(after_pauses(OFFICE, due, pauses).last) == "2026-03-06T13:30"


def test_grace_for_goods_due_on_a_saturday_ends_on_monday_morning():
    due = due_on(OFFICE, date(2026, 3, 7), Cutoff.END_OF_DAY)
    assert shown(grace_end(OFFICE, due.last, GRACE_GOODS)) == "2026-03-09T09:00"


def test_grace_after_midnight_is_still_by_the_clock():
    due = due_on(OFFICE, date(2026, 3, 6), Cutoff.END_OF_DAY)
    assert shown(edge_at(grace_end(OFFICE, due.last, GRACE_ON_SITE))) == "2026-03-06T23:30"


def test_nothing_can_be_warned_of_when_due_lies_before_the_promise():
    assert warn_at(OFFICE, utc("2026-03-02T08:00"), utc("2025-03-06T08:00")) is None


starts = st.integers(utc("2026-01-01T00:00"), utc("2026-12-31T00:00"))


@given(starts, st.integers(0, 60 * DAY))
def test_the_warning_lies_between_start_and_due_with_the_lead_left(start, length):
    last = start + length
    warn = warn_at(OFFICE, start, last)
    whole = OFFICE.business_between(start, edge_at(last))
    assert (warn is None) == (whole == 0)
    if warn is not None:
        assert start <= warn <= edge_at(last)
        assert OFFICE.business_between(warn, edge_at(last)) == lead_time(whole, QUARTER)


@given(starts, st.integers(0, 30 * DAY), st.lists(st.integers(0, 5 * DAY), max_size=4))
def test_pauses_never_bring_a_deadline_forward_nor_change_the_working_time_left(start, length, lengths):
    pauses, since = [], start
    for pause in lengths:
        pauses.append(Pause(since + HOUR, since + HOUR + pause))
        since = pauses[-1].until
    due = due_at(OFFICE.next_open(start + length))
    moved = after_pauses(OFFICE, due, pauses)
    assert moved.last >= due.last
    left = OFFICE.business_between(start, moved.last) - paused_business(OFFICE, pauses)
    assert left == OFFICE.business_between(start, due.last)


@given(starts, st.sampled_from([GRACE_CALLBACK, GRACE_ON_SITE, GRACE_GOODS, GRACE_PAYMENT]))
def test_grace_always_ends_after_due(last, grace):
    assert grace_end(OFFICE, last, grace) > last


def test_working_days_promised_on_another_day_end_on_another_day():
    rules, two = Rules(Calendars(OFFICE)), Term("working_days", 2)
    asked = [utc(f"2026-03-0{day}T10:00") for day in (2, 3, 3, 5)]
    ends = [rules.clock(OFFICE, two, PromiseKind.OTHER, start) for start in asked]
    assert [shown(clock.last) for clock in ends] == [
        "2026-03-04T16:00",
        "2026-03-05T16:00",
        "2026-03-05T16:00",
        "2026-03-09T16:00",
    ]
