"""A world that lives in one seeded process: no broker, no waiting, a clock that is turned by hand.

`World(seed).play()` lets workers judge while
they crash, lose their disks, sleep through a rebalance or have their clocks jump; `differences()` then tells
what the log holds otherwise than the pure judge says.
"""

import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.streams.company import Company
from components.streams.simlog import SimLog
from components.streams.views import kept_views, view

from klantbus.bus.codec import decode
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.parked import Lot, from_stored
from klantbus.bus.ports import Lane, Place, Record, Stored
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, EVENTS, PARKED, PULSES, RELAY, VERDICTS
from klantbus.domain.departments import Departments
from klantbus.domain.events import DueAt, Fact, PromiseFulfilled, PromiseMade
from klantbus.domain.micros import moment
from streams.host import Host
from streams.judging import Judge
from streams.present import Reading
from streams.promises import PromiseJudge
from streams.reading import OrderedParking
from streams.silence import Silence
from streams.store import Store
from streams.telling import Told, id_of
from streams.watch import Judges, Watch

START = 1_772_438_400_000_000  # Monday 2 March 2026, 08:00 UTC
SECOND = 1_000_000
MINUTE = 60 * SECOND
DEPARTMENTS = ("sales", "logistics", "finance", "service", "telephony")
NUMBERS = (0, 1, 2)
CUSTOMERS = [c for n in range(60) if partition_of((c := f"C{n}").encode()) in NUMBERS]
READS = (*(EVENTS + name for name in DEPARTMENTS), RELAY, PULSES)


def about_customers(facts: Iterable[tuple[Stored, Fact]]) -> list[tuple[Stored, Fact]]:
    """Return the facts that are about customers: those are kept with them."""
    return [pair for pair in facts if pair[1].data.about == "customer"]


def together(facts: Iterable[tuple[Stored, Fact]]) -> Iterator[tuple[tuple[int, str], list[Fact]]]:
    """Yield facts, given in the log's order, by instant and customer: so they are learned."""
    groups: dict[tuple[int, str], list[Fact]] = defaultdict(list)
    for record, fact in facts:
        groups[record.appended, fact.subject].append(fact)
    yield from groups.items()


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


class World:
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
        worker = Worker(name, Host(watch, bound=self.dice.choice([30, 300, 3_000])), watch, store)
        self.workers[name] = worker

    def judges(self) -> Judges:
        """Return the judges of a new worker; departments are judged where there are rules."""
        judge = self.judge()
        if not isinstance(judge, PromiseJudge):
            return Judges(judge)
        return Judges(judge, lambda kept: Silence(judge.rules, DEPARTMENTS, len(NUMBERS), kept))

    def judge_of(self, number: int) -> Judge:  # noqa: ARG002  worlds in which partitions differ say so
        """Return a judge that knows what partition `number` came to know."""
        return self.judge()

    def kill(self, name: str) -> None:
        self.workers.pop(name).store.close()

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

    # -- the truth

    def facts(self) -> dict[int, list[tuple[Stored, Fact]]]:
        """Return per partition the readable facts, in the log's order, that nothing keeps waiting."""
        lot = Lot()
        for record in self.log.all(PARKED):
            lot.learn(from_stored(record))
        found: dict[int, list[tuple[Stored, Fact]]] = defaultdict(list)
        for department in DEPARTMENTS:
            for record in self.log.all(EVENTS + department):
                if lot.mark(Place(record.topic, record.partition, record.offset)) is None:
                    found[record.partition].append((record, decode(record.value)))
        for records in found.values():
            records.sort(key=lambda pair: (pair[0].appended, pair[0].topic, pair[0].offset))
        return found

    def expected(self) -> tuple[dict[str, object], set[str]]:
        """Return every customer's state and the ids of all edges, as the pure judge has them."""
        states, ids, number_of = dict[str, Any](), set[str](), dict[str, int]()
        for number, facts in self.facts().items():
            judge = self.judge_of(number)
            number_of |= {fact.subject: number for _, fact in facts}
            for (at, customer), told in together(about_customers(facts)):
                state = states.setdefault(customer, judge.fresh(customer))
                ids |= {id_of(customer, ruling) for ruling in judge.learn(state, told, at)}
        if isinstance(judge := self.judge_of(0), PromiseJudge):
            ids |= self._silences(judge)
        for customer, state in states.items():
            ids |= {id_of(customer, r) for r in self.judge_of(number_of[customer]).judge(state, self.time)}
        return {customer: view(state) for customer, state in states.items()}, ids

    def _silences(self, judge: PromiseJudge) -> set[str]:
        """Return the ids of edges about departments, as the domain has them."""
        heard, first = Departments(DEPARTMENTS, judge.rules), dict[str, tuple[int, str]]()
        for record, fact in (pair for pairs in self.facts().values() for pair in pairs):
            first[fact.id] = min(first.get(fact.id, (1 << 62, "")), (record.appended, fact.department))
        told = sorted((at, name, event_id) for event_id, (at, name) in first.items())
        edges = [edge for at, name, event_id in told for edge in heard.learn(name, at, event_id)]
        edges += heard.judge(self.time - 60 * SECOND)
        return {id_of(edge.key, Told(edge, "", edge.key)) for edge in edges}

    def found(self) -> tuple[dict[str, object], list[Stored]]:
        """Return every customer's state as its worker has it, and all edges in the log."""
        states: dict[str, object] = {}
        for worker in self.workers.values():
            for one in worker.watch.slices.values():
                states |= kept_views(one.part, self.judge_of(one.number), self.time)
        return states, [*self.log.all(ALERTS), *self.log.all(VERDICTS)]

    def differences(self) -> list[str]:
        """Return what is not as it should be, in words."""
        states, ids = self.expected()
        has_states, edges = self.found()
        has_ids = {dict(edge.headers)["ce_id"].decode() for edge in edges}
        values = {dict(edge.headers)["ce_id"]: edge.value for edge in edges}
        wrong = [
            f"state of {c}"
            for c in sorted(states.keys() | has_states.keys())
            if states.get(c) != has_states.get(c)
        ]
        wrong += [f"edge {i} is missing" for i in sorted(ids - has_ids)]
        wrong += [f"edge {i} is false" for i in sorted(has_ids - ids)]
        wrong += [
            f"edge {dict(e.headers)['ce_id']!r} says two things"
            for e in edges
            if values[dict(e.headers)["ce_id"]] != e.value
        ]
        topics = {
            lane: self.log.end(lane)
            for lane in self.log.lanes
            if lane.topic in READS and lane.partition in NUMBERS
        }
        wrong += [
            f"{lane} was left at {self.kept.get(lane)} of {end}"
            for lane, end in topics.items()
            if end > self.kept.get(lane, 0) and lane.topic != PULSES
        ]
        return wrong

    def close(self) -> None:
        for name in list(self.workers):
            self.kill(name)
