"""A log in memory that keeps the promises of the ports; its clock is given, its faults are the world's."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Batch, Lane, Place, Positions, Record, Stored


class SimLog:
    """A log in memory. `trouble` may raise before and after what is published is in it.

    `slow` says for how many turns of the loop a record is under way; they overtake each other no more than in
    any publisher.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self.lanes: dict[Lane, list[Stored]] = defaultdict(list)
        self.now = now
        self.trouble: Callable[[str], None] = lambda _: None
        self.slow: Callable[[], int] = lambda: 0
        self._turn = asyncio.Lock()

    def append(self, record: Record) -> Place:
        lane = Lane(record.topic, partition_of(record.key or b""))
        kept = self.lanes[lane]
        stamp = max(self.now() // 1000 * 1000, kept[-1].appended if kept else 0)
        kept.append(Stored(*lane, len(kept), stamp, record.key, record.value, record.headers))
        return Place(*lane, len(kept) - 1)

    async def publish(self, records: Sequence[Record]) -> Sequence[Place]:
        async with self._turn:
            for _ in range(self.slow()):
                await asyncio.sleep(0)
            self.trouble("before")
            places = [self.append(record) for record in records]
            self.trouble("after")
            return places

    async def close(self) -> None:
        pass

    async def publisher(self, limit: int = 0) -> "SimLog":  # noqa: ARG002  the port has it
        return self

    async def follower(self, topics: Sequence[str]) -> "SimFollower":
        return SimFollower(self, topics[0])

    def read(self, lane: Lane, at: int, limit: int) -> list[Stored]:
        return self.lanes[lane][at : at + limit]

    def end(self, lane: Lane) -> int:
        return len(self.lanes[lane])

    def all(self, topic: str) -> list[Stored]:
        return [
            record
            for lane, records in sorted(self.lanes.items())
            if lane.topic == topic
            for record in records
        ]


class SimFollower:
    """Follows one topic of a `SimLog`: what `Parking` needs."""

    def __init__(self, log: SimLog, topic: str) -> None:
        self.log = log
        self.at = {Lane(topic, number): 0 for number in range(12)}

    async def batch(self, *, limit: int = 10_000, wait: float = 1.0) -> Batch:  # noqa: ARG002  the port has it
        records = [r for lane, at in self.at.items() for r in self.log.read(lane, at, limit)]
        self.at = {lane: self.log.end(lane) for lane in self.at}
        return Batch(records, self.positions())

    def positions(self) -> Positions:
        return dict(self.at)

    async def ends(self) -> Positions:
        return {lane: self.log.end(lane) for lane in self.at}
