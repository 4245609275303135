"""The life of a promise is a table, and nothing happens that is not in it."""

from pathlib import Path

from domain.histories import PLAIN, RULES, histories
from domain.test_properties import patient
from hypothesis import given

from klantbus.domain.book import Book
from klantbus.domain.decisions import Verdict
from klantbus.domain.events import PromiseState as S
from klantbus.domain.life import TIME, allows, page

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def test_the_page_in_the_documentation_is_drawn_from_the_table():
    # to write it anew: python -c "from klantbus.domain.life import *; print(page(), end='')" > docs/states.md
    assert PAGE.read_text() == page()


@patient
@given(histories(shapes=PLAIN))
def test_in_order_no_promise_takes_a_step_that_is_not_in_the_table(history):
    book = Book(RULES)
    types = {}
    for told in sorted(history, key=lambda told: told.fact.time):
        types[told.fact.id] = told.fact.type
        known = book.customers.get(told.fact.subject)
        prompt = max(told.published, known.clock) if known else told.published
        for decision in book.learn(told.fact, prompt):
            if isinstance(decision, Verdict):
                trigger = TIME if decision.cause is None else types[decision.cause]
                assert allows(decision.previous, trigger, decision.state)


def test_a_step_that_is_not_in_the_table_is_refused():
    assert not allows(S.CANCELLED, TIME, S.BROKEN)
    assert not allows(S.KEPT, "promise.rescheduled", S.ACCEPTED)
    assert not allows(S.CONDITIONAL, TIME, S.OVERDUE)
