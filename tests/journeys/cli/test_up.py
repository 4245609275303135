import json
import os
import random
from pathlib import Path
from threading import Event

import httpx
import psutil
import pytest
from bus_process import Bus
from waiting import until

KILLS = int(os.environ.get("KLANTBUS_CYCLES", "8"))
IMPATIENT = """
[grace]
callback = "1s"
"""
NOT_AT_REST = ("libarrow", "lib_arrow", "librdkafka", "libnumpy", "_multiarray")
"""Libraries that take megabytes: Arrow comes with the first fact, Kafka's only with Kafka."""


@pytest.fixture
def bus(terminal):
    bus = Bus(terminal)
    yield bus
    bus.kill()


def test_the_whole_bus_runs_shows_its_health_and_stops_cleanly(terminal, bus):
    address = bus.address()
    terminal.json("publish", "department.heartbeat", "--department", "sales")

    def the_fact_is_judged():
        health = httpx.get(f"{address}/health").json()
        return health["ok"] and health["facts_judged"] == 1 and health["alerter_seen"]

    until(the_fact_is_judged)
    assert 'klantbus_streams_facts_total{worker="w0"} 1.0' in httpx.get(f"{address}/metrics").text
    assert httpx.get(f"{address}/elsewhere").status_code == 404
    assert bus.stop() == 0
    assert "leaked" not in bus.said.read_text()


def test_a_bus_to_which_nothing_comes_in_does_not_carry_what_it_would_read_it_with(bus):
    address = bus.address()

    def every_part_went_round():
        return httpx.get(f"{address}/health").json()["alerter_seen"]

    until(every_part_went_round)
    maps = psutil.Process(bus.process.pid).memory_maps()
    libraries = {Path(one.path).name.partition(".")[0] for one in maps if ".so" in one.path}
    assert "_duckdb" in libraries
    assert not {name for name in libraries if name.startswith(NOT_AT_REST)}


def test_a_second_bus_on_the_same_files_stops_with_one_sentence(terminal, bus):
    bus.address()
    second = terminal.run("up", KLANTBUS_PORT="0")
    assert second.returncode == 3
    assert "Traceback" not in second.stderr
    assert second.stderr.splitlines()[-1].startswith("klantbus: ")
    assert bus.process.poll() is None


def test_where_its_port_is_taken_a_free_one_is_taken_and_said(terminal, bus):
    taken = bus.address().rsplit(":", 1)[1]
    other = type(terminal)(terminal.folder / "other")
    other.folder.mkdir()
    second = Bus(other, "--port", taken)
    try:
        assert second.address().rsplit(":", 1)[1] != taken
        assert httpx.get(f"{second.address()}/health").json()["ok"]
    finally:
        second.kill()


def test_nothing_of_a_killed_bus_goes_on(terminal, bus):
    bus.address()
    others = until(bus.children)
    bus.kill()
    assert psutil.wait_procs(others, timeout=10)[1] == []


BROKEN = "SELECT key, alert_id FROM alert_edge WHERE kind = 'promise.broken' AND edge = 'raised'"


@pytest.mark.slow
@pytest.mark.timeout(300 + 30 * KILLS)
def test_killed_at_any_moment_again_and_again_it_says_everything_and_says_it_once(terminal):
    (terminal.folder / "policy.toml").write_text(IMPATIENT)
    terminal.environment["KLANTBUS_POLICY"] = "policy.toml"
    dice, promises = random.Random(8), set()  # noqa: S311  a seed, no secret
    words = ["--what", "We call you back", "--when", "+1s", "--who", "sales", "--kind", "callback"]
    for number in range(KILLS):
        (told,) = terminal.json("publish", "promise", "-c", f"K{number}", *words, "--importance", "vip")
        promises.add(told["promise_id"])
        bus = Bus(terminal)
        Event().wait(dice.uniform(0.1, 3.0))  # the moment is what is tried here: starting, judging, printing
        assert bus.process.poll() is None, bus.said.read_text()
        bus.kill()
    bus = Bus(terminal)
    try:
        bus.address()

        def every_broken_promise_can_be_asked_for():
            if not (terminal.folder / "data/projections/editions/current").exists():
                return None
            rows = terminal.json("sql", BROKEN)
            return rows if {row["key"] for row in rows} == promises else None

        rows = until(every_broken_promise_can_be_asked_for, seconds=120)
        assert len(rows) == KILLS, "a break was said twice"

        def each_was_told_of_in_a_letter():
            letters = [
                json.loads(one.read_bytes()) for one in (terminal.folder / "data/outbox").glob("*.json")
            ]
            told = {item["alert"] for letter in letters for item in letter["items"]}
            return told >= {row["alert_id"] for row in rows}

        until(each_was_told_of_in_a_letter)
        assert bus.stop() == 0
    finally:
        bus.kill()
