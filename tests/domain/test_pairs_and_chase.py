"""What hangs on a promise is looked at again also when its state is first said as the other of a conflict."""

from datetime import UTC, datetime, timedelta

from domain.histories import RULES

from klantbus.domain import events as e
from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Edge
from klantbus.domain.micros import micros
from klantbus.domain.noting import noted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fact(name: str, department: str, data: e.Payload, at: datetime) -> e.Fact:
    return e.Fact(
        id=name, source=f"/{department}/x", type=data.event, subject="C1", time=at, recordedtime=at, data=data
    )


def document(name: str, performer: str, at: float, due: float) -> e.Fact:
    said = e.PromiseMade(
        promise_id=name, kind="document", made_by="sales", performer=performer, order_ref="O1",
        due=e.DueAt(at=after(due)),
    )  # fmt: skip
    return fact(f"made-{name}", "finance", said, after(at))


def call(name: str, at: float) -> e.Fact:
    return fact(name, "telephony", e.ContactLogged(direction="in", reached=True), after(at))


def fulfilled(name: str, at: float) -> e.Fact:
    return fact(f"kept-{name}", "finance", e.PromiseFulfilled(promise_id=name), after(at))


def test_a_chase_ends_when_its_promise_and_the_one_that_contradicts_it_are_kept_at_once():
    customer = Customer("C1", RULES)
    steps = [
        (1, [call("call-1", 0.1), call("call-2", 0.2), call("call-3", 0.3)]),
        (10, [document("new", "sales", 9, 30), document("late", "logistics", -20, 5 * 86_400)]),
        (20, [fulfilled("late", 18), fulfilled("new", 17)]),
    ]
    said = [
        decision
        for at, facts in steps
        for decision in customer.learn_all([noted(one, micros(after(at))) for one in facts])
    ]
    edges = [(one.edge, one.at) for one in said if isinstance(one, Edge) and one.kind == "contact.chasing"]
    assert edges == [("raised", micros(after(10))), ("resolved", micros(after(20)))]
