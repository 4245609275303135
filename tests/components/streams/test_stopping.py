"""A worker, and the whole bus, are gone within seconds of being told to stop, whatever they are about."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient
from journeys.workers_town import START, Town
from waiting import until_it

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from apps.crew import GROUP
from klantbus.bus.open import open_log
from klantbus.bus.ports import PARTITIONS
from klantbus.bus.topics import EVERY_DEPARTMENT, VERDICTS

FACTS = 25_000
SOON = 5.0
"""Seconds in which a process that was told to stop is gone."""
CUT = "not done with stopping"
"""What a worker says that had to be ended by force."""
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
        return await self.tells("facts_total") or 0

    async def tells(self, figure: str) -> float | None:
        """Return what it says of a figure; None when it does not answer yet."""
        assert self.process.poll() is None, self.complaints.read_text()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                page = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        except httpx.HTTPError:
            return None
        lines = [line for line in page.splitlines() if line.startswith(f"klantbus_streams_{figure}")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def listens(self) -> bool:
        """Return whether it does more than to die when it is told to stop."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)

    async def has_judged_all(self) -> bool:
        """Return whether it has all partitions, and nothing is left to judge in them."""
        return await self.tells("slices") == PARTITIONS and await self.tells("lag") == 0

    async def under_load(self) -> None:
        """Wait until it is in the middle of its work."""
        assert await until_it(self.judged, seconds=200) < FACTS, "it was done before it could be told to stop"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(SOON) == 0, self.complaints.read_text()
        finally:
            self.kill()

    def kill(self) -> None:
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


async def filled(url: str, folder: Path, facts: int = FACTS) -> None:
    log = await open_log(url)
    town = Town(log, folder)
    await town.open()
    for _ in range(0, facts, 5_000):
        await town.say(min(facts, 5_000))
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


@pytest.fixture
async def kafka(kafka_bootstrap, tmp_path) -> AsyncIterator[Home]:
    """A Kafka with a little to judge, that nobody else uses: the whole bus's workers have one group name."""
    assert kafka_bootstrap  # one can be had here
    home = Home(tmp_path / "kafka")
    address = (await asyncio.to_thread(node.start, home, Wish(0), os.environ)).address
    await filled(f"kafka://{address}", tmp_path, 500)
    yield home
    await asyncio.to_thread(node.kill, home)


@pytest.fixture
def worker(kafka, tmp_path) -> Iterator[Callable[[str], Started]]:
    """Starts a worker by its name."""
    made: list[Started] = []

    def start(name: str) -> Started:
        folder = tmp_path / name
        folder.mkdir()
        url = f"kafka://{node.running(kafka).address}"
        made.append(
            Started(folder, "run", "streams", "--log", url, "--name", name, "--metrics", "PORT"),
        )
        return made[-1]

    yield start
    for one in made:
        one.kill()


async def much_to_do(kafka: Home, folder: Path) -> None:
    """Have so much to judge that whoever begins with it is not done soon."""
    await filled(f"kafka://{node.running(kafka).address}", folder)


async def being(kafka: Home, *states: ConsumerGroupState) -> None:
    """Wait until the workers' group is in one of `states`."""
    admin = AdminClient({"bootstrap.servers": node.running(kafka).address})

    def it_is() -> bool:
        with suppress(KafkaException):  # Kafka itself may still be starting
            return admin.describe_consumer_groups([GROUP])[GROUP].result().state in states
        return False

    await until_it(it_is, seconds=60)


@pytest.mark.kafka
async def test_a_worker_stops_while_it_starts(worker):
    started = worker("w0")
    await until_it(started.listens, seconds=60, every=0)
    started.stop()
    assert CUT not in started.complaints.read_text()


@pytest.mark.kafka
async def test_a_worker_stops_while_its_group_waits_for_another_and_the_other_has_all_then(kafka, worker):
    first = worker("w0")
    await until_it(first.has_judged_all, seconds=200)
    first.process.send_signal(signal.SIGSTOP)
    joining = worker("w1")
    await being(kafka, ConsumerGroupState.PREPARING_REBALANCING)
    joining.stop()
    assert CUT not in joining.complaints.read_text()
    first.process.send_signal(signal.SIGCONT)
    await until_it(first.has_judged_all, seconds=200)
    first.stop()


@pytest.mark.kafka
async def test_a_worker_stops_while_another_takes_its_partitions(kafka, worker, tmp_path):
    await much_to_do(kafka, tmp_path)
    first = worker("w0")
    await first.under_load()
    worker("w1")
    await being(kafka, ConsumerGroupState.PREPARING_REBALANCING)
    first.stop()
    assert CUT not in first.complaints.read_text()


@pytest.mark.kafka
async def test_a_worker_that_has_nothing_to_do_stops_and_its_group_knows_how_far_it_came(kafka, worker):
    started = worker("w0")
    await until_it(started.has_judged_all, seconds=200)
    started.stop()
    assert CUT not in started.complaints.read_text()
    log = await open_log(f"kafka://{node.running(kafka).address}")
    follower = await log.follower([EVERY_DEPARTMENT], group=GROUP)
    assert await follower.kept() == {lane: end for lane, end in (await follower.ends()).items() if end}
    await log.close()


@pytest.mark.kafka
@pytest.mark.parametrize("silenced_by", [signal.SIGSTOP, signal.SIGKILL])
async def test_a_worker_stops_when_kafka_no_longer_answers(kafka, worker, tmp_path, silenced_by):
    await much_to_do(kafka, tmp_path)
    started = worker("w0")
    await started.under_load()
    broker = node.running(kafka).process.pid
    os.kill(broker, silenced_by)
    try:
        started.stop()
    finally:
        with suppress(ProcessLookupError):
            os.kill(broker, signal.SIGCONT)


@pytest.mark.kafka
async def test_the_whole_bus_on_kafka_stops_in_the_middle_of_its_work_and_leaves_nobody_behind(
    kafka, tmp_path
):
    await much_to_do(kafka, tmp_path)
    address = node.running(kafka).address
    started = Started(tmp_path, "up", "--kafka", address, "--workers", "2", "--port", "PORT")
    await saying_something(f"kafka://{address}")
    crew = descendants(started.process.pid)
    assert len(crew) >= 2
    started.stop()
    assert still_there(crew) == []
    assert "Traceback" not in started.complaints.read_text()


@pytest.mark.kafka
async def test_the_whole_bus_on_kafka_stops_while_its_workers_get_their_partitions(kafka, tmp_path):
    address = node.running(kafka).address
    started = Started(tmp_path, "up", "--kafka", address, "--workers", "2", "--port", "PORT")
    await being(kafka, ConsumerGroupState.PREPARING_REBALANCING, ConsumerGroupState.STABLE)
    crew = descendants(started.process.pid)
    started.stop()
    assert still_there(crew) == []
