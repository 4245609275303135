"""The ledger test: real workers on a real log, killed at random; nothing is lost, and nothing is said twice.

What the workers kept and said is compared with the pure judge over the same facts, in the log's own order.
"""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from components.streams.company import DEPARTMENTS, Company
from components.streams.simulated import about_customers, together
from components.streams.views import kept_views, view

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from apps.judging import rules_of
from apps.settings import Settings
from klantbus.bus.codec import decode
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.open import open_log
from klantbus.bus.ports import PARTITIONS, Log, Record, Stored, TopicSpec
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, EVENTS, EVERY_DEPARTMENT, PARKED, RELAY, VERDICTS
from klantbus.domain.events import DepartmentHeartbeat, Fact
from klantbus.domain.micros import DAY
from streams.judging import id_of
from streams.promises import PromiseJudge
from streams.store import Store

KILLS = int(os.environ.get("KLANTBUS_CYCLES", "20"))
FACTS = 50_000
CUSTOMERS = [f"K{n}" for n in range(1_500)]
CAUGHT_UP = 30.0
WORKSHOP = f"{EVENTS}workshop"
BEHIND = "klantbus_streams_behind_seconds"
START = "from apps.cli.main import main; main()"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600 + 120 * KILLS)]


class Crew:
    """Real worker processes, by name, and what they say of themselves."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = url, data
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        self.woken: set[str] = set()

    def start(self, name: str) -> None:
        self.ports[name] = node.free_port()
        where = [
            "--log",
            self.url,
            "--data",
            str(self.data),
            "--name",
            name,
            "--metrics",
            str(self.ports[name]),
        ]
        words = [sys.executable, "-c", START, "run", "streams", *where]
        with (self.data / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(words, stdout=log, stderr=log)

    async def told(self, figure: str) -> list[float]:
        """Return what each worker says of one figure; nothing of one that does not answer."""
        found: list[float] = []
        async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
            for name in self.running:
                with suppress(httpx.HTTPError):
                    text = (await client.get(f"http://127.0.0.1:{self.ports[name]}/metrics")).text
                    found += map(float, re.findall(rf"^{figure}{{.*}} (.+)$", text, re.MULTILINE))
        return found

    def end(self, name: str, number: signal.Signals) -> None:
        process = self.running.pop(name)
        process.send_signal(number)
        process.wait(30)

    def freeze(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGSTOP)

    def wake(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGCONT)
        self.woken.add(name)

    def alive(self) -> None:
        """A worker that ended by itself has a bug: say what it said."""
        for name, process in list(self.running.items()):
            if name in self.woken and process.poll() is not None:
                self.start(name)  # one that slept past every time limit may end, to be started again
                continue
            assert process.poll() is None, (self.data / f"{name}.log").read_text()[-3_000:]

    def close(self) -> None:
        for name in list(self.running):
            self.end(name, signal.SIGKILL)


class Town:
    """The log, what is said to it, and how far the workers are."""

    def __init__(self, log: Log, data: Path) -> None:
        self.log, self.data = log, data
        self.company = Company(11, CUSTOMERS, in_order=30)
        self.publisher: Any = None
        self.ends: dict[tuple[str, int], int] = {}

    async def open(self) -> None:
        names = [*(EVENTS + name for name in DEPARTMENTS), VERDICTS, ALERTS, PARKED, RELAY]
        await self.log.create([TopicSpec(name) for name in names])
        self.publisher = await self.log.publisher()

    async def say(self, count: int) -> None:
        """State `count` facts, some of them rubbish, for as long as the log takes to have them."""
        now = datetime.now(UTC)
        facts = [self.company.fact(now) for _ in range(count)]
        records = [record_of(fact, EVENTS + fact.department) for fact in facts]
        records.append(Record(f"{EVENTS}sales", self.company.dice.choice(["K0", "K1"]).encode(), b"rubbish"))
        async with asyncio.timeout(120):
            while not await self._published(records):  # noqa: ASYNC110  the broker may be down: ask again
                await asyncio.sleep(0.2)

    async def open_workshop(self) -> None:
        """Make a topic for a department that is none of the company's, and say something in each partition.

        What is said before a worker heard of the topic is learned late; once all that is judged, all know it.
        """
        await self.log.create([TopicSpec(WORKSHOP)])
        now, alive = datetime.now(UTC), DepartmentHeartbeat(nothing_to_report=True)
        subjects = {partition_of(name.encode()): name for name in (f"bench-{n}" for n in range(200))}
        assert len(subjects) == PARTITIONS
        said = [
            Fact(
                id=name, source="/workshop/plan", type=alive.event, subject=name,
                time=now, recordedtime=now, data=alive,
            )
            for name in subjects.values()
        ]  # fmt: skip
        assert await self._published([record_of(fact, WORKSHOP) for fact in said])

    async def say_in_the_workshop(self, count: int) -> None:
        """State `count` new facts there."""
        self.company.last = []
        facts = [self.company.fact(datetime.now(UTC)) for _ in range(count)]
        moved = {fact.id: fact.model_copy(update={"source": "/workshop/plan"}) for fact in facts}
        assert await self._published([record_of(fact, WORKSHOP) for fact in moved.values()])

    async def _published(self, records: list[Record]) -> bool:
        try:
            places = await self.publisher.publish(records)
        except LogUnavailable:
            return False
        for topic, partition, offset in places:
            self.ends[topic, partition] = max(self.ends.get((topic, partition), 0), offset + 1)
        return True

    async def judged(self, crew: Crew, *, but: int = 0, within: float = CAUGHT_UP) -> None:
        """Wait until no more than `but` facts are left to judge."""
        async with asyncio.timeout(within):
            while not await self._is_judged(crew, but):
                crew.alive()
                await asyncio.sleep(0.05)

    async def _is_judged(self, crew: Crew, but: int) -> bool:
        """A worker that slept counts partitions that are no longer its own, until it hears of it."""
        judged, slices = await crew.told("klantbus_streams_read"), await crew.told("klantbus_streams_slices")
        return sum(slices) == PARTITIONS and sum(judged) + but >= sum(self.ends.values())

    async def up_to_now(self, crew: Crew) -> None:
        """Wait until time itself is judged up to a moment after everything that was said."""
        said = time.monotonic()
        async with asyncio.timeout(CAUGHT_UP):
            while time.monotonic() - said < 2.5 or max(await crew.told(BEHIND), default=9) > 2:
                crew.alive()
                await asyncio.sleep(0.05)
            while not await self._is_judged(crew, 0):
                crew.alive()
                await asyncio.sleep(0.05)

    async def records(self, topics: list[str]) -> list[Stored]:
        follower = await self.log.follower(topics)
        found, ends = [], await follower.ends()
        while any(follower.positions()[lane] < end for lane, end in ends.items()):
            found += (await follower.batch()).records
        return found


def expected(judge: PromiseJudge, records: list[Stored], until: int) -> tuple[dict[str, Any], set[str]]:
    """Return every customer's state and all ids, as the pure judge has them at `until`."""
    lanes: dict[int, list[Stored]] = defaultdict(list)
    for record in records:
        lanes[record.partition].append(record)
    states: dict[str, Any] = {}
    ids: set[str] = set()
    for lane in lanes.values():
        told = sorted(lane, key=lambda r: (r.appended, r.topic, r.offset))
        facts_told = ((r, decode(r.value, r.headers)) for r in told)
        for (at, customer), facts in together(about_customers(facts_told)):
            state = states.setdefault(customer, judge.fresh(customer))
            ids |= {id_of(customer, ruling) for ruling in judge.learn(state, facts, at)}
    for customer, state in states.items():
        ids |= {id_of(customer, ruling) for ruling in judge.judge(state, until)}
    return states, ids


