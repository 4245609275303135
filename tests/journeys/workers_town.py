"""A town with real workers on a real log: what is said to it, how far they are, and their deaths."""

import asyncio
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from components.streams.company import DEPARTMENTS, Company
from waiting import until_it

from apps.broker import node
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import PARTITIONS, Log, Record, Stored, TopicSpec
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, EVENTS, PARKED, RELAY, VERDICTS
from klantbus.domain.events import DepartmentHeartbeat, Fact

CUSTOMERS = [f"K{n}" for n in range(1_500)]
CAUGHT_UP = 30.0
WORKSHOP = f"{EVENTS}workshop"
BEHIND = "klantbus_streams_behind_seconds"
START = "from apps.cli.main import main; main()"


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

    def lose_disk(self, name: str) -> None:
        """Take away all that a worker kept; it has it anew from the log."""
        shutil.rmtree(self.data / "streams" / name)

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
        await until_it(lambda: self._published(records), seconds=120, every=0.2)  # the broker may be down

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
        await until_it(lambda: self._is_judged(crew, but), seconds=within, every=0.05)

    async def _is_judged(self, crew: Crew, but: int) -> bool:
        """A worker that slept counts partitions that are no longer its own, until it hears of it."""
        crew.alive()
        judged, slices = await crew.told("klantbus_streams_read"), await crew.told("klantbus_streams_slices")
        return sum(slices) == PARTITIONS and sum(judged) + but >= sum(self.ends.values())

    async def up_to_now(self, crew: Crew) -> None:
        """Wait until time itself is judged up to a moment after everything that was said.

        A busy worker tells its figures late, or not within a second: so all must tell theirs, and long
        enough after what was said that time which is two seconds behind is past it.
        """
        said = time.monotonic()

        async def it_is() -> bool:
            crew.alive()
            behind = await crew.told(BEHIND)
            return len(behind) == len(crew.running) and max(behind) <= 2 and time.monotonic() - said >= 5

        async with asyncio.timeout(CAUGHT_UP):
            await until_it(it_is, every=0.05)
            await self.judged(crew)

    async def records(self, topics: list[str]) -> list[Stored]:
        follower = await self.log.follower(topics)
        found, ends = [], await follower.ends()
        while any(follower.positions()[lane] < end for lane, end in ends.items()):
            found += (await follower.batch()).records
        return found
