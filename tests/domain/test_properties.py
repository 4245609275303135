"""What must hold for every history: the order, the repetition and the moment of looking change nothing."""

import os
from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby

import pytest
from domain.dossiers import graft_all, in_words
from domain.histories import (
    CUSTOMERS,
    PLAIN,
    RULES,
    Told,
    histories,
    last,
    mended_histories,
    order_books,
    pick,
    picture,
    unique,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import facts

import klantbus.domain.customer
from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.counting import Counting
from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Edge, Verdict
from klantbus.domain.fold import fold
from klantbus.domain.keeping import from_bytes, to_bytes
from klantbus.domain.mending import mend
from klantbus.domain.micros import DAY, HOUR, micros, moment
from klantbus.domain.noting import noted
from klantbus.domain.places import Places
from klantbus.domain.promise import state_at
from klantbus.domain.why import sight, why_state

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "60"))
patient = settings(
    max_examples=CYCLES,
    deadline=None,
    derandomize="KLANTBUS_CYCLES" not in os.environ,  # the same every day; a soak looks further
    suppress_health_check=[HealthCheck.too_slow],
)


def told(history: list[Told]) -> Book:
    book = Book(RULES, ("sales", "logistics"))
    for one in history:
        book.learn(one.fact, one.published)
    return book


@patient
@given(histories(customers=CUSTOMERS), st.randoms(use_true_random=False))
def test_any_order_of_arrival_and_any_repetition_end_in_the_same_picture(history, random_):
    end = last(history) + DAY
    straight = told(history)
    straight.judge(end)
    shuffled = history * 2
    random_.shuffle(shuffled)
    crooked = told(shuffled)
    crooked.judge(end)
    assert picture(crooked) == picture(straight)


@patient
@given(histories())
def test_one_step_at_a_time_equals_folding_all_again(history):
    book = Book(RULES)
    for one in history:
        book.learn(one.fact, one.published)
        for customer in book.customers.values():
            again = from_bytes(to_bytes(customer), RULES)
            other = Book(RULES)
            other.customers = {again.key: again}
            alone = Book(RULES)
            alone.customers = {customer.key: customer}
            assert picture(other) == picture(alone)
            assert again.next_look() == customer.next_look()


@patient
@given(histories(), st.lists(st.integers(0, 25 * 96), max_size=20))
def test_looking_in_between_changes_nothing_that_is_said(history, looks):
    end = last(history) + DAY
    late, often = Book(RULES), Book(RULES)
    said_late, said_often = [], []
    start = history[0].published if history else 0
    for one in history:
        said_late += late.learn(one.fact, one.published)
    said_late += late.judge(end)
    moments = sorted(start + look * 15 * 60_000_000 for look in looks)
    for one in history:
        while moments and moments[0] < one.published:
            said_often += often.judge(moments.pop(0))
        said_often += often.learn(one.fact, one.published)
    said_often += often.judge(end)
    assert said_often == said_late


@patient
@given(histories())
def test_the_next_look_is_never_late(history):
    book = told(history)
    end = last(history) + 40 * DAY
    while (look := book.next_look()) is not None and look < end:
        assert book.judge(look - 1) == []
        said = book.judge(look)
        assert all(decision.at in {look, look - 1} for decision in said)
        follow = book.next_look()
        assert follow is None or follow > look
    assert book.judge(end) == []


@patient
@given(histories(customers=CUSTOMERS))
def test_nothing_is_given_away_twice_and_nothing_more_than_was_promised(history):
    book = told(unique(history))
    for customer in book.customers.values():
        dossier = customer.dossier
        for promise in dossier.promises.values():
            for want in promise.wants:
                uses = [use for use in promise.uses if use.want is want]
                assert sum(use.quantity for use in uses) == want.got
                assert want.got >= 0
                assert not want.promised or want.got <= want.promised
        for evidence in dossier.evidence.values():
            lines = getattr(evidence.known.said, "lines", ())
            for sku in {line.sku for line in lines}:
                given_away = sum(
                    use.quantity for _, use in evidence.uses if use.want.sku == sku and use.tier != "T0"
                )
                assert given_away <= sum(line.quantity for line in lines if line.sku == sku)


def joining(name: str, shape: type[e.CustomerMerged | e.CustomerUnmerged], at: datetime) -> e.Fact:
    data = shape(from_="C2", into="C1")
    return e.Fact(
        id=name, source="/admin/x", type=data.event, subject="C2", time=at, recordedtime=at, data=data
    )


@patient
@given(histories(customers=CUSTOMERS))
def test_a_merge_undone_restores_everything(history):
    end = last(history) + 3 * DAY
    straight = told(history)
    straight.judge(end)
    time = moment(last(history) + DAY)

    if straight._roots.get("C1", "C1") == straight._roots.get("C2", "C2"):
        return  # they were one already
    merged = told(history)
    merged.learn(joining("m1", e.CustomerMerged, time), last(history) + DAY)
    merged.learn(joining("m2", e.CustomerUnmerged, time + timedelta(hours=1)), last(history) + DAY + 2 * HOUR)
    merged.judge(end)
    assert picture(merged) == picture(straight)