def readable(records: list[Stored], parked: list[Stored]) -> list[Stored]:
    aside = {dict(record.headers)["parked_id"].decode() for record in parked}
    return [r for r in records if f"{r.topic}:{r.partition}:{r.offset}" not in aside]


async def same_as_the_pure_judge(town: Town, data: Path) -> None:
    judge = PromiseJudge(rules_of(Settings()))
    records = readable(await town.records([EVERY_DEPARTMENT]), await town.records([PARKED]))
    said = await town.records([VERDICTS, ALERTS])
    found = {dict(record.headers)["ce_id"].decode(): record.value for record in said}
    last = max(record.appended for record in records)
    _, must = expected(judge, records, last)
    states, may = expected(judge, records, last + DAY)
    assert must <= found.keys(), f"{len(must - found.keys())} of {len(must)} were never said"
    assert found.keys() <= may, f"{len(found.keys() - may)} of {len(found)} should not have been said"
    for record in said:
        assert found[dict(record.headers)["ce_id"].decode()] == record.value, "one id says two things"
    assert kept_by_all(judge, data, last + DAY) == {
        customer: view(state) for customer, state in states.items()
    }


def kept_by_all(judge: PromiseJudge, data: Path, until: int) -> dict[str, object]:
    """Return what the workers kept: of a partition that several had, from the one that read furthest."""
    best: dict[int, tuple[int, dict[str, object]]] = {}
    for folder in sorted(path for path in (data / "streams").iterdir() if (path / "CURRENT").exists()):
        store = Store(folder, judge.version)
        assert not store.rebuilt
        for number in range(12):
            part = store.part(number)
            read = sum(spot.offset for topic, spot in part.spots().items() if topic.startswith(EVENTS))
            if read and read > best.get(number, (0, {}))[0]:
                best[number] = (read, kept_views(part, judge, until))
        store.close()
    return {customer: seen for _, views in best.values() for customer, seen in views.items()}


