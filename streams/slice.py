"""One partition number of every topic: its customers, their states and their time. It decides; others do.

`learn` and `sweep` return what should happen (`Outcome`: records to publish, then one write); the watch
publishes, remembers, and only then asks for more. What is decided depends on the log alone: on the merged
order of the records and on logical instants. So it may be decided again after a crash, and says the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from klantbus.bus.ports import Lane, Positions, Record, Stored
from klantbus.bus.topics import EVENTS
from klantbus.domain.rules import Rules
from streams.judging import Heard, Judge
from streams.learned import Learned
from streams.memory import Held, Memory
from streams.merge import Merge
from streams.pulses import Report
from streams.reading import Reader
from streams.silence import Silence
from streams.spoken import Spoken
from streams.store import NEVER, Kept, Part, Spot, Write
from streams.telling import Ruling, records_of
from streams.thinning import Facts, thinned

if TYPE_CHECKING:
    from streams.kinship import Kinship

SWEEP = 500

SPOKEN, SILENCE = b"spoken", b"silence"
MARK_EVERY = 60 * 1_000_000
"""How far (µs) time may pass without anything being written about it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from a step: publish `records`, then remember `write`."""

    records: Sequence[Record]
    write: Write
    facts: int = 0


@dataclass(slots=True)
class Slice:
    """Partition `number`. `kept` are the positions up to which everything was published already."""

    number: int
    part: Part
    judge: Judge
    merge: Merge
    memory: Memory
    kept: Mapping[str, int]
    until: int = 0
    marked: int = 0
    reader: Reader = field(default_factory=Reader)
    first_look: int = 0
    target: int = 0
    spoken: Spoken = field(default_factory=Spoken)
    silence: Silence | None = None
    kinship: "Kinship | None" = None
    _thinner: list[str] = field(default_factory=list)
    _learned: Mapping[str, Spot] = field(default_factory=dict)
    _done: dict[Lane, int] = field(default_factory=dict)

    @classmethod
    def open(
        cls, number: int, part: Part, judge: Judge, topics: Iterable[str], kept: Positions, room: int
    ) -> "Slice":
        """Return the slice as it is remembered in `part`, reading `topics`; for `room` see `Memory`."""
        spots = part.spots()
        merge = Merge({topic: spots.get(topic, Spot(0, 0)) for topic in topics})
        until = part.until()
        known = {lane.topic: offset for lane, offset in kept.items() if lane.partition == number}
        look = part.next_look(until)
        memory = Memory(part, judge, room)
        one = cls(number, part, judge, merge, memory, known, until, until, first_look=look, target=until)
        one._learned = merge.spots()
        return one

    def starts(self) -> dict[Lane, int]:
        """Return where to read each topic from."""
        return {Lane(topic, self.number): spot.offset for topic, spot in self.merge.spots().items()}

    def read(self) -> int:
        """Return how many records of departments were judged since the log began."""
        return sum(spot.offset for topic, spot in self.merge.spots().items() if topic.startswith(EVENTS))

    def learned(self, records: Sequence[Stored], facts: Sequence[Heard | None]) -> list[Learned]:
        """Return what is to be learned of `records`: the facts in them, where there are any."""
        pairs = zip(records, facts, strict=True)
        return [Learned(record, fact, quiet=self.is_quiet(record)) for record, fact in pairs if fact]

    def is_quiet(self, record: Stored) -> bool:
        """Return whether what follows from `record` was published before."""
        return record.offset < self.kept.get(record.topic, 0)

    def behind(self) -> bool:
        """Return whether something is still to be read that was judged and published before."""
        spots = self.merge.spots()
        return any(spot.offset < self.kept.get(topic, 0) for topic, spot in spots.items())

    def learn(self, facts: Sequence[Learned], reports: Sequence[Report], until: int) -> Outcome:
        """Decide what follows from `facts` (in order) and `reports`; customers are judged up to `until`."""
        told: dict[str, list[Learned]] = {}
        elsewhere: list[Learned] = []
        for fact in facts:
            if fact.customer is not None:
                told.setdefault(fact.customer, []).append(fact)
            else:
                elsewhere.append(fact)
        self.memory.fetch(told)
        records = self._hear(reports) + (self.kinship.outgoing(facts) if self.kinship else [])
        new: Facts = {}
        away = self.kinship.kin.away if self.kinship else ()
        for customer, theirs in told.items():
            if self.kinship and customer in away:
                new |= self.kinship.waiting(customer, theirs)
                elsewhere += theirs
                continue
            records += records_of(customer, self.rulings(customer, theirs, until, new))
        dropped = [customer.encode() for customer in self._thinner]
        while self._thinner:
            customer = self._thinner.pop()
            state = self.memory.touch(customer).state
            new = thinned(self.judge, state, customer.encode(), self.part, new)
        self._listen(facts, elsewhere)
        write = self.write_of(self.merge.spots(), until)
        write = replace(write, facts=new, extra=self._extra(), dropped=dropped)
        return Outcome(records, write, len(facts))

    def hear(self, record: Stored, until: int) -> Outcome:
        """Decide what follows from a record of the relay."""
        if self.kinship is None:
            return Outcome((), Write({}, {}, self.merge.spots()))
        answer = self.kinship.incoming(self, record)
        write = self.write_of(self.merge.spots(), until)
        write = replace(write, facts=answer.facts, extra=self._extra(), dropped=answer.dropped)
        return Outcome(() if self.is_quiet(record) else answer.records, write)

    def _listen(self, facts: Sequence[Learned], elsewhere: Sequence[Learned]) -> None:
        """Note which departments spoke; a fact that came before is no sign of life.

        Of what is not learned here, `elsewhere`, nobody remembers that it came before.
        """
        for one in elsewhere:
            held = self.memory.of(one.customer) if one.customer is not None else None
            one.fresh = held is None or not self.judge.knows(held.state, one.fact, one.published)
        for one in facts:
            if one.fresh:
                self.spoken.note(one.record.topic.removeprefix(EVENTS), one.published, one.fact.id)

    def _hear(self, reports: Sequence[Report]) -> list[Record]:
        """Judge departments by what partitions report; only partition 0 does."""
        if self.silence is None or not reports:
            return []
        rulings = self.silence.learn(reports)
        return (
            [] if self.behind() else [record for one in rulings for record in records_of(one.edge.key, [one])]
        )

    def _extra(self) -> dict[bytes, bytes]:
        extra = {SPOKEN: orjson.dumps(self.spoken.runs)}
        if self.kinship:
            extra |= self.kinship.pack()
        return extra | {SILENCE: self.silence.pack()} if self.silence else extra

    def rulings(self, customer: str, facts: Sequence[Learned], until: int, new: Facts) -> list[Ruling]:
        """Learn a customer's facts, those of one instant together, and return what follows.

        Facts that came new are noted in `new`.
        """
        held, unit, quiet = self.memory.touch(customer), customer.encode(), False
        forgotten = self.judge.forgotten(held.state)
        rulings: list[Ruling] = []
        first = 0
        while first < len(facts):
            published, last = facts[first].published, first + 1
            while last < len(facts) and facts[last].published == published:
                last += 1
            told, first = facts[first:last], last
            for one in told:
                one.fresh = not self.judge.knows(held.state, one.fact, published)
            follows = self.judge.learn(held.state, [one.fact for one in told], published)
            for one in told:
                if one.fresh:
                    new[unit, one.place] = (published, one.value)
            quiet = told[-1].quiet and all(one.quiet for one in told)
            if not quiet:
                rulings += follows
        if self.judge.forgotten(held.state) != forgotten:
            self._thinner.append(customer)
        rulings += self.judged(held, until, quiet=quiet and self.behind())
        return rulings

    def judged(self, held: Held, until: int, *, quiet: bool) -> Iterable[Ruling]:
        """Return what time brings about for one customer up to `until`; nothing to be said when `quiet`."""
        look = self.judge.next_look(held.state)
        if look is None or look > until:
            return ()
        rulings = self.judge.judge(held.state, until)
        return () if quiet else rulings

    def sweep(self, until: int) -> Outcome | None:
        """Decide what time alone brings about up to `until`, for some customers; None when nobody is due."""
        if until < self.first_look:
            return None
        due = [unit.decode() for unit in self.part.due(self.until, until, SWEEP)]
        self.memory.fetch(due)
        quiet = self.behind()
        records: list[Record] = []
        for customer in due:
            records += records_of(customer, self.judged(self.memory.touch(customer), until, quiet=quiet))
        return Outcome(records, self.write_of({}, until)) if due else None

    def passed(self, until: int) -> Write | None:
        """Note that all is judged up to `until`; return what to write about it, if it is time for that."""
        self.until = until
        if self._learned and until >= max(spot.stamp for spot in self._learned.values()):
            self._done |= {Lane(topic, self.number): spot.offset for topic, spot in self._learned.items()}
            self._learned = {}
        if until - self.marked < MARK_EVERY:
            return None
        self.marked = until
        return Write(until=until)

    def remembered(self, write: Write) -> None:
        """Note that `write` is in the store, and what it led to in the log."""
        self._learned = write.spots or self._learned
        for unit, kept in write.states.items():
            if held := self.memory.of(unit.decode()):
                held.look = kept.look
        self.first_look = self.part.next_look(self.until)

    def done(self) -> dict[Lane, int]:
        """Return, once, up to where all that records and the time between them led to is in the log.

        What was learned is done only when time was judged up to where it was learned: whoever begins with an
        older state takes it as said what came about before the last record that is done.
        """
        done, self._done = self._done, {}
        return done

    def judge_by(self, rules: Rules) -> None:
        """Judge by `rules` from now on; states in memory are read anew."""
        self.judge.rules = rules
        if self.silence:
            self.silence.judge_by(rules)
        self.memory.forget()

    def cases(self) -> Iterator[Any]:
        """Yield every customer's state as it is kept: copies, to look at."""
        for unit, kept in self.part.all_states():
            yield self.memory.unpacked(unit.decode(), kept, self.part.facts(unit)).state

    def replace(self, customer: str, state: Any) -> None:  # noqa: ANN401  the judge's own
        """Put another state in the place of a customer's."""
        self.memory.fetch([customer])
        self.memory.touch(customer).state = state

    def write_of(self, spots: Mapping[str, Spot], until: int) -> Write:
        """Return what to write about all that was touched."""
        states: dict[bytes, Kept] = {}
        looks: dict[bytes, int] = {}
        for customer, held in self.memory.written():
            unit = customer.encode()
            look = self.judge.next_look(held.state)
            states[unit] = Kept(NEVER if look is None else max(look, until + 1), self.judge.pack(held.state))
            looks[unit] = held.look
        return Write(states, looks, spots)