@patient
@given(histories(customers=CUSTOMERS))
def test_what_was_said_adds_up_to_what_is_so(history):
    book = Book(RULES)
    said = []
    for one in history:
        said += book.learn(one.fact, one.published)
    said += book.judge(last(history) + DAY)
    states, open_alerts = {}, set()
    for decision in said:
        if isinstance(decision, Verdict):
            states[decision.promise_id] = decision.state
        elif isinstance(decision, Edge) and decision.kind != "info.late_publication":
            fingerprint = (decision.customer, decision.kind, decision.key)
            if decision.edge == "raised":
                open_alerts.add(fingerprint)
            else:
                open_alerts.discard(fingerprint)
    now = {
        (customer.key, kind, item.key)
        for customer in book.customers.values()
        for item in customer.dossier.items()
        for kind in item.said_alerts
    }
    if not any(one.fact.type == "customer.merged" for one in history):  # a merge carries over what was said
        assert open_alerts == now


@patient
@given(histories())
def test_the_last_verdict_on_a_promise_says_all_that_is_so(history):
    book, said = Book(RULES), {}
    for one in history:
        for decision in book.learn(one.fact, one.published):
            if isinstance(decision, Verdict):
                said[decision.promise_id] = decision
    for customer in book.customers.values():
        for promise in customer.dossier.promises.values():
            verdict = said[promise.id]
            assert verdict.sight == sight(promise, customer.clock)
            assert verdict.state is state_at(promise, customer.clock)
            assert verdict.why == why_state(promise, verdict.state, customer.clock)


def said_and_so(history, groups):
    customer = Customer("C1", RULES)
    said = []
    for published, told in groups(history):
        said += customer.learn_all([noted(one.fact, published) for one in told])
    said += customer.judge(last(history) + 30 * DAY)
    promises = customer.dossier.promises
    return Counter(said), {name: promises[name].said_sight for name in sorted(promises)}, customer.next_look()


def one_by_one(history):
    return [(one.published, [one]) for one in history]


def by_instant(history):
    return [(at, list(told)) for at, told in groupby(history, key=lambda one: one.published)]


@patient
@given(st.one_of(order_books(), histories(shapes=PLAIN)), pick(one_by_one, by_instant))
def test_a_late_fact_that_nothing_feels_says_the_same_as_folding_all_again(history, groups):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Places, "_is_next", lambda *_: False)
        patch.setattr(klantbus.domain.customer, "graft", lambda *_: None)
        wanted = said_and_so(history, groups)
    assert said_and_so(history, groups) == wanted


@patient
@given(st.one_of(order_books(), histories(most=40), mended_histories()), pick(one_by_one, by_instant))
def test_what_facts_make_with_their_neighbours_is_what_all_facts_make(history, groups):
    """Late ones, corrections, retractions, links and repeats: nothing in the dossier may differ."""
    with pytest.MonkeyPatch.context() as patch:
        graft_all(patch)
        customer = Customer("C1", RULES)
        for published, told in groups(history):
            customer.learn_all([noted(one.fact, published) for one in told])
            mending = mend(list(customer.facts.values()))
            assert in_words(customer.dossier) == in_words(fold("C1", RULES, mending))
            counting = customer.counting or Counting(customer.facts)
            assert sorted(one.in_words() for one in counting.all()) == sorted(
                one.in_words() for one in mending.facts
            )


@patient
@given(st.one_of(histories(), mended_histories()), pick(one_by_one, by_instant))
def test_what_is_said_of_neighbours_is_what_is_said_when_all_are_folded_again(history, groups):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(klantbus.domain.customer, "graft", lambda *_: None)
        wanted = said_and_so(history, groups)
        patch.undo()
        graft_all(patch)
        assert said_and_so(history, groups) == wanted


@patient
@given(histories())
def test_facts_of_one_instant_learned_together_make_what_they_make_one_by_one(history):
    assert said_and_so(history, by_instant)[1:] == said_and_so(history, one_by_one)[1:]


@patient
@given(st.lists(facts(subject="C1"), max_size=6), st.integers(-(10**12), 10**12))
def test_no_fact_that_the_contract_lets_in_can_break_the_judge(strange, lag):
    book = Book(RULES, ("sales",))
    for fact in strange:
        published = micros(fact.time) + lag
        book.learn(fact, published)
        book.judge(published + DAY)
        book.next_look()
    for customer in book.customers.values():
        assert to_bytes(from_bytes(to_bytes(customer), RULES)) == to_bytes(customer)
