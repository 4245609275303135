"""Reads Kafka in order per lane, from positions that it is told; it never joins a group.

Every partition is assigned by hand, so there is no rebalance to wait for and no session to lose. A thread of
its own waits inside librdkafka; what it brought stays for the next call when a caller is cancelled meanwhile.
"""

import asyncio
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import Consumer, KafkaError

from klantbus.bus.clock import steady
from klantbus.bus.errors import LogUnavailable, Misuse
from klantbus.bus.kafka.client import (
    REFUSED,
    UNKNOWN,
    Cluster,
    Settings,
    in_our_words,
    in_thread,
    within,
)
from klantbus.bus.kafka.fetching import Fetched, Fetcher, client_fetcher, quick_fetcher
from klantbus.bus.kafka.keeping import keep, kept
from klantbus.bus.kafka.offsets import Offsets
from klantbus.bus.ports import Batch, Lane, Positions, Stored

SLICE = 0.1
"""Seconds the thread waits before it looks whether somebody wants to seek or close."""
LOOK_FOR_TOPICS = 2.0
"""Seconds between two looks for topics made later."""
LOOK_AT_ENDS = 0.02
"""Seconds between two looks at the ends while waiting for a condition."""
NOBODY = "klantbus.nobody"
"""librdkafka wants a group's name even where none is kept."""


