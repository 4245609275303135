"""What holds for any story: whatever is raised, resolved, answered, held or snoozed, in whatever order."""

import os
from collections import Counter
from datetime import timedelta

from components.alerts.tale import at
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.words import Level

KINDS = (
    "promise.at_risk",
    "promise.broken",
    "handoff.declined",
    "contact.chasing",
    "promise.plan_contradicts",
)
SEVERITIES = ("notice", "warning", "high", "critical")
LONE = ("promise.broken", "handoff.declined")
"""Kinds that nothing here explains or succeeds."""

UNTIL, BACK = "12 Mar 18:00", "11 Mar 12:00"
EXAMPLES = int(os.environ.get("KLANTBUS_SEEDS", "30"))

minutes = st.integers(min_value=0, max_value=4 * 24 * 60)
raised = st.tuples(
    st.just("raised"),
    st.sampled_from(KINDS),
    st.sampled_from("ab"),
    st.sampled_from(SEVERITIES),
    st.booleans(),
)
resolved = st.tuples(st.just("resolved"), st.sampled_from(KINDS), st.sampled_from("ab"))
silenced = st.tuples(st.sampled_from(("silenced", "spoke")))
answered = st.tuples(
    st.sampled_from(("acked", "assigned", "snoozed")), st.integers(0, 7), st.integers(1, 600)
)
stories = st.lists(
    st.tuples(minutes, st.one_of(raised, resolved, silenced, answered)), min_size=1, max_size=14
)


def _when(minute: int) -> str:
    day, left = divmod(minute, 24 * 60)
    return f"{6 + day} Mar {left // 60:02}:{left % 60:02}"


def _tell(tale, events):
    names = []
    for minute, (word, *rest) in sorted(events, key=lambda event: event[0]):
        when = _when(minute)
        if word == "raised":
            kind, key, severity, caused = rest
            cause = {"cause": "promise.broken:b"} if caused and key == "a" else {}
            names.append(tale.raised(when, kind, key, severity=severity, **cause))
        elif word == "resolved":
            tale.resolved(when, *rest, reason="kept")
        elif word == "silenced":
            tale.raised(when, "info.silent_department", "logistics", department="logistics")
        elif word == "spoke":
            tale.resolved(when, "info.silent_department", "logistics", reason="spoke_again")
        elif names:
            _answer(tale, word, when, minute, names[rest[0] % len(names)], rest[1])
    return tale


def _answer(tale, word, when, minute, name, more):
    if word == "acked":
        tale.acked(when, name, by="E1")
    elif word == "assigned":
        tale.assigned(when, name, to="E2", by="E1")
    else:
        tale.snoozed(when, name, until=_when(minute + more), by="E1")


def _heard(told):
    """Return what was told, without order within one moment and without the morning's digest."""
    return Counter(one for one in told if one.level != Level.DIGEST)


def _facts(events):
    return any(event[0] in {"raised", "resolved", "silenced", "spoke"} for _, event in events)


@given(stories.filter(_facts))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_the_rules_and_the_whole_alerter_tell_the_same(tales, events):
    rules = await _tell(tales.rules(), events).told(UNTIL)
    whole = await _tell(tales.whole(), events).told(UNTIL)
    assert _heard(whole) == _heard(rules)


@given(stories.filter(_facts), st.lists(minutes, max_size=40))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_looking_more_often_tells_nothing_else(tales, events, wakes):
    tale = _tell(tales.rules(), events)
    start = min(known for known, _ in tale.facts)
    more = [start + timedelta(minutes=minute) for minute in wakes]
    again = _tell(tales.rules(), events)
    assert _heard(await again.told(UNTIL, more)) == _heard(await tale.told(UNTIL))


@given(stories.filter(_facts))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_an_alerter_that_starts_anew_after_every_step_tells_the_same(tales, events):
    steady = await _tell(tales.whole(), events).told(UNTIL)
    shaken = await _tell(tales.whole(), events).told(UNTIL, restarting=True)
    assert shaken == steady


@given(stories.filter(_facts))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_a_log_that_is_read_again_from_the_beginning_tells_nothing_new(tales, events):
    story = _tell(tales.whole(), events)
    first = await story.told(UNTIL)
    assert sum(story.ledger.positions().values()) == len(story.facts)
    story.source.read = 0
    assert await story.told(UNTIL) == first


@given(stories.filter(_facts))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_nobody_hears_the_same_step_of_an_alert_twice(tales, events):
    tale = _tell(tales.rules(), events)
    await tale.told(UNTIL)
    assert len(tale.steps) == len(set(tale.steps))


@given(stories.filter(_facts))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_every_alert_that_stands_open_is_known_to_somebody_or_has_its_reason(tales, events):
    tale = _tell(tales.rules(), events)
    told = await tale.told(UNTIL)
    heard = {key for one in told for key in one.keys}
    for alert in tale.shelf.alerts.values():
        quiet = alert.severity == "notice" or alert.status in {"held", "acked", "snoozed", "resolved"}
        assert quiet or alert.key in heard


plain = st.one_of(
    st.tuples(
        st.just("raised"), st.sampled_from(LONE), st.sampled_from("ab"), st.just("high"), st.just(value=False)
    ),
    st.tuples(st.just("resolved"), st.sampled_from(LONE), st.sampled_from("ab")),
)


@given(st.lists(st.tuples(minutes, plain), min_size=1, max_size=10))
@settings(deadline=None, max_examples=EXAMPLES)
async def test_an_alerter_that_was_away_names_everything_that_it_would_have_told(tales, events):
    steady, away = _tell(tales.rules(), events), _tell(tales.rules(), events)
    away.facts = [(at(BACK), fact) for _, fact in away.facts]
    first = [one for one in await steady.told(BACK) if one.level == Level.OWNER]
    later = await away.told(BACK)
    assert {(one.receiver, key) for one in first for key in one.keys} <= {
        (one.receiver, key) for one in later for key in one.keys
    }
