"""A world that lives in one seeded process: no broker, no waiting, a clock that is turned by hand.

`World(seed).play()` lets workers judge while they crash, lose their disks, sleep through a rebalance or have
their clocks jump; `differences()` then tells what the log holds otherwise than the pure judge says.
"""

import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.streams.company import Company
from components.streams.simlog import SimLog
from components.streams.truth import DEPARTMENTS, NUMBERS, READS, SECOND, Truth

from klantbus.bus.errors import LogUnavailable
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Lane, Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import EVENTS, PULSES
from klantbus.domain.events import DueAt, Fact, PromiseFulfilled, PromiseMade
from klantbus.domain.micros import moment
from streams.host import Host
from streams.judging import Judge
from streams.ledger import Handed
from streams.pace import Pace
from streams.present import Reading
from streams.promises import PromiseJudge
from streams.reading import OrderedParking
from streams.silence import Silence
from streams.store import Store
from streams.watch import Judges, Watch

PACE = Pace(room=60, batch=5, enough=6, again=0.0, part=4_000)
"""Few are many here: customers are let go, steps overlap, and a handover comes in several parts."""
START = 1_772_438_400_000_000  # Monday 2 March 2026, 08:00 UTC
MINUTE = 60 * SECOND
CUSTOMERS = [c for n in range(60) if partition_of((c := f"C{n}").encode()) in NUMBERS]


class Crash(BaseException):
    """The process is gone, here and now."""


@dataclass
class Worker:
    """One worker process, with a disk of its own and clocks that may be wrong."""

    name: str
    host: Host
    watch: Watch
    store: Store
    generation: int = 0
    wall_off: int = 0
    withheld: set[str] = field(default_factory=set)


