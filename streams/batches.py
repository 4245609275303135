"""The Faust transport that hands over whole batches: one message per partition holds the list of records.

A message costs Faust 100-230 µs, a record in a batch 3-4. Faust keeps what it is good at (assignment,
rebalancing, lifecycle, timers); the records go past its acknowledgements into the ledger of `host`, and only
what the ledger calls done is committed. It leans on inner names of Faust: see `TESTED`.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar, cast

import aiokafka
import faust
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from klantbus.bus import clock
from klantbus.bus.errors import Misuse
from klantbus.bus.ports import Lane, Positions, Stored
from streams.assignor import ByNumber
from streams.fetching import read_as_ours
from streams.host import Host
from streams.ledger import Handed

TESTED = "0.15.3"
ANSWER = 5.0
"""Seconds that the log may take for a small question."""
FETCH = 30.0
"""Seconds over its own limit that a fetch may take; then the worker ends, to be started again."""

SMALL = 200
PAUSE = 0.1
"""A fetch of fewer records than SMALL takes so long at least, or the loop would eat most of a core."""

T = TypeVar("T")


class OtherFaust(Misuse):
    """The Faust that is installed is not the one this transport was tested with."""


def check_faust(version: str = faust.__version__) -> None:
    """Refuse any Faust but the tested one. Raises `OtherFaust`."""
    if version != TESTED:
        raise OtherFaust(
            f"Faust {version} is installed; the batch transport was tested with {TESTED}. "
            f"Install faust-streaming=={TESTED}"
        )


class Unread(dict[TP, int | None]):
    """Keeps Faust from dropping what it thinks it read: the ledger alone knows that.

    A message that was under way when the partitions moved would set the mark ahead of where reading begins
    again, and all up to it would be dropped without a word.
    """

    def __getitem__(self, lane: TP) -> None:
        """Know of nothing that was read."""

    def __setitem__(self, lane: TP, offset: int | None) -> None:
        """Forget it at once."""

    def update(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  dict's own signature
        """Forget them at once."""


class BatchThread(driver.AIOKafkaConsumerThread):
    """Runs the aiokafka consumer in a thread of its own, so that its heartbeats outlive a long step."""

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        read_as_ours()
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[ByNumber(cast("BatchTransport", transport).worker)],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=100,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            **driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        )

    async def ask(self, answer: Coroutine[Any, Any, T], limit: float) -> T:
        """Run `answer` on the consumer's own loop; raise `TimeoutError` after `limit` seconds."""
        async with asyncio.timeout(limit):
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer, self.thread_loop))


