"""How loud an alert is, why it was raised, and what is carried by a decision."""

import zlib

import pytest
from domain.test_scenarios import GIVEN

from apps.scenarios import Outcome, read_scenario, run
from klantbus.domain.decisions import Verdict
from klantbus.domain.departments import Departments
from klantbus.domain.events import Severity
from klantbus.domain.keeping import UnreadableState, from_bytes
from klantbus.domain.micros import HOUR
from klantbus.domain.rules import Rules


def made(number: int, **fields) -> dict:
    return {
        "id": f"e{number}",
        "type": "promise.made",
        "time": f"2026-03-02T09:0{number}",
        "published": f"2026-03-02T09:0{number}",
        "department": "sales",
        "customer_id": "C1",
        "data": {
            "promise_id": f"p{number}",
            "kind": "callback",
            "due": {"at": f"2026-03-02T1{number}:00"},
            **fields,
        },
    }


def judged(*events: dict) -> Outcome:
    return run(read_scenario({"id": "X", "events": list(events), "until": "2026-03-02T17:00"}))


def broken(outcome: Outcome) -> dict[str, Severity]:
    return {
        edge.key: edge.severity
        for edge in outcome.edges
        if (edge.kind, edge.edge) == ("promise.broken", "raised")
    }


def given(name: str) -> Outcome:
    return run(read_scenario(next(one for one in GIVEN if one["id"] == name)))


def test_the_third_break_in_ninety_days_is_critical():
    assert broken(judged(made(1), made(2), made(3))) == {
        "p1": Severity.HIGH,
        "p2": Severity.HIGH,
        "p3": Severity.CRITICAL,
    }


@pytest.mark.parametrize("fields", [{"importance": "vip"}, {"value": "10000.00"}])
def test_a_break_towards_a_vip_or_worth_much_is_critical(fields):
    assert broken(judged(made(1, **fields))) == {"p1": Severity.CRITICAL}


def test_a_break_below_the_limit_is_high():
    assert broken(judged(made(1, value="9999.99"))) == {"p1": Severity.HIGH}


def test_a_verdict_tells_how_far_each_line_is_and_by_which_evidence():
    outcome = given("S18")
    verdict = [one for one in outcome.decisions if getattr(one, "state", "") == "broken"][-1]
    (line,) = verdict.sight.lines
    assert (line.percent, line.promised - line.fulfilled) == (60, 40)
    assert [(proof.event_id, proof.tier, proof.quantity) for proof in verdict.sight.evidence] == [
        ("e36", "T2", 60)
    ]


def test_an_alert_names_the_facts_and_the_rule_it_stands_on():
    (edge,) = [one for one in given("S46").edges if one.kind == "promise.plan_contradicts"]
    assert [(reason.event_id, reason.rule) for reason in edge.why] == [
        ("e116", "8.promise.plan_contradicts"),
        ("e117", "8.promise.plan_contradicts"),
    ]


def test_equal_histories_give_decisions_equal_names():
    one, other = given("S10"), given("S10")
    names = [decision.cause_key for decision in one.decisions]
    assert names == [decision.cause_key for decision in other.decisions]
    assert len(set(names)) == len(names)


def test_a_department_told_of_out_of_order_is_as_loud_as_its_last_word():
    rules = given("S56").scenario.rules()
    departments = Departments(["logistics"], rules)
    start = 1_772_438_400_000_000  # Monday 2 March 2026, 08:00Z
    departments.learn("logistics", start + HOUR, "b")
    departments.learn("logistics", start, "a")
    assert departments.next_look() == start + 5 * HOUR
    assert departments.judge(start + 5 * HOUR - 1) == []
    (edge,) = departments.judge(start + 5 * HOUR)
    assert (edge.edge, edge.key, edge.at) == ("raised", "logistics", start + 5 * HOUR)


@pytest.mark.parametrize(
    "kept", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b'[99, "C1", 0, 0, {}, []]')]
)
def test_bytes_that_are_no_state_are_refused(kept):
    rules: Rules = given("S01").scenario.rules()
    with pytest.raises(UnreadableState):
        from_bytes(kept, rules)


def test_what_came_back_faulty_is_told_no_longer():
    def fact(number: int, kind: str, quantity: int, **more) -> dict:
        lines = [{"sku": "A", "quantity": quantity}]
        return {**made(number), "type": kind, "data": {"order_ref": "O1", "lines": lines, **more}}

    ten = {"order_ref": "O1", "kind": "delivery", "lines": [{"sku": "A", "quantity": 10}]}
    outcome = judged(
        made(1, **ten),
        fact(2, "delivery.completed", 10),
        fact(3, "delivery.returned", 4, reason="damaged"),
    )
    told = [decision.sight for decision in outcome.decisions if isinstance(decision, Verdict)][:3]
    assert [sight.lines[0].fulfilled for sight in told] == [0, 10, 6]
    assert [[proof.quantity for proof in sight.evidence] for sight in told] == [[], [10], [6]]
