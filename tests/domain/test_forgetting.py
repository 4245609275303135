"""What can no longer change is let go; nothing that is so changes by it."""

from dataclasses import replace

from domain.histories import RULES, histories, last, picture
from domain.test_properties import patient
from domain.test_scenarios import GIVEN
from hypothesis import given

from apps.scenarios import read_scenario, run
from klantbus.domain.book import Book
from klantbus.domain.customer import Customer
from klantbus.domain.forgetting import forget
from klantbus.domain.keeping import from_bytes, to_bytes
from klantbus.domain.micros import DAY
from klantbus.domain.rules import Rules

SOON = Rules(RULES.calendars, replace(RULES.policy, horizon=5 * DAY))


def open_things(customer: Customer) -> object:
    return (
        sorted((kind, item.key) for item in customer.dossier.items() for kind in item.said_alerts),
        sorted(
            (one.id, one.said_state, one.due) for one in customer.dossier.promises.values() if not one.settled
        ),
        customer.next_look(),
    )


@patient
@given(histories())
def test_forgetting_changes_nothing_that_is_open_and_counts_what_goes(history):
    book = Book(SOON)
    for told in history:
        book.learn(told.fact, told.published)
    now = last(history) + DAY
    book.judge(now)
    for customer in book.customers.values():
        before, promises = open_things(customer), len(customer.dossier.promises)
        facts = len(customer.facts)
        dropped = forget(customer, now)
        assert open_things(customer) == before
        assert len(customer.facts) == facts - dropped
        assert len(customer.dossier.promises) + sum(customer.figures.values()) == promises
        again = from_bytes(to_bytes(customer), SOON)
        assert (again.figures, again.forgotten) == (customer.figures, customer.forgotten)
        for told in history:  # told again, it is not news
            if told.fact.id not in customer.facts and told.fact.subject == customer.key:
                assert customer.learn(told.fact, told.published) == []


def test_a_year_after_the_last_word_little_is_left():
    book = run(read_scenario(next(one for one in GIVEN if one["id"] == "S17"))).book
    (customer,) = book.customers.values()
    customer.judge(customer.clock + 500 * DAY)
    assert forget(customer, customer.clock) == 3
    assert customer.figures == {"delivery|sales|sales|kept": 1}
    assert customer.facts == {}
    assert picture(book) == {}
