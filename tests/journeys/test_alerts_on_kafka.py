"""The alerter on a real Kafka: it tells, is killed, and goes on where it was."""

import json

import pytest
from components.alerts.receivers import Behaviour, Receiver, web_receiver
from components.alerts.town import Town, broken
from waiting import until


def _told(receiver: Receiver) -> dict[str, set[str]]:
    """Return the keys under which each path was told of each promise."""
    found: dict[str, set[str]] = {}
    for taken in receiver.taken:
        for item in json.loads(taken.body)["data"]["items"]:
            found.setdefault(f"{taken.path} {item['alert']}", set()).add(taken.key)
    return found


@pytest.mark.kafka
@pytest.mark.slow
async def test_what_departments_say_on_kafka_is_told_answered_and_not_told_again_after_a_kill(
    own_kafka, tmp_path
):
    with web_receiver(Behaviour()) as receiver:
        town = Town(tmp_path, receiver, log=f"kafka://{own_kafka}")
        await town.publish(broken("p1", "A1"))
        with town.alerter(quietly=True) as victim:
            until(lambda: {"/logistics-head A1", "/sales A1"} <= _told(receiver).keys())
            said = town.run("ack", "A1", "--by", "E1")
            assert said.returncode == 0, said.stderr
            victim.kill()
            victim.wait()
        await town.publish(broken("p2", "A2"))
        with town.alerter():
            until(lambda: {"/logistics-head A2", "/sales A2"} <= _told(receiver).keys())
            rows = json.loads(town.run("list", "--json").stdout)
        assert {row["alert"]: row["status"] for row in rows} == {"A1": "acked", "A2": "open"}
        assert all(len(keys) == 1 for keys in _told(receiver).values())
