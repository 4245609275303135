"""A generated history, told to the streams at the instants at which the log got it; and to the book."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from components.streams.simulated import START, Worker, World
from components.streams.truth import SECOND

from klantbus.bus.codec import decode
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, EVENTS
from klantbus.domain.book import Book
from klantbus.domain.decisions import Edge
from klantbus.domain.events import Fact
from klantbus.domain.micros import DAY, micros
from klantbus.domain.rules import Rules
from streams.present import Reading
from streams.promises import PromiseJudge

Edges = list[tuple[str, str, str, int]]
LONG_BEFORE = START - DAY


class ReplayingWorld(World):
    """A calm world of one worker, to which a history is told as it was published."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        super().__init__(1, folder, lambda: PromiseJudge(rules), workers=1)
        self.time = LONG_BEFORE
        self.faults = False

    def reading(self, worker: Worker | None) -> Reading:  # noqa: ARG002  this one's clock is right
        return Reading(self.time, (self.time - LONG_BEFORE) / SECOND + 1000)

    async def replay(self, history: Sequence[tuple[Fact, int]], until: int) -> Edges:
        """Tell it all, let time pass until `until` (µs), and return the edges of alerts about customers."""
        await self.start("w0")
        await self.deal()
        for published, told in groupby(history, key=lambda one: one[1]):
            self.time = published
            for fact, _ in told:
                self.log.append(record_of(fact, EVENTS + fact.department))
            for _ in range(6):  # partitions tell each other, before anything else is told
                self.time += SECOND
                await self.tick(self.workers["w0"])
        self.time = max(self.time, until)
        await self.come_right()
        edges = {fact.id: fact for fact in map(decode, (record.value for record in self.log.all(ALERTS)))}
        said = [(fact.type.split(".")[1], fact.data, fact.time) for fact in edges.values()]
        return sorted(
            (data.kind, data.key, edge, micros(at))
            for edge, data, at in said
            if data.kind != "info.silent_department" and micros(at) <= until
        )


def of_streams(history: Sequence[tuple[Fact, int]], rules: Rules, until: int, folder: Path) -> Edges:
    """Return the edges that the streams publish about a history."""
    world = ReplayingWorld(folder, rules)
    try:
        return asyncio.run(world.replay(history, until))
    finally:
        world.close()


def of_book(history: Sequence[tuple[Fact, int]], rules: Rules, until: int) -> Edges:
    """Return the edges that `klantbus simulate` prints about a history."""
    book, said = Book(rules), []
    for published, told in groupby(history, key=lambda one: one[1]):
        said += book.learn_all([fact for fact, _ in told], published)
    said += book.judge(until + 1)
    edges = [one for one in said if isinstance(one, Edge) and one.at <= until]
    return sorted((edge.kind, edge.key, edge.edge, edge.at) for edge in edges)
