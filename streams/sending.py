"""Puts a step's records into Kafka as whole batches, one per lane, where one by one costs ten times as much.

A step is one round: its batches go out together, and the next round begins when all of them are confirmed.
Within a round the idempotent producer of aiokafka keeps the order per lane however often it must send again.
When a round runs out of *our* time the producer is thrown away with all that it has not sent: what the caller
repeats can then not land behind something later.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiokafka
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from klantbus.bus.errors import BusError, LogUnavailable, NotAllowed, RecordTooLarge, UnknownTopic
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Record, weigh
from streams.packing import Producer, batches_of

PATIENCE = 10.0
"""Seconds we wait for Kafka's answer before it counts as away."""
GOODBYE = 2.0
"""Seconds that letting go of connections may take."""
BATCH_BYTES = 900_000
"""The largest batch of several records; a broker takes one of 1 MiB unless told otherwise."""
SMALL = 100_000
"""Bytes of a value below which a record is not weighed: what goes with it is far less than is left."""

Connect = Callable[[], Producer]
Topics = Callable[[], Awaitable[Mapping[str, int]]]


class BatchPublisher:
    """Publishes whole steps through the producers that `connect` makes; `topics` tells which there are.

    `limit`: the largest record it takes, in bytes as `weigh` counts.
    """

    def __init__(self, connect: Connect, topics: Topics, *, limit: int, patience: float = PATIENCE) -> None:
        self._connect = connect
        self._topics = topics
        self._limit = limit
        self._patience = patience
        self._producer: Producer = None
        self._known: frozenset[str] = frozenset()
        self._turn = asyncio.Lock()
        self._closed = False

    async def publish(self, records: Sequence[Record]) -> None:
        """Return once Kafka has every record on all its in-sync copies.

        Raises `RecordTooLarge` and `UnknownTopic` before anything is sent, `NotAllowed` when an ACL forbids
        it, `LogUnavailable` past our patience (some records may be in the log: repeat them).
        """
        self._guard_size(records)
        async with self._turn:
            if self._closed:
                raise LogUnavailable("this publisher was closed")
            try:
                async with asyncio.timeout(self._patience):
                    await self._round(records)
            except (KafkaError, OSError, TimeoutError) as error:
                await self._drop()
                raise _in_our_words(error) from error
            except asyncio.CancelledError:
                await self._drop()  # nobody waits for the rest, so it must not land later
                raise

    async def close(self) -> None:
        """Let go of Kafka."""
        self._closed = True
        async with self._turn:
            await self._drop()

    def _guard_size(self, records: Iterable[Record]) -> None:
        for record in records:
            if len(record.value or b"") > SMALL and (size := weigh(record)) > self._limit:
                raise RecordTooLarge(size, self._limit)

    async def _round(self, records: Sequence[Record]) -> None:
        producer = await self._ready(records)
        sent = [
            await producer.send_batch(batch, topic, partition=number)
            for (topic, number), some in _by_lane(records).items()
            for batch in batches_of(producer, some, BATCH_BYTES)
        ]
        await asyncio.gather(*sent)

    async def _ready(self, records: Iterable[Record]) -> Producer:
        asked = {record.topic for record in records}
        if not asked <= self._known:
            self._known = frozenset(await self._topics())
        for unknown in asked - self._known:
            raise UnknownTopic(unknown)
        if self._producer is None:
            self._producer = self._connect()
            await self._producer.start()
        return self._producer

    async def _drop(self) -> None:
        """Throw the producer away with all that it has not sent. Its own `stop` would send it first."""
        producer, self._producer, self._known = self._producer, None, frozenset()
        if producer is None:
            return
        producer._closed = True  # noqa: SLF001  else it complains that nobody stopped it
        if task := producer._sender.sender_task:  # noqa: SLF001  what sends, and sends again
            task.cancel()
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await producer.client.close()


def connecting(servers: str, auth: Mapping[str, Any], *, patience: float = PATIENCE) -> Connect:
    """Return what makes a producer for `servers`; `auth` says who we are, in aiokafka's words."""
    return lambda: aiokafka.AIOKafkaProducer(
        bootstrap_servers=servers,
        client_id="klantbus",
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=int(patience * 1000),
        **auth,
    )


def _by_lane(records: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    """Return the records by topic and partition, in their order."""
    lanes: dict[tuple[str, int], list[Record]] = {}
    about: bytes | None = None
    number = partition_of(about)
    for record in records:
        topic, key, _, _ = record
        if key is not about:  # what is said of one customer stands together
            about, number = key, partition_of(key)
        lanes.setdefault((topic, number), []).append(record)
    return lanes


def _in_our_words(error: Exception) -> BusError:
    if isinstance(error, TopicAuthorizationFailedError):
        return NotAllowed(f"Kafka does not allow this ({type(error).__name__})")
    if isinstance(error, MessageSizeTooLargeError):
        return NotAllowed("this Kafka takes no record as large as ours may be: raise its message.max.bytes")
    return LogUnavailable(f"Kafka did not take it ({type(error).__name__})")
