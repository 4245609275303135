"""Writing to `klantbus.parked` and reading it: one reader's view of what is put aside."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from klantbus.bus.errors import LogUnavailable
from klantbus.bus.parked import PARKED_LIMIT_BYTES, Lot, Parked, from_stored, to_record
from klantbus.bus.ports import Batch, Follower, Lane, Log, Place, Positions, Publisher
from klantbus.bus.topics import PARKED

PATIENCE = 30.0
"""Seconds that our own confirmed write may take to come back to us before the log counts as away."""


class Parking:
    """The lot as this reader knows it, and the pen to write in it. Made by `Parking.open`."""

    def __init__(self, publisher: Publisher, follower: Follower) -> None:
        self.lot = Lot()
        self._publisher = publisher
        self._follower = follower
        self._turn = asyncio.Lock()  # what one task wrote, another may not read away from it

    @classmethod
    async def open(cls, log: Log) -> Self:
        """Return the parking of `log`, with everything learned that is in it now."""
        parking = cls(await log.publisher(limit=PARKED_LIMIT_BYTES), await log.follower([PARKED]))
        await parking._learn_up_to(await parking._follower.ends())
        return parking

    async def learn(self) -> None:
        """Learn what has come in, without waiting for more."""
        async with self._turn:
            while (batch := await self._follower.batch(wait=0.0)).records:
                self._take_in(batch)

    async def put_aside(self, parked: Sequence[Parked]) -> Sequence[bool]:
        """Write `parked`, confirmed, and read it back; return of each whether it stands.

        What does not stand (its customer's last root was settled just before) was not put aside: go on with
        it. Raises `LogUnavailable`; repeating it then does no harm.
        """
        if not parked:
            return []
        async with self._turn:
            places = await self._publisher.publish([to_record(one) for one in parked])
            stands = await self._learn_up_to(_after(places))
        return [stands[place] for place in places]

    async def close(self) -> None:
        """Let go of the log."""
        await self._publisher.close()
        await self._follower.close()

    async def _learn_up_to(self, positions: Positions) -> Mapping[Place, bool]:
        """Learn until `positions` are reached; return of every record read whether it stands (not void)."""
        stands: dict[Place, bool] = {}
        while not reached(self._follower.positions(), positions):
            stands |= self._take_in(await next_batch(self._follower))
        return stands

    def _take_in(self, batch: Batch) -> dict[Place, bool]:
        return {place: self.lot.learn(parked) for place, parked in parked_in(batch)}


def _after(places: Sequence[Place]) -> Positions:
    ends: dict[Lane, int] = {}
    for topic, partition, offset in places:
        lane = Lane(topic, partition)
        ends[lane] = max(ends.get(lane, 0), offset + 1)
    return ends


def parked_in(batch: Batch) -> Iterator[tuple[Place, Parked]]:
    """Return what records of `klantbus.parked` say, leaving out those that are none of ours."""
    for stored in batch.records:
        parked = from_stored(stored)
        if parked is not None:
            yield Place(stored.topic, stored.partition, stored.offset), parked


async def next_batch(follower: Follower) -> Batch:
    """Return the next batch that is not empty; raise `LogUnavailable` when none comes in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                batch = await follower.batch()
                if batch.records:
                    return batch
    except TimeoutError as error:
        raise LogUnavailable(f"{PARKED} did not come back in {PATIENCE:.0f} seconds") from error


def reached(positions: Positions, wanted: Positions) -> bool:
    """Return whether a reader at `positions` has passed everything before `wanted`."""
    return all(positions.get(lane, 0) >= offset for lane, offset in wanted.items())
