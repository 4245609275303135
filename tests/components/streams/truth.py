"""What the log of a simulated world says, and what its workers made of it, held against the pure judge."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from components.streams.simlog import SimLog
from components.streams.views import kept_views, view

from klantbus.bus.codec import decode
from klantbus.bus.parked import Lot, from_stored
from klantbus.bus.ports import Lane, Place, Stored
from klantbus.bus.topics import ALERTS, EVENTS, PARKED, PULSES, RELAY, VERDICTS
from klantbus.domain.departments import Departments
from klantbus.domain.events import Fact
from streams.judging import Judge
from streams.promises import PromiseJudge
from streams.telling import Told, id_of

SECOND = 1_000_000
DEPARTMENTS = ("sales", "logistics", "finance", "service", "telephony")
NUMBERS = (0, 1, 2)
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


class Truth:
    """A log and its workers, held against the pure judge; what happens to them is a `World`'s."""

    log: SimLog
    time: int
    kept: dict[Lane, int]
    workers: dict[str, Any]
    judge: Callable[[], Judge]

    def judge_of(self, number: int) -> Judge:  # noqa: ARG002  worlds in which partitions differ say so
        """Return a judge that knows what partition `number` came to know."""
        return self.judge()

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

    def expected(self) -> tuple[dict[str, object], dict[str, None]]:
        """Return every customer's state and the ids of all edges in order, as the pure judge has them."""
        states, ids, number_of = dict[str, Any](), dict[str, None](), dict[str, int]()
        for number, facts in self.facts().items():
            judge = self.judge_of(number)
            number_of |= {fact.subject: number for _, fact in facts}
            for (at, customer), told in together(about_customers(facts)):
                state = states.setdefault(customer, judge.fresh(customer))
                ids |= dict.fromkeys(id_of(customer, ruling) for ruling in judge.learn(state, told, at))
        if isinstance(judge := self.judge_of(0), PromiseJudge):
            ids |= dict.fromkeys(self._silences(judge))
        for customer, state in states.items():
            rulings = self.judge_of(number_of[customer]).judge(state, self.time)
            ids |= dict.fromkeys(id_of(customer, ruling) for ruling in rulings)
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

    def disordered(self, ids: list[str]) -> list[bytes | None]:
        """Return about whom the log first says something that the pure judge says earlier or later."""
        place, last = {name: place for place, name in enumerate(ids)}, dict[tuple[str, bytes | None], int]()
        wrong = []
        for record in [*self.log.all(ALERTS), *self.log.all(VERDICTS)]:
            at = place.pop(dict(record.headers)["ce_id"].decode(), None)
            if at is None or record.key in self._departments():
                continue
            if at < last.get((record.topic, record.key), -1):
                wrong.append(record.key)
            last[record.topic, record.key] = at
        return wrong

    @staticmethod
    def _departments() -> set[bytes]:
        return {name.encode() for name in DEPARTMENTS}  # their silence is judged in an order of its own

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
        wrong += [f"edge {i} is missing" for i in sorted(ids.keys() - has_ids)]
        wrong += [f"edge {i} is false" for i in sorted(has_ids - ids.keys())]
        wrong += [f"{name} is told in another order" for name in self.disordered(list(ids))]
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
