"""The acceptance rows N1-N10 and N12-N14 of RULES section 8, each told to the rules alone, to the whole
alerter, and to it with a real web and mail server in all weathers.

N11 stands in test_outage_rows.py, N15 in test_deliveries.py.

An instant in these tests is the logical instant of a step, as in the rows. A first message goes out when
its group has closed, five minutes later, as N6 and N9 ask; `decided` tells that moment.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from alerts.ladder import ladder
from alerts.learn import learn
from alerts.model import About, Edge
from alerts.policy import Policy
from alerts.words import EdgeWord

BROKEN = "promise.broken"
SILENT = "info.silent_department"


async def test_n1_an_unanswered_break_climbs_from_owner_to_management(story, messages):
    story.raised("9 Mar 10:00", BROKEN, "p1")
    told = await story.told("11 Mar 17:00")
    assert messages(told) == [
        ("9 Mar 10:00", "L0", "logistics.head"),
        ("9 Mar 10:00", "L0", "sales"),
        ("9 Mar 12:00", "L1", "logistics.head"),
        ("9 Mar 14:00", "L2", "sales"),
        ("9 Mar 14:00", "L2", "sales.head"),
        ("10 Mar 08:30", "L3", "management"),
    ]


async def test_n1_the_first_message_waits_for_its_group_and_the_next_rungs_for_nothing(story):
    story.raised("9 Mar 10:00", BROKEN, "p1")
    told = [one for one in await story.told("9 Mar 13:00") if one.level != "digest"]
    assert [(one.level, one.decided) for one in told] == [
        ("L0", "9 Mar 10:05"),
        ("L0", "9 Mar 10:05"),
        ("L1", "9 Mar 12:00"),
    ]


async def test_n2_an_ack_stops_the_ladder_then_reminds_then_lets_it_climb_again(story, messages):
    alert = story.raised("9 Mar 10:00", BROKEN, "p1")
    story.acked("9 Mar 10:40", alert, by="E1")
    told = messages(await story.told("9 Mar 17:00"))
    assert told == [
        ("9 Mar 10:00", "L0", "logistics.head"),
        ("9 Mar 10:00", "L0", "sales"),
        ("9 Mar 14:40", "reminder", "E1"),
        ("9 Mar 16:40", "L1", "logistics.head"),
    ]


async def test_n3_business_hours_carry_the_ladder_over_the_weekend(story, messages):
    story.raised("6 Mar 16:30", BROKEN, "p1")
    told = messages(await story.told("9 Mar 12:30"))
    assert [(at, level) for at, level, _ in told] == [
        ("6 Mar 16:30", "L0"),
        ("6 Mar 16:30", "L0"),
        ("9 Mar 10:00", "L1"),
        ("9 Mar 12:00", "L2"),
        ("9 Mar 12:00", "L2"),
    ]


async def test_n4_overdue_in_the_weekend_stays_on_the_board_and_the_break_is_told_on_monday(story, messages):
    story.raised("7 Mar 00:00", "promise.overdue", "p1", severity="notice")
    story.resolved("9 Mar 10:00", "promise.overdue", "p1", reason="replaced")
    story.raised("9 Mar 10:00", BROKEN, "p1")
    told = messages(await story.told("9 Mar 11:00"))
    assert told == [("9 Mar 10:00", "L0", "logistics.head"), ("9 Mar 10:00", "L0", "sales")]


async def test_n4_the_overdue_promise_stands_in_mondays_digest(story):
    story.raised("7 Mar 00:00", "promise.overdue", "p1", severity="notice")
    told = await story.told("9 Mar 09:00")
    if told:  # the rules alone know no digest
        assert [(one.decided, one.level, one.keys) for one in told if one.receiver == "logistics"] == [
            ("9 Mar 08:35", "digest", ("p1",))
        ]


async def test_n5_a_critical_break_calls_the_person_on_call_on_saturday_at_once(story):
    story.raised("7 Mar 11:15", BROKEN, "p1", severity="critical", importance="vip")
    told = await story.told("7 Mar 12:00")
    assert ("7 Mar 11:15", "L0", "logistics.on_call") in [(t.decided, t.level, t.receiver) for t in told]
    assert {one.decided for one in told} == {"7 Mar 11:15"}


async def test_n6_seven_breaks_within_three_minutes_are_one_message_with_seven_lines(story):
    names = tuple(f"p{number}" for number in range(7))
    for number, name in enumerate(names):
        story.raised(f"9 Mar 10:0{number // 2}", BROKEN, name)
    told = [one for one in await story.told("9 Mar 11:00") if one.receiver == "logistics.head"]
    assert [(one.level, one.at, one.keys) for one in told] == [("L0", "9 Mar 10:00", names)]


async def test_n6_a_group_climbs_together(story):
    for number in range(7):
        story.raised(f"9 Mar 10:0{number // 2}", BROKEN, f"p{number}")
    told = [one for one in await story.told("9 Mar 13:00") if one.level == "L1"]
    assert [(one.decided, len(one.keys)) for one in told] == [("9 Mar 12:00", 7)]


async def test_n7_a_silent_department_is_told_once_with_what_cannot_be_judged(story):
    story.raised("6 Mar 16:00", SILENT, "logistics", department="logistics")
    for number in range(5):
        story.raised("9 Mar 10:00", BROKEN, f"p{number}", performer="sales")
    told = [one for one in await story.told("9 Mar 11:00") if one.level != "digest"]
    assert [one for one in told if "p0" in one.keys] == []
    naming = [one for one in told if one.held]
    assert [(one.held, one.keys, one.receiver) for one in naming] == [
        (5, ("logistics",), "logistics.head"),
        (5, ("logistics",), "operations"),
    ]


async def test_n7_a_later_message_about_the_silence_says_how_much_it_hides_by_then(story):
    story.raised("9 Mar 09:00", SILENT, "logistics", department="logistics")
    for number in range(5):
        story.raised(f"9 Mar 10:{10 * number}", BROKEN, f"p{number}", performer="sales")
    told = [one for one in await story.told("9 Mar 11:10") if one.receiver == "logistics.head"]
    assert [(one.level, one.decided, one.held) for one in told] == [
        ("L0", "9 Mar 09:05", 0),
        ("held", "9 Mar 10:05", 1),
        ("L1", "9 Mar 11:00", 5),
    ]


async def test_n8_when_the_silence_ends_only_what_is_really_broken_is_told(story):
    story.raised("6 Mar 16:00", SILENT, "logistics", department="logistics")
    for number in range(5):
        story.raised("9 Mar 10:00", BROKEN, f"p{number}")
    story.resolved("9 Mar 10:20", SILENT, "logistics", reason="spoke_again")
    for number in range(4):
        story.resolved("9 Mar 10:20", BROKEN, f"p{number}", reason="was_kept")
    told = [one for one in await story.told("9 Mar 11:00") if one.keys != ("logistics",)]
    told = [one for one in told if one.level != "digest"]
    assert [(one.level, one.at, one.receiver, one.keys) for one in told] == [
        ("L0", "9 Mar 10:20", "logistics.head", ("p4",)),
        ("L0", "9 Mar 10:20", "sales", ("p4",)),
    ]


async def test_n9_evidence_unlinked_and_linked_again_within_the_group_wait_is_never_told(story, messages):
    story.raised("9 Mar 11:00", BROKEN, "p1")
    story.resolved("9 Mar 11:03", BROKEN, "p1", reason="kept")
    assert messages(await story.told("9 Mar 17:00")) == []


async def test_n10_the_same_log_read_again_sends_nothing(story, messages):
    story.raised("9 Mar 10:00", BROKEN, "p1")
    first = messages(await story.told("9 Mar 11:00"))
    story.facts = [*story.facts, *story.facts]
    assert len(first) == 2
    told = messages(await story.told("9 Mar 11:30"))
    assert told in ([], first)  # the rules report what is new, the ledger all that was ever sent


async def test_n12_a_day_declared_closed_moves_the_steps_that_are_still_to_come(company, hours):
    """The promise itself is moved by the judge; here the ladder follows the calendar of the moment."""
    edge = _edge_at_noon()
    alert = learn(None, edge, edge.at, Policy().group_wait)
    closed = replace(hours.calendar, version=2, closed=hours.calendar.closed | {date(2026, 5, 15)})
    after = replace(hours, calendar=closed)
    assert _management(ladder(alert, Policy(), company)).date() == date(2026, 5, 15)
    moved = replace(company, management=replace(company.management, hours=after))
    assert _management(ladder(alert, Policy(), moved)).date() == date(2026, 5, 18)


async def test_n13_a_broken_hand_off_is_told_with_the_promise_that_it_endangers(story):
    story.raised("5 Mar 12:00", "promise.overdue", "h1", severity="notice", performer="workshop")
    story.raised("5 Mar 12:00", "promise.at_risk", "p1", severity="warning", cause="promise.overdue:h1")
    story.resolved("5 Mar 12:30", "promise.overdue", "h1", reason="replaced")
    story.raised("5 Mar 12:30", BROKEN, "h1", performer="workshop")
    told = [one for one in await story.told("5 Mar 13:30") if one.level == "L0"]
    assert [(one.receiver, one.keys) for one in told] == [("logistics", ("p1",)), ("workshop", ("p1",))]


async def test_n13_also_when_only_the_hand_off_says_whom_it_serves(story):
    both = {"promise_ids": ["h1", "p1"], "performer": "workshop"}
    story.raised("5 Mar 12:00", "promise.overdue", "h1", severity="notice", **both)
    story.raised("5 Mar 12:00", "promise.at_risk", "p1", severity="warning")
    story.resolved("5 Mar 12:30", "promise.overdue", "h1", reason="replaced")
    story.raised("5 Mar 12:30", BROKEN, "h1", **both)
    told = [one for one in await story.told("5 Mar 13:30") if one.level == "L0"]
    assert [(one.receiver, one.keys) for one in told] == [("logistics", ("p1",)), ("workshop", ("p1",))]


async def test_n13_two_that_name_each_other_do_not_silence_each_other(story):
    story.raised("5 Mar 12:00", BROKEN, "h1", promise_ids=["h1", "h2"])
    story.raised("5 Mar 12:00", BROKEN, "h2", promise_ids=["h2", "h1"])
    told = [one for one in await story.told("5 Mar 13:00") if one.receiver == "logistics.head"]
    assert [(one.level, len(one.keys)) for one in told] == [("L0", 1)]


async def test_n13_a_hand_off_that_breaks_another_day_is_told_itself(story):
    both = {"promise_ids": ["h1", "p1"], "performer": "workshop"}
    story.raised("5 Mar 12:00", "promise.at_risk", "p1", severity="warning")
    story.raised("6 Mar 12:30", BROKEN, "h1", **both)
    told = [one for one in await story.told("6 Mar 13:30") if one.keys == ("h1",)]
    assert {(one.level, one.receiver) for one in told} == {("L0", "workshop.head"), ("L0", "sales")}


async def test_n14_a_break_is_told_although_its_risk_was_snoozed(story, messages):
    alert = story.raised("9 Mar 08:40", "promise.at_risk", "p1", severity="warning")
    story.snoozed("9 Mar 08:41", alert, until="10 Mar 09:00", by="E1")
    story.resolved("9 Mar 10:00", "promise.at_risk", "p1", reason="replaced")
    story.raised("9 Mar 10:00", BROKEN, "p1")
    told = messages(await story.told("9 Mar 11:00"))
    assert told == [("9 Mar 10:00", "L0", "logistics.head"), ("9 Mar 10:00", "L0", "sales")]


async def test_n14_a_rise_in_severity_ends_a_snooze(story, messages):
    alert = story.raised("9 Mar 08:40", "promise.at_risk", "p1", severity="warning")
    story.snoozed("9 Mar 08:41", alert, until="10 Mar 09:00", by="E1")
    story.raised("9 Mar 10:00", "promise.at_risk", "p1", severity="high")
    assert ("9 Mar 10:00", "L0") in [
        (at, level) for at, level, _ in messages(await story.told("9 Mar 11:00"))
    ]


def _edge_at_noon():
    noon = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)
    return Edge("e1", "A1", EdgeWord.RAISED, BROKEN, "p1", noon, About("logistics", made_by="sales"))


def _management(steps):
    return next(step.at for step in steps if step.level == "L3")


@pytest.mark.parametrize("level", ["L0", "L1"])
async def test_nobody_hears_on_a_closed_day(story, level):
    story.raised("7 Mar 09:00", BROKEN, "p1")
    told = [one for one in await story.told("9 Mar 10:45") if one.level == level]
    assert {one.at for one in told} == {{"L0": "9 Mar 08:30", "L1": "9 Mar 10:30"}[level]}
