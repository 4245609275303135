"""`klantbus alert` from the outside: a real log, the real command, a real receiver."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from components.alerts.receivers import Behaviour, Receiver, web_receiver

from klantbus.bus.departments import load_departments
from klantbus.bus.open import open_log
from klantbus.bus.ports import Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, topic_specs
from klantbus.domain.events import Fact

KLANTBUS = Path(sys.executable).with_name("klantbus")

DEPARTMENTS = """
[company]
calendar = "always"
language = "en"
management = {{ channels = ["webhook:{url}/management"] }}
operations = {{ channels = ["webhook:{url}/operations"] }}

[calendars.always]
open = {{ "mon-sun" = ["00:00-24:00"] }}
holidays = "none"

[everyone]
may_state = ["alert.acknowledged", "alert.assigned", "alert.snoozed"]

[departments.sales]
title = {{ en = "Sales", nl = "Verkoop" }}
systems = ["crm"]
channels = ["webhook:{url}/sales"]
head = {{ channels = ["webhook:{url}/sales-head"] }}

[departments.logistics]
title = {{ en = "Logistics", nl = "Logistiek" }}
systems = ["wms"]
channels = ["webhook:{url}/logistics"]
head = {{ channels = ["webhook:{url}/logistics-head"] }}

[people.E1]
channels = ["webhook:{url}/e1"]
"""


class Town:
    """A folder with a log, a ledger and a departments.toml whose webhooks end at `receiver`."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.folder = folder
        self.receiver = receiver
        self.log = f"journal://{folder / 'journal.sqlite'}"
        departments = folder / "departments.toml"
        departments.write_text(DEPARTMENTS.format(url=f"http://127.0.0.1:{receiver.port}"))
        self.departments = load_departments(departments)
        self.environment = {
            **os.environ,
            "KLANTBUS_DATA": str(folder),
            "KLANTBUS_LOG": self.log,
            "KLANTBUS_DEPARTMENTS": str(departments),
            "KLANTBUS_ALERTS_ALLOWED_HOSTS": '["127.0.0.1"]',
            "KLANTBUS_ALERTS_GROUP_WAIT": "0.2",
            "KLANTBUS_ALERTS_WEBHOOK_SECRET": "s3cret-of-the-webhook",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(KLANTBUS), "alert", *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    async def publish(self, *facts: Fact) -> None:
        log = await open_log(self.log)
        await log.create(topic_specs(self.departments))
        publisher = await log.publisher()
        await publisher.publish([_record(fact) for fact in facts])
        await publisher.close()
        await log.close()

    @contextmanager
    def alerter(self) -> Iterator[subprocess.Popen[str]]:
        with (self.folder / "alerter.log").open("a") as output:
            process = subprocess.Popen(
                [str(KLANTBUS), "alert", "run"], env=self.environment, stderr=output, text=True
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(20)


def _record(fact: Fact) -> Record:
    return record_of(fact, ALERTS)


def broken(promise: str, alert: str) -> Fact:
    now = datetime.now(UTC)
    data = {
        "alert_id": alert,
        "kind": "promise.broken",
        "key": promise,
        "severity": "high",
        "at": now,
        "promise_id": promise,
        "promise_kind": "delivery",
        "made_by": "sales",
        "performer": "logistics",
        "as_said": "De man met de hoed krijgt het vrijdag",
    }
    return Fact.model_validate(
        {
            "id": f"raised-{alert}",
            "source": "/bus/judge",
            "type": "alert.raised",
            "subject": "C1",
            "time": now,
            "recordedtime": now,
            "data": data,
        }
    )


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


def test_a_silent_alerter_is_noticed(town):
    quiet = town.run("status", "--json")
    assert quiet.returncode == 1
    assert json.loads(quiet.stdout)["alive"] is False


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
