"""What the streams state can be written and read, and says the same twice, whatever the judge decided."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from components.streams.by_models import fact_of

from apps.scenarios import read_scenarios
from klantbus.bus.codec import decode
from klantbus.bus.ports import LIMIT_BYTES, weigh
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, VERDICTS
from klantbus.domain.calendar import Calendar
from klantbus.domain.decisions import Reason, Verdict
from klantbus.domain.events import (
    AlertRaised,
    AlertResolved,
    ContactLogged,
    DeliveredLine,
    DeliveryCompleted,
    DeliveryPlanned,
    Direction,
    DueAt,
    Fact,
    PromisedLine,
    PromiseKind,
    PromiseMade,
    PromiseRescheduled,
    PromiseState,
    VerdictChanged,
)
from klantbus.domain.micros import micros
from klantbus.domain.rules import Calendars, Rules
from streams.promises import PromiseJudge
from streams.telling import FEW, MOST, records_of

DOMAIN = Path(__file__).parents[2] / "domain"
SCENARIOS = [
    pytest.param(scenario, id=scenario.id)
    for name in ("scenarios.json", "more_scenarios.json")
    for scenario in read_scenarios(DOMAIN / name)
]


def ruled(scenario):
    """Judge a scenario customer by customer, as the streams do; yield each customer's rulings."""
    judge, states = PromiseJudge(scenario.rules()), {}
    for arrival in sorted(scenario.arrivals, key=lambda one: one.published):
        customer = arrival.fact.subject
        state = states.setdefault(customer, judge.fresh(customer))
        yield customer, judge.learn(state, [arrival.fact], arrival.published)
    for customer, state in states.items():
        yield customer, judge.judge(state, scenario.until)


def stated(scenario):
    """Return what the streams would publish."""
    return [record for customer, rulings in ruled(scenario) for record in records_of(customer, rulings)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_written_straight_is_to_the_byte_what_the_models_write(scenario):
    for customer, rulings in ruled(scenario):
        for record, ruling in zip(records_of(customer, rulings), rulings, strict=True):
            topic = VERDICTS if isinstance(ruling, Verdict) else ALERTS
            assert record == record_of(fact_of(customer, ruling), topic)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_verdict_and_edge_of_a_scenario_can_be_read_by_others(scenario):
    for record in stated(scenario):
        fact = decode(record.value, record.headers)
        assert isinstance(fact.data, VerdictChanged | AlertRaised | AlertResolved)
        assert fact.time == fact.data.at


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_stated_twice_it_is_the_same_to_the_byte(scenario):
    assert stated(scenario) == stated(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_alert_has_one_number_from_raise_to_resolve(scenario):
    standing = {}
    for record in sorted(stated(scenario), key=lambda r: decode(r.value).time):
        said = decode(record.value).data
        if isinstance(said, AlertRaised):
            standing[said.kind, said.key] = said.alert_id
        elif isinstance(said, AlertResolved):
            assert said.alert_id == standing.pop((said.kind, said.key))


def test_other_rules_are_another_version_and_equal_ones_the_same():
    hours = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]}}
    longer = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-18:00"]}}
    one, same, other = (
        PromiseJudge(Rules(Calendars(Calendar.from_settings(said)))) for said in (hours, hours, longer)
    )
    assert one.version == same.version
    assert one.version != other.version


def verdicts_after(*told):
    """Judge facts about C1, each told at once, and return every verdict with its envelope's id."""
    judge = PromiseJudge(SCENARIOS[0].values[0].rules())
    state, found = judge.fresh("C1"), []
    for place, data in enumerate(told):
        time = MONDAY + timedelta(hours=place)
        fact = Fact(
            id=f"e{place}", source="/sales/crm", type=data.event, subject="C1",
            time=time, recordedtime=time, data=data,
        )  # fmt: skip
        found += records_of("C1", judge.learn(state, [fact], micros(time)))
    facts = [decode(record.value, record.headers) for record in found]
    assert len({fact.id for fact in facts}) == len(facts)
    return [fact.data for fact in facts if isinstance(fact.data, VerdictChanged)]


MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
FRIDAY, LATER = (DueAt(at=MONDAY + timedelta(days=days)) for days in (4, 7))
TEN = PromiseMade(
    promise_id="p1", kind=PromiseKind.DELIVERY, made_by="sales", performer="sales", order_ref="O1",
    lines=(PromisedLine(sku="A", quantity=Decimal(10)),), due=FRIDAY,
)  # fmt: skip


