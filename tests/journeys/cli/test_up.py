from pathlib import Path

import httpx
import psutil
import pytest
from bus_process import Bus
from waiting import until

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
