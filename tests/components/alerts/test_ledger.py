"""The ledger forgets nothing, decides nothing twice, and knows its own files."""

import sqlite3
from dataclasses import replace
from datetime import date, timedelta

import pytest
from components.alerts.tale import at

from alerts.deliveries import Deliveries
from alerts.errors import AnswerRefused, LedgerMisfit
from alerts.learn import check
from alerts.ledger import Ledger
from alerts.model import Address
from alerts.reading import read
from apps.alerting import alone
from klantbus.bus.errors import Misuse

BROKEN = "promise.broken"


async def test_a_log_told_under_new_event_ids_is_still_known(company, whole_story):
    """Rebuilt streams should repeat their ids; if they ever do not, what an edge says is recognised."""
    story = whole_story(company)
    story.raised("9 Mar 10:00", BROKEN, "p1")
    first = await story.told("9 Mar 11:00")
    story.facts += [(known, fact.model_copy(update={"id": f"new-{fact.id}"})) for known, fact in story.facts]
    assert await story.told("9 Mar 11:30") == first


async def test_a_new_ledger_on_an_old_log_tells_what_stands_open_in_one_digest(company, whole_story):
    story = whole_story(company)
    for number in range(20):
        story.raised("2 Mar 10:00", BROKEN, f"p{number}", known="9 Mar 10:00")
    for number in range(15):
        story.resolved("4 Mar 10:00", BROKEN, f"p{number}", reason="kept_late", known="9 Mar 10:00")
    told = await story.told("9 Mar 10:10")
    assert {(one.level, len(one.keys)) for one in told} == {("catch-up", 5)}
    assert len(told) == len({one.receiver for one in told})


async def test_what_was_over_long_ago_is_forgotten_and_a_replay_from_the_beginning_still_sends_nothing(
    company, whole_story
):
    story = whole_story(company)
    story.raised("2 Mar 09:00", BROKEN, "old")
    story.raised("2 Mar 09:30", BROKEN, "standing")
    name = story.raised("2 Mar 10:00", "promise.at_risk", "answered", severity="warning")
    story.acked("2 Mar 10:20", name, by="E1")
    story.resolved("3 Mar 09:00", BROKEN, "old", reason="kept_late")
    story.resolved("3 Mar 09:00", "promise.at_risk", "answered", reason="kept")
    story.raised("4 Mar 09:00", BROKEN, "young")
    story.resolved("6 Mar 09:00", BROKEN, "young", reason="kept_late")
    before = await story.told("6 Mar 15:00")
    assert story.ledger.forget(at("5 Mar 00:00")) == 2
    assert {alert.key for alert in story.ledger.every_alert(100)} == {"standing", "young"}
    left = [one for one in before if {"standing", "young"} & set(one.keys)]
    rows = Deliveries(story.ledger.connection).every()
    assert len(rows) == len(left) < len(before)
    story.facts += [(known, fact.model_copy(update={"id": f"new-{fact.id}"})) for known, fact in story.facts]
    for minute in (1, 2):
        story.source.read = 0
        assert len(await story.told(f"6 Mar 15:0{minute}")) == len(left)
    assert {alert.key for alert in story.ledger.every_alert(100)} == {"standing", "young"}


async def test_it_forgets_once_a_day_what_was_over_longer_ago_than_is_kept(company, whole_story):
    story = whole_story(company)
    story.raised("2 Mar 09:00", BROKEN, "old")
    story.resolved("3 Mar 09:00", BROKEN, "old", reason="kept_late")
    await story.told("3 Mar 17:00")
    for day, left in ((399, 1), (402, 0)):
        story.clock.now = at("3 Mar 09:00") + timedelta(days=day)
        story.alerter.tidy()
        assert len(story.ledger.every_alert(10)) == left


