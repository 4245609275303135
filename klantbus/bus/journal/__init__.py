"""The journal: the log as one SQLite file, behind the same ports as Kafka.

Several processes may append and follow at once. An acknowledged batch is on the disk (one fsync per batch,
shared by all who published meanwhile). Times come from the journal's own clock, which never runs backwards,
whatever the machine's clock does. It does one thing less than Kafka: a compacted topic keeps every record.
"""

from collections.abc import Callable, Sequence
from functools import partial

from klantbus.bus.clock import now_micros
from klantbus.bus.journal.append import Appender, JournalPublisher
from klantbus.bus.journal.bell import Bell
from klantbus.bus.journal.expire import expire
from klantbus.bus.journal.file import FORM
from klantbus.bus.journal.follow import JournalFollower
from klantbus.bus.journal.topics import create, topics
from klantbus.bus.ports import LIMIT_BYTES, Positions, TopicSpec
from klantbus.bus.seat import MEMORY, Seat

__all__ = ["MEMORY", "Journal", "JournalFollower", "JournalPublisher"]


class Journal:
    """A log in the file at `path`, made when it is not there; `:memory:` lives as long as the object.

    `now` returns µs since 1970 UTC. Raises `FileRefused` for a file of another application or of a newer
    klantbus, `LogUnavailable` when it cannot be opened now.
    """

    def __init__(self, path: str, *, now: Callable[[], int] = now_micros) -> None:
        self._write_seat = Seat(FORM, path)
        self._read_seat = self._write_seat if path == MEMORY else Seat(FORM, path)
        self._bell = Bell(path)
        self._appender = Appender(self._write_seat, self._bell, now)

    async def create(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Make the topics that are not there; return the names made."""
        made = await self._write_seat.run(partial(create, specs))
        self._bell.ring()
        return made

    async def topics(self) -> dict[str, int]:
        """Return the partition count of every topic."""
        return await self._read_seat.run(topics)

    async def publisher(self, *, limit: int = LIMIT_BYTES) -> JournalPublisher:
        """Return a publisher that refuses records over `limit` bytes."""
        return JournalPublisher(self._appender, limit)

    async def follower(
        self,
        topics: Sequence[str],
        *,
        group: str | None = None,
        start: Positions | None = None,
    ) -> JournalFollower:
        """Return a follower of `topics`; see `ports.Log.follower`."""
        follower = JournalFollower((self._read_seat, self._write_seat), self._bell, topics, group)
        await follower.open(start)
        return follower

    async def expire(self, now: int) -> int:
        """Forget records older than their topic's retention at `now` (µs UTC); return how many."""
        return await expire(self._write_seat, now)

    async def close(self) -> None:
        """Finish what was handed in and close the file."""
        await self._appender.close()
        self._bell.close()
        await self._write_seat.close()
        await self._read_seat.close()
