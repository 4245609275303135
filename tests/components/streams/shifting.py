"""Worlds in which lanes move in the middle of a step: workers come, stop as they are told, and are killed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from components.streams.simulated import Crash, Worker, World

from streams.judging import Judge
from streams.ledger import Handed


class ShiftingWorld(World):
    """A world whose workers are at work while their lanes are dealt anew, up to three of them at a time."""

    def __init__(self, seed: int, folder: Path, judge: Callable[[], Judge], *more: float) -> None:
        super().__init__(seed, folder, judge, *more)
        self.names = ["w0", "w1", "w2"]
        self.working: dict[str, asyncio.Task[None]] = {}
        self.on_the_way: dict[str, list[Handed]] = defaultdict(list)

    async def turns(self, most: int) -> None:
        """Let all that is under way go on for a while."""
        for _ in range(self.dice.randint(0, most)):
            await asyncio.sleep(0)

    async def deal(self, asleep: Sequence[str] = ()) -> None:
        """Deal the lanes anew, as Faust does: who hears of it ends its step and keeps its positions first."""
        for name in sorted(self.workers.keys() - set(asleep)):
            await self._give_up(name)
        await self.turns(20)
        await super().deal(asleep)

    def hand_on(self, worker: Worker, handed: Handed) -> None:
        """Bring it later, in order: it may come when the lane is somebody else's, or its own again."""
        self.on_the_way[worker.name].append(handed)

    async def tick(self, worker: Worker) -> None:
        way = self.on_the_way[worker.name]
        for _ in range(self.dice.randint(0, len(way)) if self.faults else len(way)):
            worker.host.take(way.pop(0))
        await super().tick(worker)

    async def _give_up(self, name: str) -> None:
        worker = self.workers[name]
        if self.dice.random() < 0.5:
            self.on_the_way[name].clear()
        await worker.host.settle()
        self.keep(worker)
        await self.turns(3)
        await worker.host.leave()

    def kill(self, name: str) -> None:
        if task := self.working.pop(name, None):
            task.cancel()
        self.on_the_way[name].clear()
        super().kill(name)

    async def _work(self, name: str) -> None:
        """Begin to work, or go on with it, and see for a while what comes of it."""
        if name not in self.working:
            self.working[name] = asyncio.create_task(self.tick(self.workers[name]))
        await self.turns(40)
        if self.working[name].done():
            await self._worked(name)

    async def _worked(self, name: str) -> None:
        try:
            await self.working.pop(name)
        except Crash:
            self.kill(name)
            await self._come(name, lost=self.dice.random() < 0.3)

    async def _happen(self, asleep: set[str]) -> None:
        roll = self.dice.random()
        awake = sorted(self.workers.keys() - asleep)
        gone = sorted(set(self.names) - self.workers.keys())
        if roll < 0.1 and len(awake) > 1:
            await self._go(self.dice.choice(awake))
            await self.deal(sorted(asleep))
        elif roll < 0.2 and gone:
            await self._come(self.dice.choice(gone), lost=self.dice.random() < 0.2)
        else:
            await super()._happen(asleep)

    async def _go(self, name: str) -> None:
        """Stop a worker as SIGTERM does, or as kill -9 does; its disk stays, and grows old."""
        if self.dice.random() < 0.6:
            await self._give_up(name)
        self.kill(name)

    async def _come(self, name: str, *, lost: bool) -> None:
        self.faults, before = False, self.faults
        await self.start(name, lost=lost)
        await self.deal()
        self.faults = before

    async def come_right(self) -> None:
        self.faults = False
        for name in sorted(self.working):
            await self._worked(name)
        await super().come_right()