async def killed_at_random(town: Town, crew: Crew, names: list[str], broker: Home | None) -> None:
    dice = random.Random(3)  # noqa: S311  seeded, no secret
    every = max(KILLS // 5, 1)
    for kill in range(KILLS):
        await town.say(FACTS // KILLS)
        await town.judged(crew, but=dice.randrange(FACTS // KILLS), within=120)
        if broker and kill % every == every // 2:
            node.kill(broker)
            await asyncio.to_thread(node.start, broker, Wish(), os.environ)
        name = dice.choice(names)
        if name in crew.running:
            crew.end(name, signal.SIGKILL if dice.random() < 0.8 else signal.SIGTERM)
        crew.start(name)
        await town.judged(crew)


async def asleep_while_its_partitions_move(town: Town, crew: Crew) -> None:
    """A worker that sleeps through a rebalance and wakes changes nothing."""
    await town.say(500)
    crew.freeze("w0")
    await town.say(500)
    await town.judged(crew, within=60)
    crew.wake("w0")
    await town.say(500)
    await town.judged(crew, within=60)


async def a_department_is_added(town: Town, crew: Crew) -> None:
    """Workers that run find a topic that was made after they started."""
    await town.say(300)
    await town.judged(crew, within=60)
    await town.open_workshop()
    await town.judged(crew, within=60)
    await town.say_in_the_workshop(300)
    await town.say(300)
    await town.judged(crew, within=60)
    await town.up_to_now(crew)
    for name in list(crew.running):
        crew.end(name, signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


@pytest.fixture
async def town_on_the_journal(tmp_path) -> AsyncIterator[tuple[Town, Crew]]:
    url = f"journal://{tmp_path / 'journal.sqlite'}"
    log, crew = await open_log(url), Crew(url, tmp_path)
    town = Town(log, tmp_path)
    await town.open()
    yield town, crew
    crew.close()
    await log.close()


async def test_a_worker_on_the_journal_killed_twenty_times_says_everything_once(town_on_the_journal):
    town, crew = town_on_the_journal
    crew.start("w0")
    await killed_at_random(town, crew, ["w0"], None)
    await town.up_to_now(crew)
    crew.end("w0", signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


async def test_a_worker_on_the_journal_judges_a_department_that_is_added_while_it_runs(town_on_the_journal):
    town, crew = town_on_the_journal
    crew.start("w0")
    await a_department_is_added(town, crew)


@pytest.fixture
async def town_on_kafka(tmp_path, kafka_home) -> AsyncIterator[tuple[Town, Crew, Home]]:
    home = Home(tmp_path / "kafka")
    address = (await asyncio.to_thread(node.start, home, Wish(port=0), os.environ)).address
    log = await open_log(f"kafka://{address}")
    town, crew = Town(log, tmp_path), Crew(f"kafka://{address}", tmp_path)
    await town.open()
    yield town, crew, home
    crew.close()
    await log.close()
    node.stop(home)


@pytest.mark.kafka
async def test_two_workers_and_a_broker_killed_at_random_say_everything_once(town_on_kafka):
    town, crew, home = town_on_kafka
    for name in ("w0", "w1"):
        crew.start(name)
    await killed_at_random(town, crew, ["w0", "w1"], home)
    await asleep_while_its_partitions_move(town, crew)
    await town.up_to_now(crew)
    for name in list(crew.running):
        crew.end(name, signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


@pytest.mark.kafka
async def test_workers_on_kafka_judge_a_department_that_is_added_while_they_run(town_on_kafka):
    town, crew, _ = town_on_kafka
    for name in ("w0", "w1"):
        crew.start(name)
    await a_department_is_added(town, crew)
