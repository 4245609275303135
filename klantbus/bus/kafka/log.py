"""A Kafka cluster as a `Log`: makes topics, publishers and followers."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from klantbus.bus.access import Grant
from klantbus.bus.errors import TopicRefused
from klantbus.bus.kafka.acl import allow, granted
from klantbus.bus.kafka.client import Cluster, client_of, in_our_words, quiet, within
from klantbus.bus.kafka.follower import KafkaFollower
from klantbus.bus.kafka.offsets import Offsets
from klantbus.bus.kafka.publisher import KafkaPublisher
from klantbus.bus.kafka.security import Security, security_from
from klantbus.bus.ports import LIMIT_BYTES, Positions, TopicSpec

PATIENCE = 10.0
"""Seconds we wait for Kafka's answer before it counts as away."""
DAY_MS = 86_400_000
LOOK_EVERY = 0.02
"""Seconds between two looks at whether a topic that was made can be used."""
BAD_WISHES = {
    KafkaError.INVALID_CONFIG,
    KafkaError.INVALID_PARTITIONS,
    KafkaError.INVALID_REPLICATION_FACTOR,
    KafkaError.TOPIC_EXCEPTION,
    KafkaError.POLICY_VIOLATION,
}
"""Kafka's words for a topic that cannot be made as it was asked for."""


class _Closing(Protocol):
    async def close(self) -> None: ...


class KafkaLog:
    """A `Log` on the cluster at `servers` (host:port, comma between); nothing is asked until it is used."""

    def __init__(self, servers: str, *, security: Security | None = None, patience: float = PATIENCE) -> None:
        self._cluster = Cluster(servers, security or Security(), patience)
        self._admin = client_of(AdminClient, quiet(self._cluster.settings()))
        self._offsets = Offsets(self._cluster, self._admin)
        self._made: list[_Closing] = []

    async def create(self, specs: Sequence[TopicSpec]) -> Sequence[str]:
        """Make the topics that are not there and wait until they can be used; return the names made.

        Those that are there are left alone: who may only use them needs no right to make any.
        """
        if not specs:
            return ()
        there = await self.topics()
        new = [_new_topic(spec) for spec in specs if spec.name not in there]
        async with within(self._cluster.patience, "make topics"):
            answers = self._admin.create_topics(new, request_timeout=self._cluster.patience) if new else {}
            made = [name for name, answer in answers.items() if await _was_made(answer, name)]
            await self._wait_for([spec.name for spec in specs])
        return made

    async def topics(self) -> dict[str, int]:
        """Return the partition count of every topic."""
        return dict(await self._offsets.topics())

    async def publisher(self, *, limit: int = LIMIT_BYTES) -> KafkaPublisher:
        """Return a publisher; it refuses records over `limit` bytes."""
        publisher = KafkaPublisher(self._cluster, limit=limit)
        self._made.append(publisher)
        return publisher

    async def follower(
        self,
        topics: Sequence[str],
        *,
        group: str | None = None,
        start: Positions | None = None,
    ) -> KafkaFollower:
        """Return a follower of `topics`; see the port. Raises `UnknownTopic` for a name that is not there."""
        lanes = await self._offsets.lanes(topics)
        follower = KafkaFollower(self._cluster, self._offsets, topics, group)
        self._made.append(follower)
        await follower.start(lanes, start or {})
        return follower

    async def granted(self) -> frozenset[Grant] | None:
        """Return what is allowed to whom, None on a cluster that checks nobody (it has no authorizer)."""
        return await granted(self._cluster, self._admin)

    async def allow(self, grants: Sequence[Grant]) -> None:
        """Allow what is in `grants`; whatever else is allowed stays. Raises `NotAllowed` unless we may."""
        await allow(self._cluster, self._admin, grants)

    async def close(self) -> None:
        """Let go of everything made from it."""
        while self._made:
            await self._made.pop().close()

    async def _wait_for(self, wanted: Sequence[str]) -> None:
        """Return once every topic has a leader for each lane, so that the first record is not refused."""
        while not await self._offsets.are_led(wanted):  # noqa: ASYNC110  Kafka tells nobody: it must be asked
            await asyncio.sleep(LOOK_EVERY)


async def _was_made(answer: Future[None], name: str) -> bool:
    try:
        await asyncio.wrap_future(answer)
    except KafkaException as refusal:
        error = refusal.args[0]
        if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        if error.code() in BAD_WISHES:
            raise TopicRefused(f"Kafka refuses to make {name}: {error.str()}") from refusal
        raise in_our_words(error, name) from refusal
    return True


def _new_topic(spec: TopicSpec) -> NewTopic:
    retention = -1 if spec.retention_days is None else spec.retention_days * DAY_MS
    settings = {
        "cleanup.policy": "compact" if spec.compacted else "delete",
        "retention.ms": str(retention),
        "message.timestamp.type": "LogAppendTime",
        **spec.settings,
    }
    return NewTopic(spec.name, spec.partitions, config=settings)


async def open_kafka(servers: str) -> KafkaLog:
    """Return the log at `servers`, with the security that KLANTBUS_KAFKA_* of the environment says.

    Raises `LogUnavailable` when the cluster does not answer, `Misuse` when the settings do not add up.
    """
    log = KafkaLog(servers, security=security_from(os.environ))
    await log.topics()
    return log
