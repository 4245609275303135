"""How a department tells what it knows, worked for Monday 2 March 2026 in an office from 08:30 to 17:00."""

from datetime import date, datetime

from klantbus.domain.calendar import Calendar
from klantbus.domain.measures import Share, Spread
from klantbus.domain.micros import HOUR, MINUTE, micros
from klantbus.domain.telling import ContactRow, FactRow, HandoffRow, Told, telling

OFFICE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}})
MONDAY = date(2026, 3, 2)


def utc(clock: str, day: str = "2026-03-02") -> int:
    return micros(datetime.fromisoformat(f"{day}T{clock}Z"))


NIGHT = utc("23:30")


def test_a_fact_told_on_monday_about_friday_evening_lags_by_office_hours_only():
    facts = [
        FactRow(utc("15:30", "2026-02-27"), utc("08:00")),  # 30 minutes on Friday, 30 on Monday
        FactRow(utc("09:00"), utc("09:02")),
        FactRow(utc("09:00"), utc("10:30")),
        FactRow(utc("09:00"), utc("08:59")),
    ]
    found = telling(OFFICE, MONDAY, Told(facts=facts), NIGHT)
    assert found.lag == Spread(4, 2 * MINUTE, 90 * MINUTE)
    assert found.late == Share(1, 4)


def test_facts_of_other_days_do_not_count():
    facts = [FactRow(utc("09:00"), utc("08:00", "2026-03-03")), FactRow(0, utc("22:59", "2026-03-01"))]
    assert telling(OFFICE, MONDAY, Told(facts=facts), NIGHT).lag.n == 0


def test_a_silence_counts_from_four_business_hours_after_the_last_sign():  # S56: 12:31 to 15:01 local
    told = Told(heartbeats=[utc("07:31"), utc("14:01")])
    assert telling(OFFICE, MONDAY, told, NIGHT).silent == 150 * MINUTE


def test_facts_are_signs_of_life_too_and_yesterdays_silence_is_not_todays():
    told = Told(facts=[FactRow(0, utc("14:00", "2026-02-27"))], heartbeats=[utc("13:00")])
    # 2 hours left on Friday, so silent from Monday 10:30 local until 14:00 local
    assert telling(OFFICE, MONDAY, told, NIGHT).silent == 3 * HOUR + 30 * MINUTE


def test_a_silence_that_lasts_is_counted_up_to_now():
    told = Told(heartbeats=[utc("07:30")])
    assert telling(OFFICE, MONDAY, told, utc("12:30") - 1).silent == HOUR


def test_a_department_that_never_spoke_is_unknown_and_not_silent():
    assert telling(OFFICE, MONDAY, Told(), NIGHT).silent == 0


def test_unmatched_evidence_and_corrections_are_shares_of_what_they_could_be():
    moment = utc("09:00")
    facts = [
        FactRow(moment, moment, evidence=True, unmatched=True),
        FactRow(moment, moment, evidence=True),
        FactRow(moment, moment, correction=True),
        FactRow(moment, moment),
        FactRow(moment, moment),
    ]
    found = telling(OFFICE, MONDAY, Told(facts=facts), NIGHT)
    assert found.unmatched == Share(1, 2)
    assert found.corrections == Share(1, 5)


def test_handoffs_are_answered_in_business_time_or_missing_after_four_hours():
    handoffs = [
        HandoffRow(utc("08:00"), utc("08:30")),
        HandoffRow(utc("08:00"), utc("12:00")),
        HandoffRow(utc("14:00"), utc("09:31", "2026-03-03")),  # two hours on Monday, 2:01 on Tuesday
        HandoffRow(utc("08:00")),
        HandoffRow(utc("15:00")),
    ]
    found = telling(OFFICE, MONDAY, Told(handoffs=handoffs), NIGHT)
    assert found.answers == Spread(3, 4 * HOUR, 4 * HOUR + MINUTE)
    assert found.missing_handoffs == 2


def test_a_contact_is_briefed_when_the_briefing_was_opened_in_the_quarter_before():
    contacts = [
        ContactRow(utc("09:00"), utc("08:45")),
        ContactRow(utc("09:00"), utc("08:44")),
        ContactRow(utc("09:00"), utc("09:01")),
        ContactRow(utc("09:00")),
    ]
    assert telling(OFFICE, MONDAY, Told(contacts=contacts), NIGHT).briefed == Share(1, 4)


def test_a_day_on_which_nothing_happened_has_no_data():
    found = telling(OFFICE, MONDAY, Told(), NIGHT)
    assert found.lag == Spread(0, None, None)
    assert [share.share for share in (found.late, found.unmatched, found.corrections, found.briefed)] == [
        None
    ] * 4
