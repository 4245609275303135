"""Puts records into Kafka: rounds of what was asked for meanwhile, each confirmed before the next begins.

Order: librdkafka's idempotent producer keeps it within a round, however often it must send again; it never
gives up a record by itself (message.timeout.ms 0), so that no gap can arise. When a round runs out of *our*
time it is purged as a whole, the producer is thrown away, and every call that waits behind it fails too: what
a caller repeats can then not land behind something later.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from klantbus.bus.clock import steady
from klantbus.bus.errors import BusError, LogUnavailable, RecordTooLarge, UnknownTopic
from klantbus.bus.kafka.client import LOGGER, Cluster, Settings, client_of, in_our_words, in_thread, within
from klantbus.bus.ports import Place, Record, weigh

SERVE_EVERY = 1_000
"""Records handed over between two looks at what was confirmed."""
ANY = -1
"""librdkafka's word for: the partition that the key says."""
MOST_BYTES = 2_000_000
"""No publisher takes a larger record, whatever it was told: librdkafka and the broker stop at 2 MiB."""
SLACK = 5.0
"""Seconds that the thread may be later than our patience before it counts as stuck."""


@dataclass(slots=True)
class Call:
    """One call of `publish`: its records, their places as they get known, and what went wrong first."""

    records: Sequence[Record]
    answer: asyncio.Future[Sequence[Place]]
    places: list[Place | None] = field(default_factory=list)
    error: BusError | None = None
    open: int = 0

    def settle(self, index: int, error: KafkaError | None, message: Message) -> None:
        """Note what became of the record at `index`; called by librdkafka."""
        self.open -= 1
        if error is None:
            partition, offset = cast("tuple[int, int]", (message.partition(), message.offset()))
            self.places[index] = Place(self.records[index].topic, partition, offset)
        elif self.error is None:
            self.error = in_our_words(error, self.records[index].topic)


