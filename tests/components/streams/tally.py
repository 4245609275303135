"""A small judge of one rule, real enough to be wrong: a promise is overdue when its due passes undone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from klantbus.bus.codec import decode
from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Stored
from klantbus.bus.reading import read_all
from klantbus.domain.decisions import Edge
from klantbus.domain.events import DueAt, Fact, PromiseFulfilled, PromiseMade, Severity
from klantbus.domain.micros import micros
from klantbus.domain.rules import Rules
from streams.telling import Ruling, Told


@dataclass(slots=True)
class Tally:
    """What is known of one customer. `due` are open promises, `late` those that were called overdue."""

    seen: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    due: dict[str, int] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)


def edge_on(promise: str, edge: str, at: int) -> Told:
    """Return the edge of the only alert there is."""
    kind, loud = "promise.overdue", Severity.HIGH
    said = Edge(at, edge, kind, promise, loud, "", None, promise, None, "", None, (), None, (promise,))
    return Told(said, promise, None)


class TallyJudge:
    """Judges by that rule, in logical time."""

    version = "tally-1"
    rules: Rules

    def copy(self) -> "TallyJudge":
        return self

    def fresh(self, customer: str) -> Tally:  # noqa: ARG002  the port has it
        return Tally()

    def read(self, records: Sequence[Stored]) -> Sequence[Fact | Unreadable]:
        return read_all(records)

    def recall(self, value: bytes, published: int) -> Fact:  # noqa: ARG002  the port has it
        return decode(value)

    def learn(self, state: Tally, facts: Sequence[Fact], published: int) -> Sequence[Ruling]:
        return [ruling for fact in facts for ruling in self._learned(state, fact, published)]

    def _learned(self, state: Tally, fact: Fact, published: int) -> Sequence[Ruling]:
        rulings = list(self.judge(state, published))
        if fact.id in state.seen:
            return rulings
        state.seen.add(fact.id)
        if isinstance(fact.data, PromiseMade) and isinstance(fact.data.due, DueAt):
            if fact.data.promise_id not in state.done:
                state.due[fact.data.promise_id] = micros(fact.data.due.at)
            return [*rulings, *self.judge(state, published)]
        if isinstance(fact.data, PromiseFulfilled):
            rulings += self._fulfilled(state, fact.data.promise_id, published)
        return rulings

    def _fulfilled(self, state: Tally, promise: str, at: int) -> Sequence[Ruling]:
        state.done.add(promise)
        state.due.pop(promise, None)
        if promise not in state.late:
            return []
        state.late.discard(promise)
        return [edge_on(promise, "resolved", at)]

    def judge(self, state: Tally, until: int) -> Sequence[Ruling]:
        passed = sorted((at, p) for p, at in state.due.items() if at <= until)
        for _, promise in passed:
            del state.due[promise]
            state.late.add(promise)
        return [edge_on(promise, "raised", at) for at, promise in passed]

    def next_look(self, state: Tally) -> int | None:
        return min(state.due.values(), default=None)

    def pack(self, state: Tally) -> bytes:
        return orjson.dumps(
            [sorted(state.seen), sorted(state.done), sorted(state.due.items()), sorted(state.late)]
        )

    def knows(self, state: Tally, fact: Fact, published: int) -> bool:  # noqa: ARG002  the port has it
        return fact.id in state.seen

    def size(self, state: Tally) -> int:
        return len(state.seen)

    def remembers(self, state: Tally, fact: Fact) -> bool:
        return fact.id in state.seen

    def forgotten(self, state: Tally) -> int:  # noqa: ARG002  the port has it
        return 0

    def unpack(self, customer: str, data: bytes, facts: Sequence[tuple[Fact, int]]) -> Tally:  # noqa: ARG002  the port has it
        seen, done, due, late = orjson.loads(data)
        return Tally(set(seen), set(done), dict(due), set(late))
