"""Thresholds come from one file; what it leaves out is as RULES has it."""

import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from apps.cli.simulate import app
from apps.policies import as_policy, read_policy
from klantbus.bus.errors import Misuse
from klantbus.domain.due import GraceDays, GraceTime
from klantbus.domain.events import PromiseKind
from klantbus.domain.micros import DAY, MINUTE
from klantbus.domain.policy import DEFAULTS


def test_nothing_said_is_rules_as_they_stand():
    assert as_policy({}) == DEFAULTS


def test_every_sort_of_setting_is_read():
    policy = as_policy(
        {
            "handoff_answer_minutes": 60,
            "horizon_days": 30,
            "serial_moves": 2,
            "price_share": "0.01",
            "units": ["Spool"],
            "faulty": ["damaged"],
            "lead": {"percent": 50},
            "grace": {"callback": {"minutes": 5}, "payment": {"working_days": 3, "at": "09:30"}},
        }
    )
    assert (policy.handoff_answer, policy.horizon, policy.serial_moves) == (60 * MINUTE, 30 * DAY, 2)
    assert policy.price_limit(Decimal(100)) == Decimal(101)
    assert policy.unit("SPOOL") == "spool"
    assert policy.lead.percent == 50
    assert policy.graces[PromiseKind.CALLBACK] == GraceTime(5 * MINUTE)
    assert policy.graces[PromiseKind.PAYMENT] == GraceDays(3, 570)
    assert policy.graces[PromiseKind.DELIVERY] == DEFAULTS.graces[PromiseKind.DELIVERY]


@pytest.mark.parametrize(
    "text", ["nonsense = 1", "horizon = 5", "[grace.dance]\nminutes = 1", "price_share = 'x'", "= "]
)
def test_what_nobody_knows_is_refused_with_the_file(tmp_path, text):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(Misuse, match=r"policy\.toml"):
        read_policy(path)


def test_a_scenario_can_be_judged_by_another_policy(tmp_path):
    made = {
        "id": "e1",
        "type": "promise.made",
        "time": "2026-03-02T09:00",
        "published": "2026-03-02T09:01",
        "department": "sales",
        "customer_id": "C1",
        "data": {"promise_id": "p1", "kind": "callback", "due": {"at": "2026-03-02T14:00"}},
    }
    scenario = tmp_path / "one.json"
    scenario.write_text(json.dumps({"id": "X", "events": [made], "until": "2026-03-02T14:10"}))
    policy = tmp_path / "policy.toml"
    policy.write_text("[grace.callback]\nminutes = 5\n")
    result = CliRunner().invoke(app, [str(scenario), "--policy", str(policy), "--json"])
    assert json.loads(result.stdout)[0]["alerts"][-2:] == [
        {"at": "2026-03-02T13:05:00+00:00", "edge": "raised", "kind": "promise.broken", "key": "p1"},
        {"at": "2026-03-02T13:05:00+00:00", "edge": "resolved", "kind": "promise.overdue", "key": "p1"},
    ]
