"""The plain loop: hosts the watch on any `Follower`. It is how the journal is judged, in one process."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from klantbus.bus import clock
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.ports import Batch, Follower, Lane, Stored
from streams.host import Host

WAIT = 0.1
"""Seconds that a look at the log waits for records: time is judged as often."""
KEEP_EVERY = 1.0


class Loop:
    """Moves batches from `follower` to the work of `host`, and keeps positions for the follower's group."""

    def __init__(self, host: Host, follower: Follower) -> None:
        self._host = host
        self._follower = follower
        self._kept_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Judge until `stop` is set; then finish the running step and keep the positions."""
        await self._begin()
        settled = asyncio.create_task(self._settle(stop))
        try:
            while not stop.is_set():
                await self.turn()
            await settled
        finally:
            settled.cancel()
        await self._keep()
        await self._host.leave()

    async def _settle(self, stop: asyncio.Event) -> None:
        """Begin no more steps once `stop` is set, whatever there is still to do."""
        await stop.wait()
        await self._host.settle()

    async def turn(self) -> None:
        """Fetch once, and do what can be done."""
        try:
            ledger = self._host.ledger
            if ledger.pending() < ledger.bound or ledger.hungry:
                await self._hand_on(await self._follower.batch(wait=WAIT))
            await self._host.tick(self._ends)
            if clock.steady() - self._kept_at > KEEP_EVERY:
                await self._keep()
        except LogUnavailable:
            await asyncio.sleep(WAIT)  # the log is away: the next turn will tell

    async def _begin(self) -> None:
        lanes = list(self._follower.positions())
        await self._follower.seek(await self._host.begin(lanes, await self._follower.kept()))

    async def _hand_on(self, batch: Batch) -> None:
        if len(batch.positions) != len(self._host.ledger.lanes()):
            await self._begin()  # a topic was added, or went: read again from what is remembered
            return
        by_lane: dict[Lane, list[Stored]] = defaultdict(list)
        for record in batch.records:
            by_lane[Lane(record.topic, record.partition)].append(record)
        for lane, records in by_lane.items():
            if handed := self._host.ledger.fetch(lane, records):
                self._host.take(handed)

    async def _ends(self, lanes: Sequence[Lane]) -> Mapping[Lane, int] | None:
        ends = await self._follower.ends()
        return {lane: ends[lane] for lane in lanes if lane in ends}

    async def _keep(self) -> None:
        self._kept_at = clock.steady()
        ledger = self._host.ledger
        epoch, positions = ledger.epoch, ledger.committable()
        if positions:
            await self._follower.keep(positions)
            ledger.kept(epoch, positions)
