"""How often a customer was let down decides how loud a break is: counted as if every promise was asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from domain.histories import CALENDAR, histories, last
from hypothesis import given, settings
from stated import stated

from klantbus.domain import events as e
from klantbus.domain.attention import severity
from klantbus.domain.book import Book
from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Edge
from klantbus.domain.dossier import Dossier
from klantbus.domain.events import Importance, PromiseKind, PromiseState, Severity
from klantbus.domain.micros import DAY, micros
from klantbus.domain.policy import Policy
from klantbus.domain.promise import Promise, state_at
from klantbus.domain.rules import Calendars, Rules

SHAPES = (
    *(e.PromiseMade, e.PromiseRescheduled, e.PromisePaused, e.PromiseResumed, e.PromiseCancelled),
    *(e.PromiseFulfilled, e.DeliveryCompleted, e.DeliveryReturned, e.ContactLogged, e.EventCorrected),
)


def was_broken(promise: Promise, since: int, at: int) -> bool:
    """Ask a promise itself: was it broken to the customer, by its G?"""
    clock, state = promise.clock, state_at(promise, at)
    if clock is None or promise.internal or promise.kind is PromiseKind.PAYMENT:
        return False
    if not since < clock.grace < at:
        return False
    kept_after = promise.done_at is not None and promise.done_at > clock.grace
    return state is PromiseState.BROKEN or (state is PromiseState.KEPT_LATE and kept_after)


def is_critical(dossier: Dossier, promise: Promise, policy: Policy, at: int) -> bool:
    if promise.said.importance is Importance.VIP or (promise.said.value or 0) >= policy.critical_value:
        return True
    since = at - policy.critical_window
    return sum(was_broken(one, since, at) for one in dossier.promises.values()) >= policy.critical_breaks


@pytest.mark.parametrize("breaks", [1, 2])
@settings(max_examples=150, deadline=None)
@given(history=histories(shapes=SHAPES, most=40))
def test_a_break_is_as_loud_as_all_promises_of_the_customer_make_it(breaks, history):
    policy = Policy(critical_breaks=breaks)
    book = Book(Rules(Calendars(CALENDAR), policy))
    for told in history:
        book.learn(told.fact, told.published)
    for at in (last(history), last(history) + 2 * DAY, last(history) + 60 * DAY, last(history) + 120 * DAY):
        for customer in book.customers.values():
            for promise in customer.dossier.promises.values():
                loud = severity(customer.dossier, promise, "promise.broken", at) is Severity.CRITICAL
                assert loud == is_critical(customer.dossier, promise, policy, at)


def loud(*told: e.Payload) -> list[Severity]:
    """Return how loud the breaks were, of facts told every half an hour where two breaks are critical."""
    customer = Customer("C1", Rules(Calendars(CALENDAR), Policy(critical_breaks=2)))
    said = []
    for number, data in enumerate(told):
        at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=30 * number)
        said += customer.learn(stated(f"e{number}", data, at), micros(at))
    raised = [one for one in said if isinstance(one, Edge) and one.edge == "raised"]
    return [one.severity for one in raised if one.kind == "promise.broken"]


QUIET = e.ContactLogged(direction=e.Direction.OUT, reached=False, channel=e.Channel.PHONE)


def test_a_promise_that_was_done_long_after_its_grace_counts_as_a_break():
    done = e.PromiseFulfilled(promise_id="p1")
    assert loud(callback("p1"), *[QUIET] * 4, done, callback("p2"), *[QUIET] * 4) == [
        Severity.HIGH,
        Severity.CRITICAL,
    ]


def test_a_promise_that_a_pause_held_back_until_it_was_done_is_no_break():
    paused = e.PromisePaused(promise_id="p1", reason=e.PauseReason.WAITING_FOR_CUSTOMER)
    done = e.PromiseFulfilled(promise_id="p1")
    assert loud(callback("p1"), paused, *[QUIET] * 4, done, callback("p2"), *[QUIET] * 4) == [Severity.HIGH]


def callback(name: str) -> e.PromiseMade:
    """A call back within an hour."""
    return e.PromiseMade(
        promise_id=name,
        kind=PromiseKind.CALLBACK,
        made_by="sales",
        performer="sales",
        due=e.DueBusinessHours(business_hours=Decimal(1)),
    )
