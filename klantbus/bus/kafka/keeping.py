"""Keeps positions for a group that nobody is a member of, as Kafka's own committed offsets.

Over the follower's own consumer: librdkafka's admin client does the same without a group of its own, and
crashes the process when the group's coordinator is only just coming up (seen with 2.16, OffsetFetch).
"""

import functools
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from klantbus.bus.kafka.client import Cluster, asked, in_our_words, in_thread, within
from klantbus.bus.ports import Lane, Positions


async def kept(cluster: Cluster, consumer: Consumer, lanes: Sequence[Lane]) -> Positions:
    """Return what was last kept in `lanes` for the consumer's group; lanes never kept are absent."""
    if not lanes:
        return {}
    wanted = [TopicPartition(*lane) for lane in lanes]
    ask = functools.partial(consumer.committed, wanted, timeout=cluster.patience)
    async with within(cluster.patience, "tell what is kept"):
        found = await asked(functools.partial(in_thread, None, ask))
    for part in found:
        if part.error is not None:
            raise in_our_words(part.error, part.topic)
    return {Lane(part.topic, part.partition): part.offset for part in found if part.offset >= 0}


async def keep(cluster: Cluster, consumer: Consumer, positions: Positions) -> None:
    """Keep `positions` for the consumer's group; refused by Kafka while somebody is a member of it."""
    if not positions:
        return
    parts = [TopicPartition(lane.topic, lane.partition, offset) for lane, offset in positions.items()]
    commit: Any = consumer.commit  # its types do not know that it answers when asked to
    tell = functools.partial(commit, offsets=parts, asynchronous=False)
    async with within(cluster.patience, "keep positions"):
        done = await asked(functools.partial(in_thread, None, tell))
    for part in done:
        if part.error is not None:
            raise in_our_words(part.error, part.topic)
