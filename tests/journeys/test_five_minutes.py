"""The five minutes of the README, on a fresh clone, with the real commands."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from waiting import until

HERE = Path(__file__).parents[2]
IMPATIENT = """
[grace]
callback = "1s"
"""


class Clone:
    """A fresh clone with a virtual environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "bus"
        (folder / "policy.toml").write_text(IMPATIENT)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", str(folder)),
            "KLANTBUS_DATA": str(self.data),
            "KLANTBUS_POLICY": str(folder / "policy.toml"),
            "KLANTBUS_PORT": "0",
        }

    def make(self, target: str) -> str:
        return self._run(["make", target]).stdout

    def klantbus(self, *words: str) -> str:
        return self._run([".venv/bin/klantbus", *words]).stdout

    def json(self, *words: str):
        return json.loads(self.klantbus(*words, "--json"))

    def up(self) -> subprocess.Popen:
        """Start the whole bus and return once it says where its health is."""
        said = self.folder / "up.log"
        with said.open("w") as talk:
            process = subprocess.Popen(
                [self.folder / ".venv/bin/klantbus", "up"], cwd=self.folder, env=self.environment, stderr=talk
            )

        def it_says_where_its_health_is():
            assert process.poll() is None, said.read_text()
            return "health" in said.read_text()

        until(it_says_where_its_health_is)
        return process

    def _run(self, words: list[str]) -> subprocess.CompletedProcess:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=900,
        )


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newcomer") / "klantbus"
    subprocess.run(["git", "clone", "--quiet", HERE, folder], check=True)
    return Clone(folder)


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_a_newcomer_sees_a_promise_break_is_told_asks_and_loses_nothing_to_a_kill(clone):
    assert "nothing is left running" in clone.make("demo")

    bus = clone.up()
    try:
        words = ["--what", "We call you back", "--when", "+1m", "--who", "sales"]
        (told,) = clone.json(
            "publish", "promise", "-c", "K1", *words, "--kind", "callback", "--importance", "vip"
        )
        promise = told["promise_id"]

        def it_breaks_on_the_day_list():
            if not (clone.data / "projections" / "editions" / "current").exists():
                return None
            return [row for row in clone.json("day", "sales") if row["what"] == "broken"]

        (row,) = until(it_breaks_on_the_day_list, seconds=180)
        assert row["promise_id"] == promise

        def everybody_was_told_of_it():
            told = [
                sent
                for alert in clone.json("alert", "list", "--all")
                for sent in clone.json("alert", "show", alert["alert"])["sent"]
                if alert["key"] == promise
            ]
            return told if told and all(sent["state"] == "sent" for sent in told) else None

        def letters():
            return {one.stem for one in (clone.data / "outbox").glob("*.json") if promise in one.read_text()}

        sends = until(everybody_was_told_of_it)
        assert letters() == {sent["key"] for sent in sends}
        briefing = clone.json("customer", "show", "K1")
        assert briefing["say_first"][0].startswith("apologise")
        before = clone.json("sql", "SELECT event_id, state FROM verdict ORDER BY event_id")
        assert [one["state"] for one in before if one["state"] == "broken"] == ["broken"]
    finally:
        bus.send_signal(signal.SIGKILL)
        bus.wait()

    bus = clone.up()
    try:
        clone.klantbus("publish", "department.heartbeat", "--department", "sales")

        def the_heartbeat_can_be_asked_for():
            return clone.json("sql", "SELECT 1 AS one FROM event_log WHERE type = 'department.heartbeat'")

        until(the_heartbeat_can_be_asked_for)
        assert clone.json("sql", "SELECT event_id, state FROM verdict ORDER BY event_id") == before
        assert everybody_was_told_of_it() == sends
        assert letters() == {sent["key"] for sent in sends}
    finally:
        bus.send_signal(signal.SIGINT)
        assert bus.wait(timeout=20) == 0