class KafkaFollower:
    """A `Follower` on Kafka; made by `KafkaLog.follower`."""

    def __init__(self, cluster: Cluster, offsets: Offsets, names: Sequence[str], group: str | None) -> None:
        self._cluster = cluster
        self._offsets = offsets
        self._names = tuple(names)
        self._group = group
        self._fetcher, self._consumer = _fetcher(cluster, group)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-follower")
        self._turn = asyncio.Lock()
        self._positions: dict[Lane, int] = {}
        self._fetching: asyncio.Future[Fetched] | None = None
        self._left: list[Stored] = []
        self._interrupted = False
        self._closed = False
        self._looked = steady()

    async def start(self, lanes: Iterable[Lane], start: Positions) -> None:
        """Follow `lanes` from `start`, else from what is kept, else from the beginning."""
        await self._assign(await self._first_positions(lanes, start))

    async def batch(self, *, limit: int = 10_000, wait: float = 1.0) -> Batch:
        """Return up to `limit` records; an empty batch when nothing came in `wait` seconds.

        While Kafka is away nothing comes; `ends` raises then. Raises `UnknownTopic` when a topic that was
        named in full is gone, `NotAllowed` when we may not read.
        """
        async with self._turn:
            await self._look_for_topics()
            if not self._left:
                await self._fetch_more(limit, wait)
            records, self._left = self._left[:limit], self._left[limit:]
            self._positions.update(_behind(records))
            return Batch(records, dict(self._positions))

    def positions(self) -> Positions:
        """Return the next offset of every lane it follows."""
        return dict(self._positions)

    async def seek(self, positions: Positions) -> None:
        """Read on from `positions`; lanes not named stay where they are."""
        self._interrupted = True
        async with self._turn:
            await self._drain()
            moved = {lane: offset for lane, offset in positions.items() if lane in self._positions}
            await self._assign({**self._positions, **moved})

    async def ends(self) -> Positions:
        """Return for every lane the offset that the next record will get."""
        return await self._offsets.ends(self._positions)

    async def kept(self) -> Positions:
        """Return the positions last kept for its group; lanes never kept are absent."""
        return await self._kept([*self._positions])

    async def keep(self, positions: Positions) -> None:
        """Keep `positions` for its group, as Kafka's own committed offsets.

        Raises `Misuse` without a group, `LogUnavailable` when Kafka does not confirm in time.
        """
        if self._consumer is None:
            raise Misuse("this follower has no group to keep positions for")
        await keep(self._cluster, self._consumer, positions)

    async def wait_until(self, condition: Callable[[Positions], bool], *, timeout: float) -> Positions:  # noqa: ASYNC109  the port has it so: a limit of the caller's, not of the network
        """Return the ends once `condition(ends)` holds; raise `TimeoutError` after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                ends = await self.ends()
                if condition(ends):
                    return ends
                await asyncio.sleep(LOOK_AT_ENDS)

    async def close(self) -> None:
        """Let go of Kafka; nothing is kept that was not kept before."""
        if self._closed:
            return
        self._closed = self._interrupted = True
        async with self._turn:
            await self._drain()
            async with within(self._cluster.patience, "let go"):
                await in_thread(self._thread, self._fetcher.close)
            self._thread.shutdown(wait=False)

    async def _fetch_more(self, limit: int, wait: float) -> None:
        """Have the thread bring records; when we are cancelled they are there for the next call."""
        if self._fetching is None:
            self._interrupted = False
            work = functools.partial(self._fetch, limit, wait)
            self._fetching = asyncio.ensure_future(in_thread(self._thread, work))
        fetched = await asyncio.shield(self._fetching)
        self._fetching = None
        self._left = fetched.records  # also where the next line raises: they were read, and are not lost
        self._check(fetched.errors)

    async def _drain(self) -> None:
        """Throw away what was fetched and not handed out."""
        self._left = []
        if self._fetching is not None:
            await self._fetching
            self._fetching = None

    async def _look_for_topics(self) -> None:
        if steady() - self._looked < LOOK_FOR_TOPICS or not any(name.endswith("*") for name in self._names):
            return
        self._looked = steady()
        try:
            lanes = await self._offsets.lanes(self._names)
        except LogUnavailable:
            return  # the next look will tell
        if set(lanes) == self._positions.keys():
            return
        await self._drain()
        there = {lane: offset for lane, offset in self._positions.items() if lane in lanes}
        new = [lane for lane in lanes if lane not in there]
        await self._assign({**there, **await self._first_positions(new, {})})

    async def _first_positions(self, lanes: Iterable[Lane], start: Positions) -> Mapping[Lane, int]:
        """Return where to begin; what retention has taken away cannot be read again."""
        wanted = [*lanes]
        unsaid = [lane for lane in wanted if lane not in start]
        known = await self._kept(unsaid)
        beginnings = await self._offsets.beginnings(wanted)
        return {
            lane: max(start.get(lane, known.get(lane, 0)), beginning)
            for lane, beginning in beginnings.items()
        }

    async def _kept(self, lanes: Sequence[Lane]) -> Positions:
        return await kept(self._cluster, self._consumer, lanes) if self._consumer else {}

    async def _assign(self, positions: Mapping[Lane, int]) -> None:
        async with within(self._cluster.patience, "take the partitions"):
            await in_thread(self._thread, functools.partial(self._fetcher.assign, positions))
        self._positions = dict(positions)

    def _check(self, errors: Iterable[KafkaError]) -> None:
        for error in errors:
            code = error.code()
            if code == KafkaError.GROUP_AUTHORIZATION_FAILED and self._group is None:
                continue  # librdkafka asks after the group all the same; reading goes on without
            if code in REFUSED or (code in UNKNOWN and not self._has_pattern()):
                raise in_our_words(error, ", ".join(self._names))

    def _has_pattern(self) -> bool:
        return any(name.endswith("*") for name in self._names)

    def _fetch(self, limit: int, wait: float) -> Fetched:
        """In the thread: wait for a first record, then take what is there besides."""
        deadline = steady() + wait
        while not self._interrupted:
            found = self._fetcher.fetch(limit, max(0.0, min(SLICE, deadline - steady())))
            if found.records or found.errors or steady() >= deadline:
                return found
        return Fetched([], [])


def _fetcher(cluster: Cluster, group: str | None) -> tuple[Fetcher, Consumer | None]:
    """Return what fetches and, for a group, the client that keeps its positions."""
    settings = _settings(cluster, group)
    quick = None if group else quick_fetcher(settings)
    if quick is not None:
        return quick, None
    consumer, fetcher = client_fetcher(settings)
    return fetcher, consumer if group else None


def _behind(records: Iterable[Stored]) -> dict[Lane, int]:
    """Return for each lane the offset behind the last of its records."""
    last = {(record[0], record[1]): record[2] for record in records}
    return {Lane(*lane): offset + 1 for lane, offset in last.items()}


def _settings(cluster: Cluster, group: str | None) -> Settings:
    return {
        **cluster.settings(),
        "group.id": group or NOBODY,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "check.crcs": True,
        "fetch.queue.backoff.ms": 10,  # the default of 1000 stalls a fast reader
        "queued.max.messages.kbytes": 16_384,
        "fetch.wait.max.ms": 500,
        "log_level": 4,  # syslog's warning
    }
