"""Asks Kafka which lanes there are, where they begin and where they end."""

import asyncio
import functools
from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import ListOffsetsResultInfo, OffsetSpec
from confluent_kafka.admin._metadata import ClusterMetadata, TopicMetadata

from klantbus.bus.errors import UnknownTopic
from klantbus.bus.kafka.client import Cluster, asked, in_thread, within
from klantbus.bus.ports import Lane, Positions


class Offsets:
    """Positions as Kafka knows them, over the admin client, which holds a time limit on every request."""

    def __init__(self, cluster: Cluster, admin: AdminClient) -> None:
        self._cluster = cluster
        self._admin = admin

    async def topics(self) -> Mapping[str, int]:
        """Return the partition count of every topic that is not Kafka's own."""
        seen = await self._seen()
        return {
            name: len(topic.partitions)
            for name, topic in seen.items()
            if topic.partitions and not name.startswith("__")
        }

    async def are_led(self, names: Sequence[str]) -> bool:
        """Return whether every topic is there and every lane of it has a leader."""
        seen = await self._seen()
        if not all(name in seen and _is_led(seen[name]) for name in names):
            return False
        lanes = [Lane(name, partition) for name in names for partition in seen[name].partitions]
        return len(await self.ends(lanes)) == len(lanes)  # the leader itself answers

    async def _seen(self) -> Mapping[str, TopicMetadata]:
        ask = functools.partial(self._admin.list_topics, timeout=self._cluster.patience)
        async with within(self._cluster.patience + 1, "list its topics"):
            seen: ClusterMetadata = await in_thread(None, ask)
        return seen.topics

    async def lanes(self, names: Sequence[str]) -> list[Lane]:
        """Return every lane of the topics named, or that begin as a name ending in `*` does.

        Raises `UnknownTopic` for a full name that is not there.
        """
        there = await self.topics()
        for name in names:
            if not name.endswith("*") and name not in there:
                raise UnknownTopic(name)
        return [
            Lane(topic, partition)
            for topic in sorted(there)
            if any(_matches(topic, name) for name in names)
            for partition in range(there[topic])
        ]

    async def ends(self, lanes: Iterable[Lane]) -> Positions:
        """Return for each lane the offset that the next record will get."""
        return await self._listed(lanes, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # it has no types

    async def beginnings(self, lanes: Iterable[Lane]) -> Positions:
        """Return for each lane the first offset that retention has left."""
        return await self._listed(lanes, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # nor has it

    async def _listed(self, lanes: Iterable[Lane], which: OffsetSpec) -> Positions:
        wanted = {TopicPartition(*lane): which for lane in lanes}
        if not wanted:
            return {}
        async with within(self._cluster.patience, "tell its offsets"):
            return await asked(functools.partial(self._listed_once, wanted))

    async def _listed_once(self, wanted: dict[TopicPartition, OffsetSpec]) -> Positions:
        answers = self._admin.list_offsets(wanted, request_timeout=self._cluster.patience)
        found = await asyncio.gather(*map(asyncio.wrap_future, answers.values()), return_exceptions=True)
        offsets = [_offset_of(result) for result in found]
        lanes = (Lane(part.topic, part.partition) for part in answers)
        return dict(zip(lanes, offsets, strict=True))


def _matches(topic: str, name: str) -> bool:
    return topic.startswith(name[:-1]) if name.endswith("*") else topic == name


def _is_led(topic: TopicMetadata) -> bool:
    return bool(topic.partitions) and all(part.leader >= 0 for part in topic.partitions.values())


def _offset_of(result: ListOffsetsResultInfo | BaseException) -> int:
    """Return the offset; every answer was waited for, so that none of them fails unheard."""
    if isinstance(result, BaseException):
        raise result
    return int(result.offset)
