"""What people read, in Dutch and in English."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from alerts.company import Receiver
from alerts.deliveries import Deliveries
from alerts.learn import learn
from alerts.letter import LETTER
from alerts.messages.compose import SHOWN, Writer
from alerts.messages.dutch import DUTCH
from alerts.messages.english import ENGLISH
from alerts.model import Send
from alerts.policy import KINDS, Policy
from alerts.reading import read
from alerts.words import Level
from klantbus.bus.departments import Language

BROKEN = "promise.broken"


def _letters(story, level="L0", receiver="logistics.head"):
    rows = Deliveries(story.ledger.connection).every()
    found = [row for row in rows if row.level == level and row.receiver == receiver]
    return [LETTER.validate_json(row.letter) for row in found]


def _speaking(company, language):
    """Return the company with another language for the head of logistics."""
    logistics = company.units["logistics"]
    head: Receiver = replace(logistics.head, language=language)
    return replace(company, units={**company.units, "logistics": replace(logistics, head=head)})


async def test_a_break_says_who_what_in_which_words_since_when_who_knows_and_what_now(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 10:00", BROKEN, "p1", due="2026-03-06T16:00:00Z")
    await story.told("9 Mar 11:00")
    [letter] = _letters(story)
    assert letter.subject == "[urgent] Promise broken: delivery, customer C1, p1"
    assert letter.items[0].lines == (
        ("Who", "Sales promised, Logistics has to do it"),
        ("In these words", "“Friday at the latest”"),
        ("Since", "Mon 9 Mar 10:00; the last good moment was Fri 6 Mar 17:00"),
        ("Who knows", "head of Logistics, Sales (nobody has taken it on)"),
    )
    assert letter.action == "Call the customer today, say what happens now and agree a new moment."
    assert letter.link.startswith("http://127.0.0.1:8080/alerts/A-")


async def test_the_same_break_in_dutch(company, whole_story):
    story = whole_story(_speaking(company, Language.DUTCH))
    story.raised("9 Mar 10:00", BROKEN, "p1")
    await story.told("9 Mar 12:30")
    [letter] = _letters(story)
    assert letter.subject == "[dringend] Toezegging niet nagekomen: levering, klant C1, p1"
    assert letter.items[0].lines[0] == ("Wie", "Sales zei het toe, Logistics moet het doen")
    assert ("Sinds", "ma 9 mrt 10:00") in letter.items[0].lines
    [rung] = _letters(story, "L1")
    assert rung.lead == "Niemand heeft dit de afgelopen 2 werkuren opgepakt."


async def test_kept_in_time_and_told_late_is_a_message_of_its_own(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 10:00", BROKEN, "p1")
    story.resolved("9 Mar 13:00", BROKEN, "p1", reason="was_kept", lag_minutes=270)
    await story.told("9 Mar 14:00")
    [letter] = _letters(story, "resolved")
    assert letter.subject == "[over] Kept after all, told late: delivery, customer C1, p1"
    ended = "The promise was kept in time; we were told 4.5 business hours late."
    assert ("How it ended", ended) in letter.items[0].lines
    assert letter.action == ""


async def test_a_catch_up_says_what_is_open_first_and_then_what_came_and_went(company, whole_story):
    story = whole_story(company)
    story.raised("6 Mar 15:00", "handoff.missing", "p0")  # it was at work before
    story.raised("6 Mar 16:30", BROKEN, "p1", known="9 Mar 09:00", severity="critical")
    story.resolved("6 Mar 16:50", BROKEN, "p1", reason="was_kept", known="9 Mar 09:00", lag_minutes=20)
    story.raised("6 Mar 16:40", BROKEN, "p2", known="9 Mar 09:00")
    await story.told("9 Mar 09:10")
    [letter] = [one for one in _letters(story, "catch-up") if "p1" in one.items[-1].title]
    assert letter.subject == "klantbus: Catching up after an outage: 1 still open, 1 came and went meanwhile."
    assert [item.title for item in letter.items] == [
        "Promise broken: delivery, customer C1, p2",
        "Kept after all, told late: delivery, customer C1, p1",
    ]
    assert ("Since", "Fri 6 Mar 16:30 until Fri 6 Mar 16:50") in letter.items[1].lines


async def test_a_promise_kept_in_part_says_what_is_missing(company, whole_story):
    story = whole_story(company)
    lines = [
        {"sku": "A", "promised": "10", "fulfilled": "6"},
        {"sku": "B", "promised": "2", "fulfilled": "2"},
    ]
    story.raised("9 Mar 10:00", BROKEN, "p1", lines=lines)
    await story.told("9 Mar 11:00")
    assert ("Still missing", "4 of 10 pcs A") in _letters(story)[0].items[0].lines


async def test_a_list_of_many_kinds_says_for_each_what_now(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 08:00", "promise.overdue", "p1", severity="notice")
    story.raised("9 Mar 08:00", "handoff.missing", "p2")
    await story.told("9 Mar 09:00")
    [letter] = _letters(story, "digest", "logistics")
    assert [dict(item.lines)["What now"] for item in letter.items] == [
        "Accept or decline it; nobody is working on it now.",
        "State the evidence if it is done; otherwise do it now.",
    ]
    assert letter.action == "See which of these are yours, and take them on."


async def test_a_promise_in_danger_names_the_hand_off_behind_it(company, whole_story):
    story = whole_story(company)
    both = {"promise_ids": ["h1", "p1"], "performer": "workshop"}
    story.raised("5 Mar 12:00", "promise.overdue", "h1", severity="notice", **both)
    story.raised("5 Mar 12:00", "promise.at_risk", "p1", severity="warning")
    await story.told("5 Mar 12:10")
    [letter] = _letters(story, "L0", "workshop")
    assert ("Because of", "Promise overdue: h1") in letter.items[0].lines


async def test_nobody_is_told_that_a_risk_is_over_when_it_only_got_worse(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 09:00", "promise.at_risk", "p1", severity="warning")
    story.resolved("9 Mar 10:00", "promise.at_risk", "p1", reason="replaced")
    story.raised("9 Mar 10:00", "promise.overdue", "p1", severity="notice")
    await story.told("9 Mar 11:00")
    assert _letters(story, "resolved", "logistics") == []


async def test_who_was_told_of_a_break_is_told_that_it_is_over_and_nobody_else(company, whole_story):
    story = whole_story(company)
    story.raised("9 Mar 10:00", BROKEN, "p1")
    story.resolved("9 Mar 11:00", BROKEN, "p1", reason="kept_late")
    told = await story.told("9 Mar 17:00")
    over = {one.receiver for one in told if one.level == "resolved"}
    assert over == {"logistics.head", "sales"}


async def test_an_assignment_is_told_to_who_gets_it(company, whole_story):
    story = whole_story(company)
    alert = story.raised("9 Mar 10:00", BROKEN, "p1")
    story.assigned("9 Mar 10:30", alert, to="E2", by="E1")
    told = await story.told("9 Mar 13:00")
    assert [(one.decided, one.level, one.receiver) for one in told if one.decided > "9 Mar 10:06"] == [
        ("9 Mar 10:30", "assigned", "E2")
    ]


async def test_the_account_owner_of_a_customer_hears_of_a_break(company, whole_story):
    story = whole_story(company)
    story.registered("2 Mar 09:00", "C1", "E2")
    story.raised("9 Mar 10:00", BROKEN, "p1")
    told = await story.told("9 Mar 11:00")
    assert {one.receiver for one in told if one.level == "L0"} == {"logistics.head", "sales", "E2"}


async def test_an_answer_read_before_its_alert_is_not_lost(company, whole_story):
    story = whole_story(company)
    alert = story.raised("9 Mar 10:00", BROKEN, "p1")
    story.acked("9 Mar 10:02", alert, by="E1")
    story.facts.reverse()
    story.facts = [(story.facts[1][0], fact) for _, fact in story.facts]
    told = await story.told("9 Mar 14:30")
    assert [(one.decided, one.level) for one in told if one.level != "digest"] == [
        ("9 Mar 14:02", "reminder")
    ]


def test_a_long_list_is_cut_in_a_message_and_whole_in_a_digest(company, whole_story):
    story = whole_story(company)
    alerts = [_alert(story, number) for number in range(SHOWN + 5)]
    writer = Writer(company, Policy())
    names = tuple(alert.id for alert in alerts)
    base = Send("k", Level.OWNER, "logistics.head", company.management.addresses[0], alerts[0].raised, names)
    message = writer.write(base, alerts)
    assert (len(message.items), message.more) == (SHOWN, "and 5 more; the link shows them all")
    assert message.subject == f"[urgent] Promise broken: {SHOWN + 5}x (Logistics)"
    digest = writer.write(replace(base, level=Level.DIGEST, receiver="logistics"), alerts)
    assert (len(digest.items), digest.more) == (SHOWN + 5, "")
    assert digest.subject == f"klantbus: Open in Logistics this morning: {SHOWN + 5}."


def _alert(story, number):
    story.raised("9 Mar 10:00", BROKEN, f"p{number}")
    edge = read(story.facts[-1][1])
    return learn(None, edge, edge.at, timedelta(minutes=5))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_title_and_an_action_in_both_languages(kind):
    for phrases in (DUTCH, ENGLISH):
        assert phrases.titles[kind]
        assert phrases.actions[kind]


@pytest.mark.parametrize("name", [field.name for field in fields(ENGLISH)])
def test_both_languages_have_the_same_phrases(name):
    english, dutch = getattr(ENGLISH, name), getattr(DUTCH, name)
    if isinstance(english, dict):
        assert english.keys() == dutch.keys()
        pairs = [(english[key], dutch[key]) for key in english]
    else:
        pairs = [(english, dutch)]
    for one, other in pairs:
        assert len(one) == len(other) if isinstance(one, tuple) else _blanks(one) == _blanks(other)


def _blanks(phrase):
    return {part.partition("}")[0] for part in phrase.split("{")[1:]}


@pytest.mark.parametrize("level", Level)
def test_every_rung_has_its_lead(level):
    assert level in ENGLISH.leads
    assert level in DUTCH.leads
