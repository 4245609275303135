"""Whatever the contract lets in, the judge judges or doubts it; nothing raises out of the domain."""

import pytest
from domain.histories import RULES
from extremes import NOW, WILD, hostile, patient
from hypothesis import given
from hypothesis import strategies as st
from stated import stated

from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.events import PAYLOADS
from klantbus.domain.keeping import from_bytes, to_bytes
from klantbus.domain.micros import DAY, HOUR, micros

within = patient(60)
LAGS = st.sampled_from((-400 * DAY, -HOUR, 0, 1, HOUR, 3 * DAY, 400 * DAY, 100_000 * DAY))
MEETING = (
    "promise.made",
    "promise.made",
    "promise.rescheduled",
    "event.corrected",
    "event.corrected",
    "event.retracted",
)
any_fact = st.sampled_from((*PAYLOADS, *MEETING, "delivery.completed", "calendar.published")).flatmap(hostile)


def judge_all(book: Book, facts: list[e.Fact], lag: int) -> None:
    for fact in facts:
        published = micros(fact.time) + lag
        book.learn(fact, published)
        book.judge(published + DAY)
        book.next_look()
    for customer in book.customers.values():
        assert to_bytes(from_bytes(to_bytes(customer), customer.rules)) == to_bytes(customer)


@within
@given(st.lists(any_fact, max_size=12), LAGS)
def test_facts_at_the_edges_of_the_contract_that_meet_each_other_break_nothing(facts, lag):
    judge_all(Book(RULES, ("sales",)), facts, lag)


@within
@given(st.lists(any_fact, max_size=12), st.integers(0, 10))
def test_they_break_nothing_when_they_are_learned_together(facts, days):
    book = Book(RULES, ("sales",))
    book.learn_all(facts, micros(NOW) + days * DAY)
    book.learn_all(facts, micros(NOW) + (days + 1) * DAY)
    book.judge(micros(NOW) + 500 * DAY)


@pytest.mark.parametrize("event", PAYLOADS)
def test_each_type_at_the_edges_of_the_contract_breaks_nothing_alone_and_corrected(event):
    fields = ["time", *(field.alias or name for name, field in PAYLOADS[event].model_fields.items())]

    @patient(20)
    @given(hostile(event), st.sampled_from(fields), st.integers(0, len(WILD) - 1), LAGS)
    def judged(fact, field, wild, lag):
        mend = e.EventCorrected(target_event_id=fact.id, set={field: WILD[wild]})
        correction = stated("x1", mend, NOW, source=fact.source)
        judge_all(Book(RULES, ("sales",)), [fact, correction, fact], lag)

    judged()


def handed_on(place: int, parent: int) -> e.Fact:
    data = e.PromiseMade(
        promise_id=f"p{place}", parent_promise_id=f"p{parent}", made_by="sales", performer="logistics",
        kind=e.PromiseKind.HANDOFF, scope=e.Scope.INTERNAL,
    )  # fmt: skip
    return stated(f"h{place}", data, NOW)


@pytest.mark.parametrize("ring", [2, 3, 3000])
def test_promises_handed_on_in_a_ring_or_a_thousand_times_are_judged_like_any(ring):
    book = Book(RULES, ("sales",))
    book.learn_all([handed_on(place, (place + 1) % ring) for place in range(ring)], micros(NOW))
    book.judge(micros(NOW) + 9 * DAY)
    assert book.state("p0") == e.PromiseState.MADE