async def test_nothing_is_told_again_when_an_alert_returns_before_its_end_was_told(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 10:00", BROKEN, "p1")
    story.resolved("9 Mar 11:00", BROKEN, "p1", reason="kept")
    story.raised("9 Mar 11:02", BROKEN, "p1")
    told = [one for one in await story.told("9 Mar 12:30") if one.level != "digest"]
    assert [(one.level, one.receiver) for one in told] == [("L0", "logistics.head"), ("L0", "sales")]


async def test_a_break_after_its_end_was_told_is_told_anew(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 10:00", BROKEN, "p1")
    story.resolved("9 Mar 11:00", BROKEN, "p1", reason="kept")
    story.raised("9 Mar 11:30", BROKEN, "p1")
    told = [one.level for one in await story.told("9 Mar 12:00") if one.receiver == "sales"]
    assert told == ["L0", "resolved", "L0"]


async def test_a_digest_is_decided_once_a_day(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 08:00", "promise.overdue", "p1", severity="notice")
    told = await story.told("10 Mar 17:00")
    assert [one.decided for one in told if one.receiver == "logistics"] == ["9 Mar 08:35", "10 Mar 08:35"]


async def test_a_digest_goes_where_a_list_of_any_length_can_be_read(company, whole_story):
    logistics = company.units["logistics"]
    desk = replace(logistics.desk, addresses=(Address("slack", "x"), Address("file", "logistics")))
    story = whole_story(replace(company, units={**company.units, "logistics": replace(logistics, desk=desk)}))
    story.raised("9 Mar 08:00", "promise.overdue", "p1", severity="notice")
    await story.told("9 Mar 09:00")
    rows = Deliveries(story.ledger.connection).every()
    assert [row.address.channel for row in rows if row.receiver == "logistics"] == ["file"]


async def test_a_digest_has_what_stood_open_at_the_opening_and_nothing_younger(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 08:30", "promise.overdue", "p1", severity="notice")
    story.raised("9 Mar 08:31", "promise.overdue", "p2", severity="notice")
    told = await story.told("9 Mar 09:00")
    assert [(one.at, one.keys) for one in told if one.receiver == "logistics"] == [("9 Mar 08:30", ("p1",))]


async def test_a_snooze_is_refused_past_the_deadline_without_a_reason_or_backwards(company, whole_story):
    story = whole_story(company)
    name = story.raised(
        "9 Mar 10:00", "promise.at_risk", "p1", severity="warning", due="2026-03-09T16:00:00Z"
    )
    story.snoozed("9 Mar 10:10", name, until="10 Mar 09:00", by="E1")
    await story.told("9 Mar 10:10")
    alert = story.ledger.alert(name)
    answer = read(story.facts[-1][1])
    with pytest.raises(AnswerRefused, match="deadline"):
        check(alert, answer)
    with pytest.raises(AnswerRefused, match="reason"):
        check(alert, replace(answer, note=" "))
    with pytest.raises(AnswerRefused, match="future"):
        check(alert, replace(answer, until=answer.at))
    assert (alert.status, alert.until.isoformat()) == ("snoozed", "2026-03-09T16:00:00+00:00")


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear customer, " * 100)
    with pytest.raises(LedgerMisfit, match="no alert ledger"):
        Ledger.open(file)


def test_a_ledger_of_another_version_is_refused(tmp_path):
    file = tmp_path / "alerts.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerMisfit, match="version 99"):
        Ledger.open(file)
    with pytest.raises(LedgerMisfit, match="another klantbus"):
        Ledger.read(file)


def test_looking_at_a_ledger_that_is_not_there_makes_none(tmp_path):
    with pytest.raises(LedgerMisfit, match="klantbus alert run"):
        Ledger.read(tmp_path / "alerts.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_two_alerters_never_share_a_ledger(tmp_path):
    ledger = tmp_path / "alerts.sqlite"
    with alone(ledger), pytest.raises(Misuse, match="another alerter"), alone(ledger):
        pass


def test_what_is_written_together_is_all_there_or_not_at_all(tmp_path):
    ledger = Ledger.open(tmp_path / "alerts.sqlite")
    with pytest.raises(sqlite3.IntegrityError), ledger.together():
        _write_half(ledger)
    assert ledger.digested() == {}
    assert Deliveries(ledger.connection).every() == []
    ledger.close()


def _write_half(ledger):
    ledger.set_digested("sales", date(2026, 3, 9))
    ledger.connection.execute("INSERT INTO digest (department, day) VALUES ('sales', NULL)")
