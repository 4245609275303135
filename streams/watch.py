"""The promise watch: batches of facts in, verdicts and alert edges out. One class, on Kafka and the journal.

Publish, then remember, then move the position. A crash between two of these repeats the first, with the
same ids. It never drops a record: what cannot be read is parked, confirmed, before its position moves.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import orjson

from klantbus.bus.errors import LogUnavailable
from klantbus.bus.ports import Lane, Place, Positions, Record, Stored
from klantbus.bus.topics import EVENTS, PULSES, RELAY
from klantbus.domain.events import Fact
from streams.figures import Figures
from streams.flight import Flight, Voice
from streams.judging import Judge
from streams.kinship import kinship_of
from streams.learned import Learned
from streams.pace import Pace
from streams.present import Present, Reading
from streams.pulses import Pulses, Report, report_in
from streams.reading import OrderedParking, arrivals_of
from streams.silence import Silence
from streams.slice import SILENCE, SPOKEN, Outcome, Slice
from streams.spoken import Spoken, runs_of
from streams.store import Store

_MILLI = 1_000
T = TypeVar("T")


class Judges(NamedTuple):
    """Who judges customers, and who (made from what it kept) the silence of departments, if anybody does."""

    customers: Judge
    departments: Callable[[bytes | None], Silence] | None = None


class Watch:
    """Judges the lanes it is given.

    `clock` reads the machine's clocks, `tell` says a line to a person; `after` is told of every step that was
    remembered how many facts it took in. What is opened goes by the `pace` of that moment.
    """

    def __init__(
        self,
        store: Store,
        judges: Judges,
        publisher: Voice,
        parking: OrderedParking,
        clock: Callable[[], Reading],
        *,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.slices: dict[int, Slice] = {}
        self.figures = Figures(rebuilt=int(store.rebuilt))
        self.present = Present()
        self._store = store
        self._judges = judges
        self._publisher = publisher
        self._parking = parking
        self._clock = clock
        self._tell = tell
        self.pace = Pace()
        self.after: Callable[[int], None] = lambda _: None
        self._pulses = Pulses()
        self._said: str | None = None
        self._turn = 0
        self._flight: Flight | None = None
        self._saying: set[asyncio.Task[None]] = set()  # the flight that is waited for as well

    # -- what the host asks of it

    async def open(self, lanes: Iterable[Lane], kept: Positions) -> Positions:
        """Begin with exactly `lanes`, at the positions that stand beside the state."""
        await self.close()
        topics: dict[int, list[str]] = defaultdict(list)
        for lane in lanes:
            topics[lane.partition].append(lane.topic)
        room, judge = self.pace.room // max(len(topics), 1), self._judges.customers
        self.slices = {
            number: Slice.open(number, self._store.part(number), judge.copy(), names, kept, room)
            for number, names in sorted(topics.items())
        }
        for one in self.slices.values():
            self._recall(one)
        self._pulses.forget()
        return {lane: at for owned in self.slices.values() for lane, at in owned.starts().items()}

    def _recall(self, one: Slice) -> None:
        extra = one.part.extra()
        one.spoken = Spoken(orjson.loads(extra.get(SPOKEN, b"{}")))
        one.kinship = kinship_of(one.judge, extra, self.pace.part)
        if one.number == 0 and self._judges.departments:
            one.silence = self._judges.departments(extra.get(SILENCE))
        if one.kinship:
            one.judge_by(one.kinship.almanac.rules)

    async def close(self) -> None:
        """Give all lanes up. What was decided and not remembered is decided again by whoever comes next."""
        self.slices = {}
        await self._give_up_flights()

    def take(self, lane: Lane, records: Sequence[Stored]) -> None:
        """Take the next records of `lane`."""
        self.slices[lane.partition].merge.take(lane.topic, records)
        if lane.topic == PULSES:
            for probe in self._pulses.returned(records, self._clock()):
                self.present.returned(probe)

    def now(self) -> int | None:
        """Return what time it is on the log at least, in whole milliseconds as Kafka stamps."""
        now = self.present.now(self._clock().steady)
        return None if now is None else now // _MILLI * _MILLI

    def reached(self, lanes: Iterable[Lane], until: int) -> None:
        """Note that of `lanes` everything appended before `until` was taken."""
        for lane in lanes:
            self.slices[lane.partition].merge.reached(lane.topic, until)

    def hungry(self) -> Iterable[Lane]:
        """Return the lanes whose waiting records cannot be judged before more of them is read."""
        return [Lane(topic, number) for number, one in self.slices.items() for topic in one.merge.hungry()]

    def lags(self, records: int) -> None:
        """Note how many records in the log are not judged."""
        self.figures.lag = records
        self.figures.slices = len(self.slices)
        self.figures.read = sum(one.read() for one in self.slices.values())
        now, slowest = self.now(), min((one.until for one in self.slices.values()), default=0)
        self.figures.behind_seconds = (now - slowest) / 1e6 if now and slowest else 0.0

    async def step(self) -> Positions | None:
        """Let partitions do some work and publish what follows; remember what the step before published.

        So the log takes in one step while the next is decided, by other partitions: each of them has all it
        decided remembered before it goes on.
        """
        await self._pulse()
        now, slices = self.now(), self.slices
        if now is None:
            return await self.land()
        await self._parking.learn()
        decided = await self._decide_some(list(slices.values()), now)
        if slices is not self.slices:
            return None  # the lanes went to somebody else meanwhile
        before, self._flight = self._flight, self._take_off(decided)
        if before is not None and not await self._landed(before):
            return None
        done = self._done()
        return done if before or decided or done else None

    async def land(self) -> Positions | None:
        """Wait for what is under way and remember it."""
        flight, self._flight = self._flight, None
        return self._done() if flight and await self._landed(flight) else None

    # -- one step

    async def _decide_some(self, slices: Sequence[Slice], now: int) -> list[tuple[Slice, Outcome]]:
        """Let partitions of which nothing is under way decide in turn, until it is enough for one write."""
        decided: list[tuple[Slice, Outcome]] = []
        flying = {one.number for one, _ in self._flight.decided} if self._flight else set()
        facts = 0
        for _ in slices:
            one = slices[self._turn % len(slices)]
            self._turn += 1
            if one.number in flying:
                continue
            if outcome := await self._decide(one, now):
                decided.append((one, outcome))
                facts += outcome.facts
            if facts >= self.pace.enough:
                break
        return decided

    async def _decide(self, one: Slice, now: int) -> Outcome | None:
        await asyncio.sleep(0)
        while True:
            if one.until == one.target:
                records, cut = one.merge.give(min(one.merge.known(), now), self.pace.batch)
                one.target = max(cut, one.until)
                if records:
                    return await self._take_in(one, records)
            if swept := one.sweep(one.target):
                self.figures.swept += len(swept.write.states)
                self.figures.sweeps += 1
                return swept
            moved = one.until < one.target
            if write := one.passed(one.target):
                return Outcome((), write)
            if not moved:
                return None

    async def _take_in(self, one: Slice, records: Sequence[Stored]) -> Outcome:
        if records[0].topic == RELAY:
            return one.hear(records[0], one.target)
        reports = [report for r in records if r.topic == PULSES and (report := report_in(r))]
        return one.learn(await self._read(one, records), reports, one.target)

    async def _read(self, one: Slice, records: Sequence[Stored]) -> list[Learned]:
        """Return the facts in `records`; park what is none, confirmed."""
        events = [record for record in records if record.topic.startswith(EVENTS)]
        facts = one.reader.plain(events, self._parking.lot, one.judge.read)
        return one.learned(events, await self._sorted(one, events) if facts is None else facts)

    async def _sorted(self, one: Slice, events: Sequence[Stored]) -> list[Fact | None]:
        piles = one.reader.sort(events, self._parking.lot)
        self.figures.parked += sum(len(pile.roots) + len(pile.waiting) for pile in piles)
        arrivals = await self._confirmed(lambda: arrivals_of(piles, self._parking))
        found = [arrivals.get(Place(event.topic, event.partition, event.offset)) for event in events]
        return [arrival and arrival.fact for arrival in found]

    def _take_off(self, decided: Sequence[tuple[Slice, Outcome]]) -> Flight | None:
        if not decided:
            return None
        records = [record for _, outcome in decided for record in outcome.records]
        flight = Flight(decided, asyncio.create_task(self._publish(records)))
        self._saying.add(flight.said)
        flight.said.add_done_callback(self._saying.discard)
        return flight

    async def _landed(self, flight: Flight) -> bool:
        """Wait until the log has what was decided and remember it; False when the lanes went meanwhile."""
        slices = self.slices
        await asyncio.wait([flight.said])  # no plain await: it would go down with what `close` cancels
        if slices is not self.slices:
            return False
        flight.said.result()
        self._remember(flight.decided)
        return True

    def _done(self) -> Positions:
        return {lane: at for one in self.slices.values() for lane, at in one.done().items()}

    async def _give_up_flights(self) -> None:
        """Let what is under way land behind nothing that comes later: repeat it no more."""
        self._flight = None
        said = list(self._saying)
        for one in said:
            one.cancel()
        await asyncio.gather(*said, return_exceptions=True)

    async def _publish(self, records: Sequence[Record]) -> None:
        if records:
            await self._confirmed(lambda: self._publisher.publish(records))

    async def _confirmed(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it until the log confirms it: weather is waited out, here and nowhere else."""
        while True:
            try:
                return await do()
            except LogUnavailable:
                self.figures.republished += 1
                await asyncio.sleep(self.pace.again)

    def _remember(self, decided: Sequence[tuple[Slice, Outcome]]) -> None:
        for one, outcome in decided:
            one.part.write(outcome.write)
            one.remembered(outcome.write)
            self.figures.count(outcome.records, outcome.facts)
        self.after(sum(outcome.facts for _, outcome in decided))

    async def _pulse(self) -> None:
        """Put a pulse into the log when it is time, and say so when judgement is held."""
        reading = self._clock()
        self.present.watch(reading)
        self._say(self.present.held)
        known = self.present.now(reading.steady) is not None
        if not self.slices or not self._pulses.due(reading.steady, known=known):
            return
        slices = self.slices
        report = Report(
            {n: one.until for n, one in slices.items()}, runs_of([o.spoken for o in slices.values()])
        )
        try:
            await self._publisher.publish(self._pulses.beat(reading, slices, report))
        except LogUnavailable:
            self.figures.republished += 1  # the next pulse is as good
            return
        for one in slices.values():
            one.spoken.clear()

    def _say(self, held: str | None) -> None:
        if held == self._said:
            return
        self._said = held
        self.figures.held = held is not None
        self._tell(f"judgement is held: {held}" if held else "judgement goes on")
