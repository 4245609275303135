"""A worker, and the whole bus, told to stop in the middle of much work are gone within seconds."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from journeys.workers_town import START, Town
from waiting import until_it

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from klantbus.bus.open import open_log
from klantbus.bus.topics import VERDICTS

FACTS = 25_000
SOON = 5.0
"""Seconds in which a process that was told to stop is gone."""
ALL_SOON = 15.0
"""Seconds in which one with workers of its own is: one of them that stops while partitions are dealt may need
more than the five that it has, and is killed then.
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Started:
    """A klantbus process with its figures on a port of its own; what it complains of is kept."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.complaints = folder / "complaints"
        self.port = node.free_port()
        told = [word.replace("PORT", str(self.port)) for word in words]
        with self.complaints.open("wb") as talk:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, *told, "--data", str(folder)], stdout=talk, stderr=talk
            )

    async def judged(self) -> float:
        """Return how many facts it says it has judged; 0 when it does not answer yet."""
        assert self.process.poll() is None, self.complaints.read_text()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                page = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        except httpx.HTTPError:
            return 0
        lines = [line for line in page.splitlines() if line.startswith("klantbus_streams_facts_total")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    async def under_load(self) -> None:
        """Wait until it is in the middle of its work."""
        assert await until_it(self.judged, seconds=200) < FACTS, "it was done before it could be told to stop"

    def stop(self, within: float = SOON) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(within) == 0, self.complaints.read_text()
        finally:
            self.process.kill()
            self.process.wait()


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs."""
    parents = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found, new = [], [pid]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


def still_there(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def saying_something(url: str) -> None:
    """Wait until there are verdicts in the log."""
    log = await open_log(url)
    follower = await log.follower([VERDICTS])

    async def there_are_verdicts() -> int:
        return sum((await follower.ends()).values())

    await until_it(there_are_verdicts, seconds=200)
    await log.close()


async def filled(url: str, folder: Path) -> None:
    log = await open_log(url)
    town = Town(log, folder)
    await town.open()
    for _ in range(0, FACTS, 5_000):
        await town.say(5_000)
    await log.close()


@pytest.fixture
def journal(tmp_path) -> str:
    return f"journal://{tmp_path}/journal.sqlite"


async def test_a_worker_on_the_journal_stops_in_the_middle_of_its_work(journal, tmp_path):
    await filled(journal, tmp_path)
    started = Started(tmp_path, "run", "streams", "--log", journal, "--metrics", "PORT")
    await started.under_load()
    started.stop()


async def test_the_whole_bus_stops_in_the_middle_of_its_work(journal, tmp_path):
    await filled(journal, tmp_path)
    started = Started(tmp_path, "up", "--port", "PORT")
    await started.under_load()
    started.stop()


@pytest.mark.kafka
async def test_a_worker_on_kafka_stops_in_the_middle_of_its_work(kafka_bootstrap, tmp_path):
    url, name = f"kafka://{kafka_bootstrap}", f"stop{uuid.uuid4().hex[:6]}"
    await filled(url, tmp_path)
    words = ["--log", url, "--name", name, "--group", name, "--metrics", "PORT"]
    started = Started(tmp_path, "run", "streams", *words)
    await started.under_load()
    started.stop()


@pytest.mark.kafka
async def test_the_whole_bus_on_kafka_stops_in_the_middle_of_its_work_and_leaves_nobody_behind(
    kafka_bootstrap, tmp_path
):
    assert (
        kafka_bootstrap
    )  # one can be had here: so a Kafka of our own can, as the workers' group has one name
    home = Home(tmp_path / "kafka")
    address = (await asyncio.to_thread(node.start, home, Wish(0), os.environ)).address
    try:
        await filled(f"kafka://{address}", tmp_path)
        started = Started(tmp_path, "up", "--kafka", address, "--workers", "2", "--port", "PORT")
        await saying_something(f"kafka://{address}")
        crew = descendants(started.process.pid)
        assert len(crew) >= 2
        started.stop(ALL_SOON)
        assert still_there(crew) == []
    finally:
        await asyncio.to_thread(node.kill, home)
