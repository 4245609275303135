"""The two ports of the log, and the words they share. The journal and Kafka both stand behind them.

Times here are integers: microseconds since 1970 in UTC, as the log keeps them; they become aware datetimes
past the codec. Positions name the *next* offset to read, as Kafka's do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

PARTITIONS = 12
"""Every topic has as many, so that one customer's facts and verdicts meet in one partition number."""

LIMIT_BYTES = 256 * 1024
"""The largest record, weighed by `weigh`, that a publisher takes unless told otherwise."""

INNER_LIMIT_BYTES = 1_000_000
"""The largest record that the bus writes for itself, around one of the largest size; any Kafka takes it."""

Headers = Sequence[tuple[str, bytes]]
"""A tuple, or (`klantbus/bus/in_c/headers.h`) what makes one of itself when it is looked at."""


class Lane(NamedTuple):
    """One partition of one topic: the unit of order."""

    topic: str
    partition: int


Positions = Mapping[Lane, int]
"""For each lane the next offset to read."""


class Place(NamedTuple):
    """Where a record stands in the log."""

    topic: str
    partition: int
    offset: int


class Record(NamedTuple):
    """What goes into the log. `key` decides the partition (murmur2); without one it is partition 0."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def weigh(record: Record) -> int:
    """Return the bytes of key, value and headers together: what the limit is held against."""
    names_and_values = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + names_and_values


class Stored(NamedTuple):
    """What comes out of the log: the record, its place, and `appended`, the log's own time in µs UTC."""

    topic: str
    partition: int
    offset: int
    appended: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Batch(NamedTuple):
    """Records in order per lane, and the positions after them."""

    records: Sequence[Stored]
    positions: Positions


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be. `retention_days` None keeps for ever; `compacted` keeps the last per key."""

    name: str
    partitions: int = PARTITIONS
    retention_days: int | None = None
    compacted: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


class Publisher(Protocol):
    """Puts records into the log. One publisher keeps the order in which it was called, per key."""

    async def publish(self, records: Sequence[Record]) -> Sequence[Place]:
        """Return the places, in order, once the log has every record safely.

        Raises `LogUnavailable` when the log did not answer in time (some records may be in it: repeat them),
        `RecordTooLarge` and `UnknownTopic` before anything is sent.
        """
        ...

    async def close(self) -> None:
        """Let go of the log; what was acknowledged stays."""
        ...


class Follower(Protocol):
    """Reads topics in order per lane, at least once. It never moves a kept position by itself."""

    async def batch(self, *, limit: int = 10_000, wait: float = 1.0) -> Batch:
        """Return up to `limit` records; an empty batch when nothing came in `wait` seconds."""
        ...

    def positions(self) -> Positions:
        """Return the next offset of every lane it follows."""
        ...

    async def seek(self, positions: Positions) -> None:
        """Read on from `positions`; lanes not named stay where they are."""
        ...

    async def ends(self) -> Positions:
        """Return for every lane the offset that the next record will get."""
        ...

    async def kept(self) -> Positions:
        """Return the positions last kept for its group; lanes never kept are absent."""
        ...

    async def keep(self, positions: Positions) -> None:
        """Keep `positions` for its group, so that a next follower of the group starts there."""
        ...

    async def wait_until(
        self,
        condition: Callable[[Positions], bool],
        *,
        timeout: float,  # noqa: ASYNC109  a port states its limit; both logs hold to it
    ) -> Positions:
        """Return the ends once `condition(ends)` holds; raise `TimeoutError` after `timeout` seconds."""
        ...

    async def close(self) -> None:
        """Let go of the log."""
        ...


class Log(Protocol):
    """A log: makes topics, publishers and followers."""

    async def create(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Make the topics that are not there; return the names made. Existing ones stay as they are."""
        ...

    async def topics(self) -> Mapping[str, int]:
        """Return the partition count of every topic."""
        ...

    async def publisher(self, *, limit: int = LIMIT_BYTES) -> Publisher:
        """Return a publisher, ready; it refuses records over `limit` bytes (parking needs a wider one)."""
        ...

    async def follower(
        self,
        topics: Sequence[str],
        *,
        group: str | None = None,
        start: Positions | None = None,
    ) -> Follower:
        """Return a follower of `topics`, all partitions.

        A name that ends in `*` follows every topic with that beginning, also one made later. It starts at
        `start`, else at the positions kept for `group`, else at the beginning of each lane.
        """
        ...

    async def close(self) -> None:
        """Let go of the log and of everything made from it."""
        ...