def test_a_new_date_is_told_although_the_promise_stays_accepted():
    made, moved = verdicts_after(TEN, PromiseRescheduled(promise_id="p1", due=LATER, agreed=True))
    assert (made.state, made.due, made.revision) == ("accepted", FRIDAY.at, 0)
    assert (moved.state, moved.previous, moved.due, moved.revision) == ("accepted", "accepted", LATER.at, 1)


def test_half_of_the_goods_is_told_although_the_promise_stays_accepted():
    half = DeliveryCompleted(order_ref="O1", lines=(DeliveredLine(sku="A", quantity=Decimal(5)),))
    _, told = verdicts_after(TEN, half)
    assert [(line.promised, line.fulfilled) for line in told.lines] == [(10, 5)]
    assert [use.event_id for use in told.evidence] == ["e1"]


def test_what_the_customer_asked_for_is_told_beside_what_was_promised():
    (told,) = verdicts_after(TEN.model_copy(update={"due": LATER, "requested_due": FRIDAY}))
    assert (told.due, told.requested_due) == (LATER.at, FRIDAY.at)


def test_a_plan_is_told_although_it_contradicts_nothing():
    until = MONDAY + timedelta(days=2)
    _, told = verdicts_after(TEN, DeliveryPlanned(order_ref="O1", planned_from=until, planned_to=until))
    assert told.planned_at == until


def test_what_changes_nothing_that_is_told_is_not_told():
    assert len(verdicts_after(TEN, ContactLogged(direction=Direction.IN, reached=True))) == 1


def alerts_of(number):
    scenario = next(one.values[0] for one in SCENARIOS if one.id == number)
    return [said for record in stated(scenario) if isinstance(said := decode(record.value).data, AlertRaised)]


def test_a_conflict_names_both_departments_that_promised():
    (conflict,) = [said for said in alerts_of("S44") if said.kind == "promise.conflict"]
    assert {conflict.department, conflict.made_by} == {"sales", "service"}


def test_the_alert_of_a_handoff_names_the_promise_that_it_serves():
    (broken,) = [said for said in alerts_of("S43") if said.kind == "promise.broken"]
    assert broken.promise_id == "h1"
    assert broken.promise_ids == ("h1", "p1")


def worn(name, parts, lines=1):
    """Judge a promise of `lines` articles that is kept in `parts` deliveries; return what was said last."""
    judge = PromiseJudge(SCENARIOS[0].values[0].rules())
    state = judge.fresh("C1")
    asked = tuple(PromisedLine(sku=f"{name}{n}", quantity=Decimal(2 * parts)) for n in range(lines))
    made = TEN.model_copy(update={"lines": asked})
    rulings = judge.learn(state, [fact_at(f"{name}-", 0, made)], micros(MONDAY))
    brought = tuple(DeliveredLine(sku=one.sku, quantity=Decimal(1)) for one in asked)
    for place in range(1, parts + 1):
        part = fact_at(f"{name}{place}", place, DeliveryCompleted(order_ref="O1", lines=brought))
        rulings = judge.learn(state, [part], micros(part.time))
    (record,) = records_of("C1", rulings)
    return record, decode(record.value, record.headers).data


def fact_at(name, seconds, data):
    time = MONDAY + timedelta(seconds=seconds)
    return Fact(
        id=name, source="/sales/crm", type=data.event, subject="C1", time=time, recordedtime=time, data=data,
    )  # fmt: skip


def test_of_a_promise_kept_in_very_many_parts_the_latest_are_told():
    _, said = worn("d", MOST + 5)
    assert said.lines[0].fulfilled == MOST + 5
    assert len(said.evidence) == MOST
    assert said.evidence[-1].event_id == f"d{MOST + 5}"


def test_what_would_be_too_large_for_the_log_is_told_with_less_evidence():
    record, said = worn("x" * 60, 3, lines=999)
    assert weigh(record) < LIMIT_BYTES
    assert len(said.lines) == 999
    assert len(said.evidence) == FEW


def test_of_very_many_reasons_the_first_and_the_latest_are_told():
    why = tuple(Reason(f"e{place}", "7.1") for place in range(MOST + 5))
    gone = Verdict(micros(MONDAY), "C1", "p1", None, PromiseState.GONE, (), None, why, None)
    (record,) = records_of("C1", [gone])
    told = [reason.event_id for reason in decode(record.value, record.headers).data.why]
    assert told == ["e0", *(f"e{place}" for place in range(6, MOST + 5))]
