"""`klantbus simulate` and `klantbus explain`, as people and examiners call them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from apps.cli.explain import app as explain
from apps.cli.simulate import app as simulate

GIVEN = Path(__file__).parent / "scenarios.json"
MADE = {
    "id": "e1",
    "type": "promise.made",
    "time": "2026-03-02T09:00",
    "published": "2026-03-02T09:01",
    "department": "sales",
    "customer_id": "C1",
    "data": {
        "promise_id": "p1",
        "kind": "delivery",
        "subject": {"order_ref": "O1"},
        "due": {"date": "2026-03-06", "cutoff": "day"},
    },
}


def scenario(**fields) -> dict:
    return {"id": "X1", "events": [MADE], "until": "2026-03-06T12:00", **fields}


def written(tmp_path: Path, *scenarios: dict) -> str:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(list(scenarios)))
    return str(path)


def test_all_given_scenarios_agree_and_json_stands_alone():
    result = CliRunner().invoke(simulate, [str(GIVEN), "--json"])
    assert result.exit_code == 0
    said = {one["id"]: one for one in json.loads(result.stdout)}
    assert len(said) == 46
    assert said["S10"]["states"][1] == {
        "at": "2026-03-09T10:31:00+00:00",
        "promise_id": "p1",
        "state": "kept",
        "flags": ["late_evidence"],
    }
    assert said["S50"]["states"][0]["state"] is None


def test_a_question_is_answered_without_expectations(tmp_path):
    file = written(tmp_path, scenario(ask=[{"at": "2026-03-06T09:00", "promise_id": "p1"}]))
    result = CliRunner().invoke(simulate, [file, "--json"])
    assert result.exit_code == 0
    (said,) = json.loads(result.stdout)
    assert said["states"] == [
        {"at": "2026-03-06T08:00:00+00:00", "promise_id": "p1", "state": "at_risk", "flags": []}
    ]
    assert said["alerts"] == [
        {"at": "2026-03-06T07:30:00+00:00", "edge": "raised", "kind": "promise.at_risk", "key": "p1"}
    ]


def test_a_difference_is_shown_and_ends_with_five(tmp_path):
    expect = {
        "states": [{"at": "2026-03-06T09:00", "promise_id": "p1", "state": "kept"}],
        "alerts": [{"at": "2026-03-06T09:00", "edge": "raised", "kind": "promise.vague", "key": "p1"}],
    }
    result = CliRunner().invoke(simulate, [written(tmp_path, scenario(expect=expect))])
    assert result.exit_code == 5
    assert "expected kept, judged at_risk" in result.stderr
    assert "- 2026-03-06T08:00:00+00:00 raised promise.vague p1" in result.stderr
    assert "+ 2026-03-06T07:30:00+00:00 raised promise.at_risk p1" in result.stderr


def test_until_looks_no_further_and_expects_no_more(tmp_path):
    expect = {
        "alerts": [{"at": "2026-03-06T08:30", "edge": "raised", "kind": "promise.at_risk", "key": "p1"}]
    }
    file = written(tmp_path, scenario(expect=expect))
    result = CliRunner().invoke(simulate, [file, "--until", "2026-03-05T12:00", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)[0]["alerts"] == []


def test_another_calendar_can_be_tried(tmp_path):
    calendar = tmp_path / "own.toml"
    calendar.write_text('[open]\nmon-thu = ["08:30-17:00"]\n')
    result = CliRunner().invoke(
        simulate, [written(tmp_path, scenario()), "--calendar", str(calendar), "--json"]
    )
    assert json.loads(result.stdout)[0]["alerts"][0]["at"] == "2026-03-05T07:37:00+00:00"


def test_a_story_names_facts_and_rules():
    result = CliRunner().invoke(explain, [str(GIVEN), "--promise", "p1", "--scenario", "S10", "--json"])
    told = json.loads(result.stdout)
    assert told["state"] == "kept"
    last = [line for line in told["story"] if line["what"] == "verdict"][-1]
    assert last["events"] == ["e16", "d1"]
    assert last["rules"] == ["4.1", "7.T2"]


def test_a_story_can_stop_earlier():
    result = CliRunner().invoke(
        explain, [str(GIVEN), "--promise", "p1", "--scenario", "S10", "--at", "2026-03-09T11:00"]
    )
    assert "p1 is broken" in result.stdout
    assert "delivery.completed" not in result.stdout


@pytest.mark.parametrize("text", ["", "[1]", '[{"id": "X"}]', '[{"events": [{"id": "e"}]}]', "{"])
def test_a_file_that_is_no_scenario_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    result = CliRunner().invoke(simulate, [str(path)])
    assert type(result.exception).__name__ == "FactRefused"


def test_a_scenario_can_be_judged_by_another_policy(tmp_path):
    callback = {"promise_id": "p1", "kind": "callback", "due": {"at": "2026-03-02T14:00"}}
    own = written(tmp_path, scenario(events=[{**MADE, "data": callback}], until="2026-03-02T14:10"))
    policy = tmp_path / "policy.toml"
    policy.write_text('[grace]\ncallback = "5m"\n')
    result = CliRunner().invoke(simulate, [own, "--policy", str(policy), "--json"])
    assert json.loads(result.stdout)[0]["alerts"][-2:] == [
        {"at": "2026-03-02T13:05:00+00:00", "edge": "raised", "kind": "promise.broken", "key": "p1"},
        {"at": "2026-03-02T13:05:00+00:00", "edge": "resolved", "kind": "promise.overdue", "key": "p1"},
    ]
