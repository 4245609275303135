"""A follower that lets through only what says something to the alerter, told by the headers, before decoding.

Departments state answers on their own topics (nobody else may write there), so the alerter follows them all;
nine hundred and ninety-nine of a thousand facts there are none of its business. What nobody can read there is
parked by those whose business it is.
"""

from collections.abc import Callable

from alerts.reading import TYPES
from klantbus.bus.ports import Batch, Follower, Positions, Stored
from klantbus.bus.topics import ALERTS

_WANTED = frozenset(name.encode() for name in TYPES)


class Sieve:
    """Stands before another follower; see `klantbus.bus.ports.Follower`."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    async def batch(self, *, limit: int = 10_000, wait: float = 1.0) -> Batch:
        """Return what matters of the next batch, and the positions after all of it."""
        batch = await self._follower.batch(limit=limit, wait=wait)
        return Batch([record for record in batch.records if _matters(record)], batch.positions)

    def positions(self) -> Positions:
        """Return the next offset of every lane it follows."""
        return self._follower.positions()

    async def seek(self, positions: Positions) -> None:
        """Read on from `positions`."""
        await self._follower.seek(positions)

    async def ends(self) -> Positions:
        """Return for every lane the offset that the next record will get."""
        return await self._follower.ends()

    async def kept(self) -> Positions:
        """Return the positions last kept for its group."""
        return await self._follower.kept()

    async def keep(self, positions: Positions) -> None:
        """Keep `positions` for its group."""
        await self._follower.keep(positions)

    async def wait_until(self, condition: Callable[[Positions], bool], *, timeout: float) -> Positions:  # noqa: ASYNC109  the port's own
        """Return the ends once `condition(ends)` holds."""
        return await self._follower.wait_until(condition, timeout=timeout)

    async def close(self) -> None:
        """Let go of the log."""
        await self._follower.close()


def _matters(record: Stored) -> bool:
    if record.topic == ALERTS:
        return True
    return any(name == "ce_type" and value in _WANTED for name, value in record.headers)