class KafkaPublisher:
    """A `Publisher` on Kafka. `limit`: the largest record it takes, in bytes as `weigh` counts."""

    def __init__(self, cluster: Cluster, *, limit: int) -> None:
        self._cluster = cluster
        self._limit = min(limit, MOST_BYTES)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-publisher")
        self._producer: Producer | None = None
        self._known: frozenset[str] = frozenset()
        self._waiting: deque[Call] = deque()
        self._sending: list[Call] = []
        self._rounds: asyncio.Task[None] | None = None
        self._closed = False

    async def publish(self, records: Sequence[Record]) -> Sequence[Place]:
        """Return the places, in order, once Kafka has every record on all its in-sync copies.

        Raises `RecordTooLarge` and `UnknownTopic` before anything is sent, `NotAllowed` when an ACL forbids
        it, `LogUnavailable` past our patience (some records may be in the log: repeat them).
        """
        if self._closed:
            raise LogUnavailable("this publisher was closed")
        self._guard_size(records)
        if not records:
            return ()
        call = Call(records, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._run_rounds())
            self._rounds.add_done_callback(self._pass_on)
        return await asyncio.shield(call.answer)

    async def close(self) -> None:
        """Wait for what was asked for, then let go."""
        if self._closed:
            return
        self._closed = True
        if self._rounds is not None:
            await asyncio.wait([self._rounds])
        if self._producer is not None:
            async with within(self._cluster.patience + SLACK, "let go"):
                await in_thread(self._thread, self._drop)
        self._thread.shutdown(wait=False)

    def _guard_size(self, records: Sequence[Record]) -> None:
        for record in records:
            size = weigh(record)
            if size > self._limit:
                raise RecordTooLarge(size, self._limit)

    async def _run_rounds(self) -> None:
        while self._waiting:
            self._sending = [*self._waiting]
            self._waiting.clear()
            failed = await self._round(self._sending)
            if failed is not None:
                _answer_all(self._waiting, failed)
                self._waiting.clear()

    async def _round(self, calls: list[Call]) -> BusError | None:
        """Send a round and answer its calls; return why the log counts as away, if it does."""
        away: BusError | None = None
        try:
            async with within(self._cluster.patience + SLACK, "confirm"):
                away = await in_thread(self._thread, functools.partial(self._send, calls))
        except BusError as stuck:
            away = stuck
        _answer_all(calls, away)
        return away

    def _pass_on(self, rounds: asyncio.Task[None]) -> None:
        """Tell a bug, or the end of the loop, to those who wait: nobody waits for ever."""
        if rounds.cancelled() or rounds.exception():
            why = asyncio.CancelledError() if rounds.cancelled() else rounds.exception()
            _answer_all([*self._sending, *self._waiting], why)
            self._waiting.clear()

    # below: in the publisher's thread

    def _send(self, calls: list[Call]) -> LogUnavailable | None:
        deadline = steady() + self._cluster.patience
        try:
            producer = self._ready(calls, deadline)
            for call in calls:
                self._hand_over(producer, call, deadline)
            producer.flush(max(0.0, deadline - steady()))
        except KafkaException as error:
            self._drop()
            return _away(error.args[0])
        if all(call.open == 0 for call in calls) and not _lost(calls):
            return None
        self._drop()
        return LogUnavailable(f"Kafka did not confirm within {self._cluster.patience:g} s")

    def _ready(self, calls: list[Call], deadline: float) -> Producer:
        """Return the producer; mark the calls that name a topic nobody made."""
        if self._producer is None:
            self._producer = client_of(Producer, _settings(self._cluster), logger=LOGGER)
        asked = {record.topic for call in calls for record in call.records}
        if not asked <= self._known:
            seen = self._producer.list_topics(timeout=max(0.1, deadline - steady()))
            self._known = frozenset(seen.topics)
        for call in calls:
            unknown = [record.topic for record in call.records if record.topic not in self._known]
            call.error = UnknownTopic(unknown[0]) if unknown else None
        return self._producer

    def _hand_over(self, producer: Producer, call: Call, deadline: float) -> None:
        if call.error is not None:
            return
        call.places = [None] * len(call.records)
        for index, record in enumerate(call.records):
            settle = functools.partial(call.settle, index)
            call.open += 1
            while not _produced(producer, record, settle):
                if steady() > deadline:
                    call.open -= 1
                    call.error = LogUnavailable("Kafka is too slow: the queue to it stays full")
                    return
            if index % SERVE_EVERY == 0:
                producer.poll(0)

    def _drop(self) -> None:
        """Throw the producer away with all that it has not sent, so that nothing of it lands later."""
        if self._producer is None:
            return
        self._producer.purge(in_queue=True, in_flight=True, blocking=True)
        self._producer.poll(0)
        self._producer = None
        self._known = frozenset()


def _settings(cluster: Cluster) -> Settings:
    return {
        **cluster.settings(),
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as Java and aiokafka hash; librdkafka's own default does not
        "message.timeout.ms": 0,  # see above: our own time limit purges, nothing expires alone
        "linger.ms": 5,  # while a round is handed over; flush() then waits no longer
        "batch.size": 262_144,
        "message.max.bytes": 2_097_152,
        "queue.buffering.max.messages": 200_000,
        "queue.buffering.max.kbytes": 65_536,
        "log_level": 4,  # syslog's warning
    }


def _produced(producer: Producer, record: Record, settle: functools.partial[None]) -> bool:
    """Return whether librdkafka took the record; when its queue is full, serve it for a moment instead."""
    try:
        producer.produce(
            record.topic,
            record.value,
            record.key,
            ANY if record.key is not None else 0,
            headers=list(record.headers),
            on_delivery=settle,
        )
    except BufferError:
        producer.poll(0.05)
        return False
    return True


def _lost(calls: list[Call]) -> bool:
    """Return whether a record failed for a reason that makes the producer useless."""
    return any(isinstance(call.error, LogUnavailable) for call in calls)


def _away(error: KafkaError) -> LogUnavailable:
    return LogUnavailable(f"Kafka is away ({error.name()})")


def _answer_all(calls: Iterable[Call], away: BaseException | None) -> None:
    for call in calls:
        _answer(call, away)


def _answer(call: Call, away: BaseException | None) -> None:
    if call.answer.done():
        return
    places = [place for place in call.places if place is not None]
    if len(places) == len(call.records):
        call.answer.set_result(places)
    elif call.error is not None:
        call.answer.set_exception(call.error)
    else:
        call.answer.set_exception(away or LogUnavailable("Kafka confirmed only a part"))