class World(Truth):
    """Everything there is, made from `seed`."""

    def __init__(self, seed: int, folder: Path, judge: Callable[[], Judge], *, workers: int = 2) -> None:
        self.dice = random.Random(seed)  # noqa: S311  seeded, no secret
        self.folder = folder
        self.judge = judge
        self.time = START
        self.log = SimLog(lambda: self.time)
        self.kept: dict[Lane, int] = {}
        self.generation = 0
        self.workers: dict[str, Worker] = {}
        self.names = [f"w{n}" for n in range(workers)]
        self.promises: list[tuple[str, str]] = []
        self.made = 0
        self.faults = True
        self.company: Company | None = None

    # -- time and facts

    def reading(self, worker: Worker | None) -> Reading:
        return Reading(self.time + (worker.wall_off if worker else 0), (self.time - START) / SECOND + 1000)

    def pass_time(self) -> None:
        self.time += self.dice.choice([1_000, 50_000, SECOND, 10 * SECOND, 2 * MINUTE])

    def state_a_fact(self) -> None:
        """Put a fact into the log, or one again, or something that nobody can read."""
        roll = self.dice.random()
        if roll < 0.03:
            topic = EVENTS + self.dice.choice(DEPARTMENTS)
            self.log.append(Record(topic, self.dice.choice(CUSTOMERS).encode(), b"\x00 no fact at all"))
        elif roll < 0.15 and (said := [r for d in DEPARTMENTS for r in self.log.all(EVENTS + d)]):
            again = self.dice.choice(said)
            self.log.append(Record(again.topic, again.key, again.value, again.headers))
        elif self.company:
            fact = self.company.fact(moment(self.time))
            self.log.append(record_of(fact, EVENTS + fact.department))
        elif roll < 0.6 or not self.promises:
            self._promise()
        else:
            promise, customer = self.dice.choice(self.promises)
            self._say(customer, PromiseFulfilled(promise_id=promise))

    def _promise(self) -> None:
        customer, promise = self.dice.choice(CUSTOMERS), f"p{len(self.promises)}"
        self.promises.append((promise, customer))
        wait = self.dice.choice([self.dice.randint(-5, 20) * MINUTE, self.dice.randint(1, 150) * SECOND])
        due = DueAt(at=moment(self.time + wait))
        self._say(customer, PromiseMade(promise_id=promise, due=due, made_by="sales", performer="sales"))

    def _say(self, customer: str, payload: PromiseMade | PromiseFulfilled) -> None:
        self.made += 1
        department = self.dice.choice(DEPARTMENTS)
        happened = moment(self.time - self.dice.choice([0, 0, MINUTE, 90 * MINUTE]))
        fact = Fact(
            id=f"e{self.made}", source=f"/{department}/sim", subject=customer,
            time=happened, recordedtime=happened, type=payload.event, data=payload,
        )  # fmt: skip
        self.log.append(record_of(fact, EVENTS + department))

    # -- workers

    async def start(self, name: str, *, lost: bool = False) -> None:
        folder = self.folder / name
        if lost:
            shutil.rmtree(folder, ignore_errors=True)
        store = Store(folder, self.judge().version)
        parking = await OrderedParking.open(self.log)
        worker: Worker
        watch = Watch(store, self.judges(), self.log, parking, lambda: self.reading(worker))
        watch.pace = PACE
        worker = Worker(name, Host(watch, bound=self.dice.choice([30, 300, 3_000])), watch, store)
        self.workers[name] = worker

    def judges(self) -> Judges:
        """Return the judges of a new worker; departments are judged where there are rules."""
        judge = self.judge()
        if not isinstance(judge, PromiseJudge):
            return Judges(judge)
        return Judges(judge, lambda kept: Silence(judge.rules, DEPARTMENTS, len(NUMBERS), kept))

    def kill(self, name: str) -> None:
        worker = self.workers.pop(name)
        for said in worker.watch._saying:
            said.cancel()  # nobody is left who would repeat it
        worker.store.close()

    async def deal(self, asleep: Sequence[str] = ()) -> None:
        """Deal the lanes out anew; those asleep are dealt nothing and do not hear of it."""
        self.generation += 1
        awake = [worker for name, worker in sorted(self.workers.items()) if name not in asleep]
        shares: dict[str, list[int]] = {worker.name: [] for worker in awake}
        for number in NUMBERS:
            shares[self.dice.choice(awake).name].append(number)
        for worker in awake:
            await worker.host.leave()
        for worker in awake:
            worker.generation = self.generation
            lanes = [Lane(topic, number) for number in shares[worker.name] for topic in READS]
            await worker.host.begin(lanes, {lane: at for lane, at in self.kept.items() if lane in lanes})

    def fetch(self, worker: Worker) -> None:
        ledger = worker.host.ledger
        for lane in ledger.room(ledger.lanes()):
            if lane.topic in worker.withheld or (self.faults and self.dice.random() < 0.3):
                continue
            at = ledger._accounts[lane].fetched
            if handed := ledger.fetch(lane, self.log.read(lane, at, self.dice.randint(1, 40))):
                self.hand_on(worker, handed)

    def hand_on(self, worker: Worker, handed: Handed) -> None:
        """Bring a worker what was fetched for it."""
        worker.host.take(handed)

    async def ends(self, lanes: Sequence[Lane]) -> Mapping[Lane, int] | None:
        if self.faults and self.dice.random() < 0.1:
            return None
        ends = {lane: self.log.end(lane) for lane in lanes}
        if self.faults and self.dice.random() < 0.3:  # the world goes on while the answer is on its way
            self.state_a_fact()
            self.pass_time()
        return ends

    async def tick(self, worker: Worker) -> None:
        self.fetch(worker)
        await worker.host.tick(self.ends)
        self._trouble("tick")
        self.keep(worker)

    def keep(self, worker: Worker) -> None:
        """Keep a worker's positions, unless the group has gone on without it."""
        ledger = worker.host.ledger
        positions = ledger.committable()
        if worker.generation == self.generation:
            self.kept |= positions
            ledger.kept(ledger.epoch, positions)

    # -- faults

    def _trouble(self, where: str) -> None:
        if not self.faults:
            return
        roll = self.dice.random()
        if roll < 0.02:
            raise Crash
        if where != "tick" and roll < 0.04:
            raise LogUnavailable("away for a moment")

    async def play(self, turns: int = 120) -> None:
        """Let things happen, then let everything come right and be judged to the end."""
        self.log.trouble = self._trouble
        self.log.slow = lambda: self.dice.choice([0, 0, 2, 20]) if self.faults else 0
        for name in self.names:
            await self.start(name)
        await self.deal()
        asleep: set[str] = set()
        for _ in range(turns):
            await self._happen(asleep)
            for name in sorted(self.workers):
                if name not in asleep or self.dice.random() < 0.1:
                    await self._work(name)
        await self.come_right()

    async def _happen(self, asleep: set[str]) -> None:
        self.pass_time()
        for _ in range(self.dice.randint(0, 3)):
            self.state_a_fact()
        roll = self.dice.random()
        worker = self.workers[self.dice.choice(sorted(self.workers))]
        if roll < 0.04 and len(asleep) < len(self.workers) - 1 and worker.name not in asleep:
            asleep.add(worker.name)  # a zombie: its lanes move, it knows nothing of it
            await self.deal(sorted(asleep))
        elif roll < 0.08:
            asleep.clear()
            await self.deal()
        elif roll < 0.12:
            worker.withheld = {self.dice.choice(READS[:3])}
        elif roll < 0.18:
            worker.withheld = set()
        elif roll < 0.21:
            worker.wall_off = self.dice.choice([0, 0, 60 * MINUTE, -60 * MINUTE, 525_600 * MINUTE])

    async def _work(self, name: str) -> None:
        try:
            await self.tick(self.workers[name])
        except Crash:
            self.kill(name)
            self.faults, before = False, self.faults
            await self.start(name, lost=self.dice.random() < 0.3)
            await self.deal()
            self.faults = before

    async def come_right(self) -> None:
        self.faults = False
        for worker in self.workers.values():
            worker.withheld, worker.wall_off = set(), 0
        self.time += 120 * MINUTE
        await self.deal()
        for turn in range(2_000):
            self.time += 2 * SECOND
            for worker in self.workers.values():
                await self.tick(worker)
            if turn >= 60 and not self._under_way():
                return

    def _under_way(self) -> bool:
        """Return whether anything but pulses is left to judge: partitions take turns to tell each other."""
        return any(
            len(records) > self.kept.get(lane, 0)
            for lane, records in self.log.lanes.items()
            if lane.topic in READS and lane.topic != PULSES and lane.partition in NUMBERS
        )

    def close(self) -> None:
        for name in list(self.workers):
            self.kill(name)
