"""What the streams state can be written and read, and says the same twice, whatever the judge decided."""

from pathlib import Path

import pytest

from apps.scenarios import read_scenarios
from klantbus.bus.codec import decode
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import AlertRaised, AlertResolved, VerdictChanged
from klantbus.domain.rules import Calendars, Rules
from streams.judging import records_of
from streams.promises import PromiseJudge

DOMAIN = Path(__file__).parents[2] / "domain"
SCENARIOS = [
    pytest.param(scenario, id=scenario.id)
    for name in ("scenarios.json", "more_scenarios.json")
    for scenario in read_scenarios(DOMAIN / name)
]


def stated(scenario):
    """Judge a scenario customer by customer, as the streams do; return what they would publish."""
    judge = PromiseJudge(scenario.rules())
    states, records = {}, []
    for arrival in sorted(scenario.arrivals, key=lambda one: one.published):
        customer = arrival.fact.subject
        state = states.setdefault(customer, judge.fresh(customer))
        records += records_of(customer, judge.learn(state, arrival.fact, arrival.published))
    for customer, state in states.items():
        records += records_of(customer, judge.judge(state, scenario.until))
    return records


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
