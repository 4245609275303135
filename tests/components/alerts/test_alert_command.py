"""`klantbus alert` from the outside: a real log, the real command, a real receiver."""

import json
from collections.abc import Iterator

import pytest
from components.alerts.receivers import Behaviour, web_receiver
from components.alerts.town import Town, broken

from alerts.heartbeat import Heartbeat, beat
from klantbus.bus.clock import now


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    with web_receiver(Behaviour()) as receiver:
        yield Town(tmp_path, receiver)


async def test_a_break_is_told_listed_shown_and_answered(town):
    await town.publish(broken("p1", "A1"))
    with town.alerter():
        taken = town.receiver.wait_for(2)
        assert town.run("status", "--json").returncode == 0
        rows = json.loads(town.run("list", "--json").stdout)
        assert [(row["alert"], row["status"]) for row in rows] == [("A1", "open")]
        said = town.run("ack", "A1", "--by", "E1", "--note", "carrier called", "--json")
        assert json.loads(said.stdout)[0]["said"] == "alert.acknowledged"
        wait_until(lambda: json.loads(town.run("list", "--json").stdout)[0]["status"] == "acked")
        shown = json.loads(town.run("show", "A1", "--json").stdout)
    assert {one["step"] for one in shown["sent"]} == {"L0"}
    assert {one["state"] for one in shown["sent"]} == {"sent"}
    assert shown["answers"][0]["owner"] == "E1"
    assert next(one["step"] for one in shown["next"]) == "reminder"
    assert {one.headers["webhook-signature"][:3] for one in taken} == {"v1,"}


async def test_an_alert_is_given_to_somebody_who_is_told_and_put_off_with_a_reason(town):
    await town.publish(broken("p1", "A1"), broken("p2", "A2"))
    with town.alerter():
        town.receiver.wait_for(2)
        town.run("assign", "A1", "--to", "E1", "--by", "E9", "--note", "you know the carrier")
        wait_until(lambda: "/e1" in {taken.path for taken in town.receiver.taken})
        said = town.run("snooze", "A2", "--until", "+2h", "--reason", "the carrier calls back", "--by", "E1")
        assert said.returncode == 0, said.stderr
        wait_until(lambda: {"acked", "snoozed"} == {row["status"] for row in _rows(town, "list")})
    [answer] = json.loads(town.run("show", "A2", "--json").stdout)["answers"]
    assert (answer["said"], answer["by"]) == ("alert.snoozed", "E1")
    assert {fact.type for fact in await town.stated("logistics")} == {"alert.assigned", "alert.snoozed"}


def _rows(town, *words: str) -> list[dict]:
    return json.loads(town.run(*words, "--json").stdout)


async def test_logs_hold_no_words_and_no_secrets(town):
    await town.publish(broken("p1", "A1"))
    with town.alerter():
        town.receiver.wait_for(2)
    output = (town.folder / "alerter.log").read_text()
    assert "delivery" in output
    for secret in ("hoed", "s3cret", "logistics-head", "127.0.0.1"):
        assert secret not in output


async def test_an_answer_that_the_rules_do_not_allow_is_refused_with_a_sentence(town):
    await town.publish(broken("p1", "A1"))
    with town.alerter():
        town.receiver.wait_for(2)
    unknown = town.run("ack", "A9", "--by", "E1")
    assert (unknown.returncode, unknown.stderr.strip()) == (
        1,
        "klantbus: there is no alert A9; list them with: klantbus alert list",
    )
    late = town.run("snooze", "A1", "--until", "2020-01-01T09:00", "--reason", "no", "--by", "E1")
    assert (late.returncode, "future" in late.stderr) == (1, True)
    strange = town.run("ack", "A1", "--by", "E1", "--department", "nobody")
    assert strange.returncode == 1


async def test_a_test_message_goes_to_a_receiver_or_an_address(town):
    assert town.run("test", "logistics.head").returncode == 0
    assert town.run("test", f"file:{town.folder / 'box'}").returncode == 0
    assert [one.key for one in town.receiver.wait_for(1)]
    assert len(list((town.folder / "box").iterdir())) == 1
    assert town.run("test", "nobody").returncode == 3


async def test_an_address_that_is_gone_is_shown_and_called_again_on_request(town):
    town.receiver.behaviour.left.clear()
    town.receiver.behaviour.left.extend(["410", "410", "ok"])
    await town.publish(broken("p1", "A1"))
    with town.alerter():
        town.receiver.wait_for(2)
        wait_until(lambda: len(json.loads(town.run("gone", "--json").stdout)) == 2)
        assert json.loads(town.run("list", "--json").stdout)[0]["notification_failed"] is True
        wait_until(lambda: json.loads(town.run("status", "--json").stdout)["gone"] == 2)
    gone = [row["address"] for row in json.loads(town.run("gone", "--json").stdout)]
    assert all(address.startswith("webhook:http://127.0.0.1") for address in gone)
    left = json.loads(town.run("gone", "--again", gone[0], "--json").stdout)
    assert [row["address"] for row in left] == gone[1:]
    assert town.run("gone", "--again", gone[0]).returncode == 3


def test_a_silent_alerter_is_noticed(town):
    quiet = town.run("status", "--json")
    assert quiet.returncode == 1
    assert json.loads(quiet.stdout)["alive"] is False


def test_an_alerter_that_beats_for_prometheus_is_seen_to_live(town):
    heart = town.folder / "alerts.prom"
    beat(heart, Heartbeat(now(), 3, 1, 2))
    seen = town.run("status", "--heartbeat", str(heart), "--json")
    assert (seen.returncode, json.loads(seen.stdout)["open"]) == (0, 3)


async def test_only_one_alerter_works_on_a_ledger(town):
    await town.publish(broken("p1", "A1"))
    with town.alerter():
        town.receiver.wait_for(2)
        second = town.run("run")
    assert (second.returncode, "another alerter" in second.stderr) == (3, True)


def wait_until(condition, tries: int = 60) -> None:
    """Ask until the answer is yes; each question starts a process, so no pause is needed in between."""
    for _ in range(tries):
        if condition():
            return
    raise AssertionError("it never became so")
