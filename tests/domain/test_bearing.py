"""A late fact is a small step only where nothing that came after it feels it."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from components.streams.company import Company
from domain.dossiers import graft_all
from domain.histories import RULES
from stated import stated

from klantbus.domain import events as e
from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Decision, Edge, Verdict
from klantbus.domain.micros import DAY, micros
from klantbus.domain.noting import noted

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOW = micros(START) + 30 * DAY


class Told:
    """A customer to whom facts happen on some day, told one after the other."""

    def __init__(self) -> None:
        self.customer = Customer("C1", RULES)
        self.count = 0

    def day(self, day: int, data: e.Payload) -> list[Decision]:
        return self.at_once((day, data))

    def at_once(self, *told: tuple[int, e.Payload]) -> list[Decision]:
        """Tell facts at one instant, each with the day on which it happened."""
        published = NOW + self.count * 60_000_000
        return self.customer.learn_all([noted(self.fact(day, data), published) for day, data in told])

    def fact(self, day: int, data: e.Payload) -> e.Fact:
        self.count += 1
        return stated(f"e{self.count}", data, START + timedelta(days=day))

    def done(self, promise: str) -> int | None:
        at = self.customer.dossier.promises[promise].done_at
        return None if at is None else (at - micros(START)) // DAY


def promised(name: str, order: str | None, *skus: str) -> e.PromiseMade:
    lines = tuple(e.PromisedLine(sku=sku, quantity=Decimal(5)) for sku in skus)
    due = e.DueAt(at=START + timedelta(days=20))
    return e.PromiseMade(
        promise_id=name, kind=e.PromiseKind.DELIVERY, made_by="sales", performer="sales", order_ref=order,
        lines=lines, due=due,
    )  # fmt: skip


def brought(order: str | None, sku: str) -> e.DeliveryCompleted:
    return e.DeliveryCompleted(order_ref=order, lines=(e.DeliveredLine(sku=sku, quantity=Decimal(5)),))


def test_a_promise_of_two_articles_is_done_when_the_last_of_them_came_whichever_was_told_first():
    told = Told()
    told.day(1, promised("p1", "O1", "A", "B"))
    told.day(9, brought("O1", "B"))
    told.day(5, brought("O1", "A"))
    assert told.done("p1") == 9


def test_a_promise_without_an_order_is_kept_by_the_first_delivery_of_any_order():
    told = Told()
    told.day(1, promised("p1", None, "A"))
    told.day(9, brought("O2", "A"))
    told.day(5, brought("O3", "A"))
    assert told.done("p1") == 5


def test_a_promise_told_after_its_delivery_is_kept_by_it():
    told = Told()
    told.day(9, brought("O1", "A"))
    told.day(1, promised("p1", "O1", "A"))
    assert told.done("p1") == 9
    assert not [item for item in told.customer.dossier.items() if item.said_alerts]


def test_what_is_replaced_in_the_middle_of_an_instant_is_said_once():
    told = Told()
    told.day(1, promised("p1", "O1", "A"))
    told.day(1, promised("p2", "O1", "B"))
    told.day(12, brought("O1", "B"))
    whole = promised("p3", "O1", "C", "D")  # feels all of its order
    said = told.at_once((10, brought("O1", "A")), (11, whole))
    assert [decision.promise_id for decision in said if isinstance(decision, Verdict)] == ["p1", "p3"]
    assert told.done("p1") == 10
    edges = [(one.edge, one.kind, one.key) for one in said if isinstance(one, Edge)]
    assert len(set(edges)) == len(edges)
    assert told.customer.judge(NOW + 90 * DAY) == []


def test_a_step_told_before_its_promise_bears_on_its_order_once_the_promise_is_known():
    told = Told()
    told.day(3, e.PromiseFulfilled(promise_id="p1"))
    told.at_once((1, promised("p1", "O1", "A")), (2, brought("O1", "A")))
    assert told.done("p1") == 2
    assert told.customer.dossier.evidence["e3"].uses


@pytest.mark.parametrize("seed", range(112, 124))
def test_what_is_told_in_any_order_within_moments_is_as_if_all_of_it_were_folded_again(seed):
    dice = random.Random(seed)  # noqa: S311  seeded, no secret
    company = Company(seed, [f"K{n}" for n in range(6)], in_order=dice.choice([2, 8, 30]))
    customers: dict[str, Customer] = {}
    now = START
    for _ in range(25):
        now += timedelta(seconds=dice.choice([0.001, 1, 30, 600, 7200]))
        for published, key, facts in told_within_moments(company, dice, now):
            customer = customers.setdefault(key, Customer(key, RULES))
            customer.learn_all([noted(fact, published) for fact in facts])
            differences: list[Decision] = []
            if dice.random() < 0.25:
                customer._fold_again(None, differences)
            assert differences == []


def told_within_moments(company: Company, dice: random.Random, now: datetime):
    """Yield when, about whom and what: facts of one moment that reach the log in four, in any order."""
    facts = [company.fact(now) for _ in range(dice.randint(1, 40))]
    dice.shuffle(facts)
    told: dict[tuple[int, str], list[e.Fact]] = {}
    for fact in facts:
        if fact.data.about == "customer":
            told.setdefault((micros(now) + 1_000 * dice.randint(0, 3), fact.subject), []).append(fact)
    for (published, key), some in sorted(told.items(), key=lambda one: one[0]):
        yield published, key, some


def test_the_orders_beside_it_are_not_folded_again():
    told = Told()
    for number in range(8):
        told.day(8, brought(f"O{number}", "A"))
    whole = told.customer.dossier
    for number in range(8):
        told.day(1, promised(f"p{number}", f"O{number}", "A"))
    assert [told.done(f"p{number}") for number in range(8)] == [8] * 8
    assert told.customer.dossier is whole  # folding all facts makes another


# -- facts about facts change their neighbours only


@pytest.fixture
def grafts(monkeypatch):
    """One who is told facts that can all be folded with their neighbours, however few there are, and are."""
    graft_all(monkeypatch)
    told = Told()
    whole = told.customer.dossier
    yield told
    assert told.customer.dossier is whole, "all facts were folded"


def moved_to(name: str, day: int) -> e.EventCorrected:
    return e.EventCorrected(
        target_event_id=name, set={"time": f'"{(START + timedelta(days=day)).isoformat()}"'}
    )


def test_what_happened_before_a_fact_that_was_moved_on_still_comes_before_it(grafts):
    told = grafts
    told.day(1, promised("p1", None, "A"))
    told.day(5, brought("O2", "A"))
    told.day(9, moved_to("e2", 9))
    told.day(7, brought("O3", "A"))
    assert told.done("p1") == 7


def test_a_delivery_that_was_corrected_to_another_order_keeps_a_promise_of_that_order(grafts):
    told = grafts
    told.day(5, brought("O1", "A"))
    told.day(4, promised("p9", "O1", "B"))  # told late: what was told so far is noted by its names
    told.day(6, e.EventCorrected(target_event_id="e1", set={"order_ref": '"O2"'}))
    told.day(1, promised("p1", "O2", "A"))
    assert told.done("p1") == 5


def test_a_repeat_counts_no_more_when_it_is_corrected(grafts):
    told = grafts
    told.day(1, promised("p1", "O1", "A", "B"))
    first, again = (
        told.fact(5, brought("O1", "A")).model_copy(update={"sourceref": "slip 7"}) for _ in range(2)
    )
    for place, fact in enumerate((first, again)):
        told.customer.learn_all([noted(fact, NOW + (10 + place) * 60_000_000)])
    told.count = 20
    told.day(9, e.EventCorrected(target_event_id=again.id, set={"lines": '[{"sku": "B", "quantity": "5"}]'}))
    assert told.done("p1") is None


def called() -> e.ContactLogged:
    return e.ContactLogged(direction=e.Direction.IN, reached=True)


def chased(told: Told) -> str | None:
    chase = told.customer.dossier.chase
    return chase and chase.known.id


def test_a_chase_goes_back_to_the_call_before_when_the_last_one_is_taken_back(monkeypatch):
    graft_all(monkeypatch)
    told = Told()
    told.day(1, promised("p1", "O1", "A"))
    for day in (1, 2, 3, 4):
        told.day(day, called())
    assert chased(told) == "e5"
    told.day(4, e.EventRetracted(target_event_id="e5"))
    assert chased(told) == "e4"


def test_a_call_that_was_taken_back_adds_nothing_to_a_chase(grafts):
    told = grafts
    told.day(1, promised("p1", "O1", "A"))
    told.day(1, called())
    told.day(2, called())
    told.day(2, e.EventRetracted(target_event_id="e3"))
    told.day(3, called())
    assert chased(told) is None
    told.day(4, called())
    assert chased(told) == "e6"


def test_a_call_told_late_makes_a_chase_about_what_was_open_at_the_last_call(grafts):
    told = grafts
    told.day(1, promised("p1", "O1", "A"))
    told.day(1, promised("p2", "O2", "A"))
    told.day(2, called())
    told.day(4, called())
    told.day(3, brought("O1", "A"))
    told.day(3, called())
    assert chased(told) == "e4"
    assert [one.id for one in told.customer.dossier.chase.about] == ["p2"]


def test_the_score_before_holds_again_when_the_last_one_is_taken_back(grafts):
    told = grafts
    told.day(1, e.SatisfactionRecorded(score=1))
    told.day(5, e.SatisfactionRecorded(score=5))
    assert not told.customer.dossier.score.said_alerts
    told.day(6, e.EventRetracted(target_event_id="e2"))
    assert told.customer.dossier.score.said_alerts == ("satisfaction.low",)


def test_what_was_over_before_is_not_folded_again_when_a_fact_is_corrected(grafts):
    """Neither promises without an order, nor calls, nor a long history make all facts feel each other."""
    told = grafts
    for day in range(10):
        told.day(day, promised(f"p{day}", None, "A"))
        told.day(day, brought(None, "A"))
        told.day(day, called())
    before = dict(told.customer.dossier.promises)
    told.day(9, moved_to("e29", 9))
    now = told.customer.dossier.promises
    assert [name for name in now if now[name] is not before[name]] == ["p9"]
