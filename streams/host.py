"""Between a log that hands out records and the work done with them: the same for Faust and the plain loop."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from klantbus.bus.errors import Misuse
from klantbus.bus.ports import Lane, Positions, Stored
from klantbus.bus.topics import PULSES
from streams.ledger import Handed, Ledger

ALWAYS = frozenset({PULSES})
"""Without its own pulse a worker does not know the time: the lane must never be held up."""
SETTLE = 3.0
"""Seconds that a stop or a revoke waits for the running step; after that its outcome is void."""


class Work(Protocol):
    """What is done with whole batches. Times are the log's own, µs UTC."""

    async def open(self, lanes: Iterable[Lane], kept: Positions) -> Positions:
        """Begin with exactly `lanes`, from which the group kept positions; return where to read from."""
        ...

    async def close(self) -> None:
        """Let go of all lanes, keeping nothing that was not remembered."""
        ...

    def take(self, lane: Lane, records: Sequence[Stored]) -> None:
        """Take the next records of `lane`."""
        ...

    def now(self) -> int | None:
        """Return what time it is on the log at least; None when nobody can say."""
        ...

    def reached(self, lanes: Iterable[Lane], until: int) -> None:
        """Note that of `lanes` everything appended before `until` was taken."""
        ...

    def hungry(self) -> Iterable[Lane]:
        """Return the lanes with which nothing can be done before more of them is read."""
        ...

    def lags(self, records: int) -> None:
        """Note how many records in the log are not done."""
        ...

    async def step(self) -> Positions | None:
        """Do some of what can be done now; return the positions done since, None when nothing is left."""
        ...

    async def land(self) -> Positions | None:
        """Begin nothing, end what is under way; return the positions done by it, None when nothing was."""
        ...


Ends = Callable[[Sequence[Lane]], Awaitable[Mapping[Lane, int] | None]]
"""Asks the log for the ends of lanes; None when it did not answer."""


class Host:
    """Moves records from a log to `work` and positions back. One step at a time."""

    def __init__(self, work: Work, *, bound: int) -> None:
        self.ledger = Ledger(bound, ALWAYS)
        self.work = work
        self.ticks = 0
        self._step = asyncio.Lock()
        self._leaving = False
        self._broken: Misuse | None = None

    async def begin(self, lanes: Iterable[Lane], kept: Positions) -> Positions:
        """Open `lanes` and return where to read each from."""
        async with self._step:
            self.ledger.close()
            starts = await self.work.open(lanes, kept)
            self.ledger.begin(starts)
            self._leaving = False
            return starts

    def take(self, handed: Handed) -> None:
        """Hand records on. A lost batch is kept in mind for `tick`, which may raise where this may not."""
        try:
            ours = self.ledger.take(handed)
        except Misuse as error:
            self._broken = error
            return
        if ours:
            self.work.take(handed.lane, handed.records)

    async def tick(self, ends: Ends) -> None:
        """Ask how far the log is, and do what can be done. Raises what `work` raises, and `BatchLost`."""
        self.ticks += 1
        if self._broken:
            raise self._broken
        if self._step.locked() or self._leaving:
            return
        await self._look(ends)
        async with self._step:
            while await self._advance():
                pass
        self.ledger.hungry = frozenset(self.work.hungry())

    async def _look(self, ends: Ends) -> None:
        # The time is taken before asking: whatever is appended after the answer is no older.
        epoch, until = self.ledger.epoch, self.work.now()
        answer = await ends(self.ledger.lanes())
        if answer is None or epoch != self.ledger.epoch or min(answer.values(), default=0) < 0:
            return  # librdkafka has no offset to tell while a broker goes down, and tells -1001
        self.work.lags(self.ledger.lag(answer))
        if until is not None:
            self.work.reached(self.ledger.at_end(answer), until)

    async def _advance(self) -> bool:
        epoch = self.ledger.epoch
        positions = await (self.work.land() if self._leaving else self.work.step())
        await asyncio.sleep(0)  # the loop's other work gets its turn
        return positions is not None and self.ledger.done(epoch, positions)

    async def settle(self) -> None:
        """Begin no new step and wait a while for the running one, unless its outcome is void already."""
        self._leaving = True
        if not self.ledger.lanes():
            return
        try:
            async with asyncio.timeout(SETTLE), self._step:
                pass
        except TimeoutError:
            self.ledger.close()

    async def leave(self) -> None:
        """Give all lanes up."""
        self._leaving = True
        self.ledger.close()
        await self.work.close()
