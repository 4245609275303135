"""The worked scenarios of RULES: every state that is asked for, and every edge of every alert."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from apps.differences import differences
from apps.scenarios import Scenario, iso, read_scenario, run
from klantbus.domain.book import Book

HERE = Path(__file__).parent
GIVEN = json.loads((HERE / "scenarios.json").read_text())
OWN = json.loads((HERE / "more_scenarios.json").read_text())
SCENARIOS = [pytest.param(read_scenario(one), id=one["id"]) for one in [*GIVEN, *OWN]]


def final_states(scenario: Scenario) -> dict[str, str]:
    book = Book(scenario.rules(), scenario.watched)
    for arrival in scenario.arrivals:
        book.learn(arrival.fact, arrival.published)
    book.judge(scenario.until)
    return {
        promise.id: f"{promise.said_state} {promise.said_flags}"
        for customer in book.customers.values()
        for promise in customer.dossier.promises.values()
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_judged_as_it_says(scenario: Scenario):
    assert differences(run(scenario)) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_any_order_of_arrival_ends_in_the_same_states(scenario: Scenario):
    expected = final_states(scenario)
    for seed in range(6):
        arrivals = list(scenario.arrivals)
        random.Random(seed).shuffle(arrivals)  # noqa: S311  no secret, a seeded order
        assert final_states(replace(scenario, arrivals=tuple(arrivals))) == expected


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_telling_everything_twice_changes_no_state_and_no_edge(scenario: Scenario):
    twice = replace(scenario, arrivals=tuple(one for one in scenario.arrivals for _ in range(2)))
    assert differences(run(twice)) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_telling_everything_again_later_changes_no_state_and_no_edge(scenario: Scenario):
    again = tuple(replace(one, published=one.published + 3_600_000_000) for one in scenario.arrivals)
    assert differences(run(replace(scenario, arrivals=(*scenario.arrivals, *again)))) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_cutting_the_story_short_says_no_more_than_was_so_by_then(scenario: Scenario):
    whole = [(edge.at, edge.edge, edge.kind, edge.key) for edge in run(scenario).edges]
    for arrival in scenario.arrivals:
        cut = run(scenario, until=arrival.published)
        said = [(edge.at, edge.edge, edge.kind, edge.key) for edge in cut.edges]
        assert said == [edge for edge in whole if edge[0] <= arrival.published], iso(arrival.published)