class BatchConsumer(driver.Consumer):
    """Hands each partition's records over as one message, and commits what the ledger calls done."""

    _thread: BatchThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Faust's own signature
        super().__init__(*args, **kwargs)
        self._read_offset = Unread()
        self._begun = False
        self._left: dict[TopicPartition, tuple[int, int]] = {}  # the consumer's thread alone touches it

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def host(self) -> Host:
        """Where the records go."""
        return self._batches.host

    @property
    def _batches(self) -> "BatchTransport":
        return cast("BatchTransport", self.transport)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Handed]]:  # noqa: ASYNC109  Faust's own signature
        ledger = self.host.ledger
        if self.flow_active and not self._begun:
            await self._begin()
        epoch, wanted = ledger.epoch, ledger.room(Lane(*tp) for tp in active_partitions or ())
        if not wanted or not self.flow_active:  # an empty list would mean *all* partitions to aiokafka
            await self.sleep(PAUSE)
            return {}
        if len(wanted) < len(active_partitions or ()):
            timeout = min(timeout, PAUSE)  # what is full now, and may be all there is, soon has room again
        began = clock.steady()
        fetched = await self._thread.ask(self._fetch(epoch, wanted, timeout), timeout + FETCH)
        self._batches.alive()
        if epoch != ledger.epoch:
            return {}
        handed = [ledger.fetch(Lane(tp.topic, tp.partition), records) for tp, records in fetched.items()]
        rest = began + PAUSE - clock.steady()
        if rest > 0 and sum(len(h.records) for h in handed if h) < SMALL:
            await self.sleep(rest)
        return {TP(*h.lane): [h] for h in handed if h}

    async def _fetch(self, epoch: int, wanted: Positions, wait: float) -> dict[TopicPartition, list[Stored]]:
        """Return records from the `wanted` positions on; in the consumer's thread.

        What a fetch returned may have been dropped on the way (it was void, or nobody waited any more), and
        the consumer has moved on all the same: so reading goes on where the ledger stands, never where the
        consumer happens to be.
        """
        consumer = self._thread._ensure_consumer()  # noqa: SLF001  Faust has no public name for it
        lanes = {TopicPartition(*lane): at for lane, at in wanted.items()}
        if not lanes.keys() <= consumer.assignment():
            return {}  # the partitions are moving right now
        for tp, at in lanes.items():
            if self._left.get(tp) != (epoch, at):
                consumer.seek(tp, at)
            self._left.pop(tp, None)
        # getmany raises when the group's coordinator died; Faust's own fetch does not.
        fetched = await consumer.getmany(*lanes, timeout_ms=int(wait * 1000), max_records=len(lanes) * 400)
        after = {tp: records[-1].offset + 1 for tp, records in fetched.items() if records}
        self._left.update({tp: (epoch, after.get(tp, at)) for tp, at in lanes.items()})
        return cast("dict[TopicPartition, list[Stored]]", fetched)  # see `read_as_ours`

    def _to_message(self, tp: TP, record: Handed) -> ConsumerMessage:
        first = record.records[0]
        value = cast("bytes", record)  # Faust only carries it: neither channel nor codec looks inside
        return ConsumerMessage(
            tp.topic, tp.partition, first.offset, first.appended / 1e6, 1, [], None, value, None, 0, 0, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def perform_seek(self) -> None:
        """Have the next fetch begin anew: there alone nothing is under way that was fetched before.

        Faust asks for it from several tasks, some of them late, and also while partitions are being revoked.
        """
        self._begun = False

    async def _begin(self) -> None:
        """Begin with what is assigned: from the positions that stand beside the state, not the group's."""
        self._begun = True
        generation = self.app.consumer_generation_id
        await self.host.begin([Lane(*tp) for tp in self.assignment()], await self._kept())
        if not self.flow_active or generation != self.app.consumer_generation_id:
            self._begun = (
                False  # the partitions moved meanwhile, and whoever gave them up found nothing to give
            )
            await self.host.leave()

    async def _kept(self) -> dict[Lane, int]:
        committed = await self.seek_to_committed()
        return {Lane(tp.topic, tp.partition): offset for tp, offset in committed.items() if offset}

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ANN401, ARG002, FBT001, FBT002  Faust's own signature
        """Commit what the ledger calls done; False when there was nothing or the log did not take it."""
        ledger = self.host.ledger
        epoch, positions = ledger.epoch, ledger.committable()
        if not positions or not await self._commit({TP(*lane): at for lane, at in positions.items()}):
            return False
        ledger.kept(epoch, positions)
        return True

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        # Failing is harmless: these positions only tell a newcomer what was published already.
        consumer = self._thread._ensure_consumer()  # noqa: SLF001  Faust has no public name for it
        wanted = {TopicPartition(*tp): OffsetAndMetadata(offset, "") for tp, offset in offsets.items()}
        try:
            await self._thread.ask(consumer.commit(wanted), ANSWER)
        except (KafkaError, TimeoutError) as error:
            self.log.info("positions were not kept: %s", type(error).__name__)
            return False
        return True

    async def ends(self, lanes: Iterable[Lane]) -> Mapping[Lane, int] | None:
        """Return the ends of `lanes`, or None when the log does not answer in time."""
        consumer = self._thread._ensure_consumer()  # noqa: SLF001  Faust has no public name for it
        asked = [TopicPartition(*lane) for lane in lanes]
        if not asked:
            return None
        try:
            answer = await self._thread.ask(consumer.end_offsets(asked), ANSWER)
        except (KafkaError, TimeoutError):
            return None
        return {Lane(tp.topic, tp.partition): offset for tp, offset in answer.items()}

    async def wait_empty(self) -> None:
        """On stop and revoke: wait for the running step, commit, give the lanes up."""
        await self.host.settle()
        await self.commit()
        await self.host.leave()

    async def leave_the_dealing(self, limit: float) -> None:
        """Wait no longer for what the group deals out: aiokafka would, until its slowest member has joined.

        That takes as long as a rebalance may. Whoever waits for it has no partitions, hence nothing to keep.
        `limit` is in seconds.
        """
        reader = self._thread._consumer  # noqa: SLF001  neither Faust nor aiokafka has a public name for these
        if reader is None or reader._coordinator is None:  # noqa: SLF001  see above
            return  # it did not get so far

        async def cancel() -> None:
            reader._coordinator._coordination_task.cancel()  # noqa: SLF001  see above

        await self._thread.ask(cancel(), limit)

    async def verify_all_partitions_active(self) -> None:
        """Leave Faust's own livelock check out: it looks at acknowledgements that are not used here."""


class BatchTransport(driver.Transport):
    """Faust's transport with batches. `alive` is called whenever the log answered."""

    Consumer = BatchConsumer

    def __init__(self, url: Any, app: faust.App, host: Host, worker: str) -> None:  # noqa: ANN401  Faust's list of URLs
        super().__init__(url, app)
        self.host = host
        self.worker = worker
        self.answers = 0

    def alive(self) -> None:
        """Count an answer of the log; the watchdog looks at it."""
        self.answers += 1
