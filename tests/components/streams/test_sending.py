"""A step's records on the real Kafka: all of them, in their order, also while the broker is killed."""

import asyncio
import os
import random
import uuid
from itertools import pairwise

import pytest
from waiting import until_it

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from klantbus.bus.errors import LogUnavailable, RecordTooLarge, UnknownTopic
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import INNER_LIMIT_BYTES, Record, TopicSpec
from streams.sending import BATCH_BYTES, BatchPublisher, connecting

KILLS = min(int(os.environ.get("KLANTBUS_CYCLES", "3")), 20)
SOON_BACK = {"broker.session.timeout.ms": "1500", "broker.heartbeat.interval.ms": "300"}
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300 + 60 * KILLS)]


def sender(address: str, log: KafkaLog, patience: float = 10.0) -> BatchPublisher:
    made = connecting(address, {}, patience=patience)
    return BatchPublisher(made, log.topics, limit=INNER_LIMIT_BYTES, patience=patience)


def numbered(topic: str, numbers: range, size: int = 100) -> list[Record]:
    return [Record(topic, b"C%d" % (n % 7), b"%09d" % n + bytes(size), (("n", b"%d" % n),)) for n in numbers]


async def told(log: KafkaLog, topic: str) -> dict[bytes, list[int]]:
    """Return by key what stands in `topic`, each number where it stands first."""
    follower = await log.follower([topic])
    found: dict[bytes, dict[int, None]] = {}
    ends = await follower.ends()
    while dict(follower.positions()) != dict(ends):
        for record in (await follower.batch()).records:
            found.setdefault(record.key, {}).setdefault(int(record.value[:9]))
    return {key: list(numbers) for key, numbers in found.items()}


@pytest.fixture
async def log(kafka_bootstrap):
    log = KafkaLog(kafka_bootstrap)
    yield log
    await log.close()


@pytest.fixture
async def topic(log) -> str:
    name = f"test.{uuid.uuid4().hex[:12]}"
    await log.create([TopicSpec(name)])
    return name


async def test_a_step_larger_than_any_batch_stands_in_the_log_in_its_order(log, topic, kafka_bootstrap):
    said = sender(kafka_bootstrap, log)
    await said.publish(numbered(topic, range(3_000), size=BATCH_BYTES // 400))
    await said.publish(numbered(topic, range(3_000, 3_010)))
    await said.close()
    found = await told(log, topic)
    assert sorted(n for numbers in found.values() for n in numbers) == list(range(3_010))
    assert all(one < next_one for numbers in found.values() for one, next_one in pairwise(numbers))


async def test_a_record_too_large_or_for_no_topic_is_refused_before_anything_is_sent(
    log, topic, kafka_bootstrap
):
    said = sender(kafka_bootstrap, log)
    small = numbered(topic, range(1))
    with pytest.raises(RecordTooLarge):
        await said.publish([*small, Record(topic, b"C1", bytes(INNER_LIMIT_BYTES))])
    with pytest.raises(UnknownTopic):
        await said.publish([*small, Record("nobody.made.it", b"C1", b"")])
    assert await told(log, topic) == {}
    largest = Record(topic, b"C", b"%09d" % 1 + bytes(INNER_LIMIT_BYTES - 10))
    await said.publish([largest])
    await said.close()
    with pytest.raises(LogUnavailable):
        await said.publish(small)
    assert await told(log, topic) == {b"C": [1]}


async def speak(said: BatchPublisher, topic: str, over: asyncio.Event) -> int:
    """Say step after step, each until it is confirmed; return how many records that were."""
    count = 0
    while not over.is_set():
        await insist(said, numbered(topic, range(count, count + 200)))
        count += 200
    return count


async def insist(said: BatchPublisher, step: list[Record]) -> None:
    async def confirmed() -> bool:
        try:
            await said.publish(step)
        except LogUnavailable:
            return False
        return True

    await until_it(confirmed, seconds=240, every=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("patience", [0.7, 30.0])
async def test_nothing_is_lost_or_overtaken_while_the_broker_is_killed(patience, tmp_path, kafka_bootstrap):
    assert kafka_bootstrap  # one can be had here: so a Kafka of our own can
    home, dice = Home(tmp_path / "kafka"), random.Random(patience)  # noqa: S311  seeded, no secret
    running = await asyncio.to_thread(node.start, home, Wish(0, SOON_BACK), os.environ)
    address = running.address
    try:
        log, over = KafkaLog(address, patience=30.0), asyncio.Event()
        await log.create([TopicSpec("test.kills")])
        said = sender(address, log, patience)
        speaking = asyncio.create_task(speak(said, "test.kills", over))
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.2, 1.5))  # the kill must come at any moment of the talk
            await asyncio.to_thread(node.kill, home)
            await asyncio.to_thread(node.start, home, Wish(None, SOON_BACK), os.environ)
        over.set()
        count = await speaking
        await said.close()
        found = await told(log, "test.kills")
        await log.close()
    finally:
        node.kill(home)
    assert sorted(n for numbers in found.values() for n in numbers) == list(range(count))
    assert all(one < next_one for numbers in found.values() for one, next_one in pairwise(numbers))
