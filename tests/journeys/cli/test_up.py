import signal

import httpx
import pytest
from waiting import until


class Bus:
    """`klantbus up` in a process of its own."""

    def __init__(self, terminal) -> None:
        self.terminal = terminal
        self.said = terminal.folder / "up.log"
        with self.said.open("w") as talk:
            self.process = terminal.start("up", stderr=talk, KLANTBUS_PORT="0")

    def address(self) -> str:
        def it_says_where_its_health_is():
            assert self.process.poll() is None, self.said.read_text()
            found = [line for line in self.said.read_text().splitlines() if line.startswith("health")]
            return found and found[0].split()[3].removesuffix("/health")

        return until(it_says_where_its_health_is)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@pytest.fixture
def bus(terminal):
    bus = Bus(terminal)
    yield bus
    bus.process.kill()
    bus.process.wait()


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


def test_a_second_bus_on_the_same_files_stops_with_one_sentence(terminal, bus):
    bus.address()
    second = terminal.run("up", KLANTBUS_PORT="0")
    assert second.returncode == 3
    assert "Traceback" not in second.stderr
    assert second.stderr.splitlines()[-1].startswith("klantbus: ")
    assert bus.process.poll() is None
