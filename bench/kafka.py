"""What our Kafka log costs beside bare clients, in one run, on one broker: publish, follow, one fact.

    python bench/kafka.py [records]

"All fields" reads what a follower hands on (place, time, key, value, headers); "count" only counts messages.
Medians of interleaved rounds; figures drift with the machine, the ratios are what counts.
"""

import asyncio
import functools
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import aiokafka
from aiokafka.partitioner import murmur2
from confluent_kafka import Consumer, Producer, TopicPartition

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import PARTITIONS, Record, TopicSpec

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
ROUNDS = 3
CALL = 5_000
SINGLES = 300
HEADERS = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"0190a1b2-0000-7000-8000-000000000000"),
    ("ce_source", b"/sales/crm"),
    ("ce_type", b"promise.made"),
    ("ce_time", b"2026-03-02T09:00:00.000000Z"),
    ("content-type", b"application/avro"),
)
TUNED = {
    "group.id": "bench",
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "check.crcs": True,
    "fetch.queue.backoff.ms": 10,
    "queued.max.messages.kbytes": 16_384,
}


class Turn(NamedTuple):
    """One measurement: records a second, and µs of this process's CPU a record."""

    rate: float
    cpu: float


Figures = dict[str, list[Turn]]


@contextmanager
def broker() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch) / "kafka")
        yield node.start(home, Wish(port=0), os.environ).address
        node.stop(home)


def records(topic: str, headers: tuple[tuple[str, bytes], ...]) -> list[Record]:
    return [Record(topic, b"C%d" % (n % 20_000), b"x" * 200, headers) for n in range(RECORDS)]


async def timed(work: Callable[[], Awaitable[object]]) -> Turn:
    gc.collect()
    began, cpu = time.perf_counter(), time.process_time()
    await work()
    return Turn(RECORDS / (time.perf_counter() - began), (time.process_time() - cpu) / RECORDS * 1e6)


async def publish_ours(servers: str, batch: list[Record]) -> None:
    log = KafkaLog(servers)
    publisher = await log.publisher()
    for start in range(0, len(batch), CALL):
        await publisher.publish(batch[start : start + CALL])
    await log.close()


async def publish_confluent(servers: str, batch: list[Record]) -> None:
    """Each record's place is asked for, as ours returns it."""
    wishes = {"enable.idempotence": True, "partitioner": "murmur2_random", "linger.ms": 5}
    producer = Producer({"bootstrap.servers": servers, "queue.buffering.max.messages": 1_000_000, **wishes})
    places: list[object] = [None] * len(batch)

    def done(index: int, _: object, message: object) -> None:
        places[index] = message

    for index, record in enumerate(batch):
        settle = functools.partial(done, index)
        producer.produce(
            record.topic, record.value, record.key, headers=[*record.headers], on_delivery=settle
        )
        if index % 1000 == 0:
            producer.poll(0)
    producer.flush()


async def publish_aiokafka(servers: str, batch: list[Record]) -> None:
    producer = aiokafka.AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=262_144
    )
    await producer.start()
    for start in range(0, len(batch), CALL):
        sends = [
            await producer.send(record.topic, record.value, record.key, headers=[*record.headers])
            for record in batch[start : start + CALL]
        ]
        await asyncio.gather(*sends)
    await producer.stop()


async def publish_aiokafka_batches(servers: str, batch: list[Record]) -> None:
    """Batches built by hand: its fast way, without its own time limit or order over a failure."""
    producer = aiokafka.AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, max_batch_size=262_144
    )
    await producer.start()
    for start in range(0, len(batch), CALL):
        await asyncio.gather(*[await send for send in _by_hand(producer, batch[start : start + CALL])])
    await producer.stop()


def _by_hand(producer: aiokafka.AIOKafkaProducer, part: list[Record]) -> Iterator[Awaitable[object]]:
    open_batches: dict[int, object] = {}
    for record in part:
        lane = (murmur2(record.key) & 0x7FFFFFFF) % PARTITIONS
        building = open_batches.setdefault(lane, producer.create_batch())
        headers = [*record.headers]
        if building.append(key=record.key, value=record.value, timestamp=None, headers=headers) is None:
            yield producer.send_batch(building, record.topic, partition=lane)
            open_batches[lane] = producer.create_batch()
            open_batches[lane].append(key=record.key, value=record.value, timestamp=None, headers=headers)
    for lane, building in open_batches.items():
        yield producer.send_batch(building, part[0].topic, partition=lane)


async def follow_ours(servers: str, topic: str) -> None:
    log = KafkaLog(servers)
    follower = await log.follower([topic])
    seen = 0
    while seen < RECORDS:
        seen += len((await follower.batch()).records)
    await log.close()


async def follow_confluent(servers: str, topic: str, *, fields: Callable[[list], object]) -> None:
    consumer = Consumer({"bootstrap.servers": servers, **TUNED})
    consumer.assign([TopicPartition(topic, lane, 0) for lane in range(PARTITIONS)])
    seen = 0
    while seen < RECORDS:
        messages = consumer.consume(10_000, 0.05)
        fields(messages)
        seen += len(messages)
    consumer.close()


def all_fields(messages: list) -> object:
    return [
        (m.topic(), m.partition(), m.offset(), m.timestamp()[1], m.key(), m.value(), tuple(m.headers() or ()))
        for m in messages
    ]


async def follow_aiokafka(servers: str, topic: str) -> None:
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    lanes = [aiokafka.TopicPartition(topic, lane) for lane in range(PARTITIONS)]
    consumer.assign(lanes)
    await consumer.seek_to_beginning()
    seen = 0
    while seen < RECORDS:
        for found in (await consumer.getmany(timeout_ms=1000, max_records=10_000)).values():
            seen += len(
                [(m.topic, m.partition, m.offset, m.timestamp, m.key, m.value, m.headers) for m in found]
            )
    await consumer.stop()


async def one_fact(servers: str, topic: str) -> tuple[list[float], list[float]]:
    """Return ms from saying a fact to its acknowledgement, and to a waiting follower."""
    log = KafkaLog(servers)
    follower, publisher = await log.follower([topic]), await log.publisher()
    await follower.seek(await follower.ends())
    acked, seen = [], []
    for _ in range(SINGLES):
        waiting = asyncio.create_task(follower.batch(wait=10))
        await asyncio.sleep(0.002)
        began = time.perf_counter()
        await publisher.publish([Record(topic, b"C1", b"x" * 200, HEADERS)])
        acked.append((time.perf_counter() - began) * 1000)
        await waiting
        seen.append((time.perf_counter() - began) * 1000)
    await log.close()
    return acked, seen


async def measure(servers: str, headers: tuple[tuple[str, bytes], ...]) -> Figures:
    figures: Figures = {}
    log = KafkaLog(servers)
    for turn in range(ROUNDS):
        for name, publish in PUBLISHERS.items():
            topic = f"bench.{len(headers)}.{turn}.{publish.__name__}"
            await log.create([TopicSpec(topic)])
            batch = records(topic, headers)
            figures.setdefault(name, []).append(await timed(functools.partial(publish, servers, batch)))
        for name, follow in FOLLOWERS.items():
            figures.setdefault(name, []).append(await timed(functools.partial(follow, servers, topic)))
    await log.close()
    return figures


PUBLISHERS = {
    "publish, klantbus": publish_ours,
    "publish, confluent-kafka bare": publish_confluent,
    "publish, aiokafka send": publish_aiokafka,
    "publish, aiokafka batches by hand": publish_aiokafka_batches,
}
FOLLOWERS = {
    "follow, klantbus": follow_ours,
    "follow, confluent-kafka bare, all fields": functools.partial(follow_confluent, fields=all_fields),
    "follow, confluent-kafka bare, count": functools.partial(follow_confluent, fields=len),
    "follow, aiokafka bare, all fields": follow_aiokafka,
}
AGAINST = {"publish": "publish, confluent-kafka bare", "follow": "follow, confluent-kafka bare, all fields"}


def table(title: str, figures: Figures) -> None:
    medians = {
        name: Turn(
            statistics.median(turn.rate for turn in turns), statistics.median(turn.cpu for turn in turns)
        )
        for name, turns in figures.items()
    }
    print(f"\n{title}\n\n| what | records/s | of the bare client | µs CPU |\n|---|---:|---:|---:|")
    for name, (rate, cpu) in medians.items():
        against = medians[AGAINST[name.partition(",")[0]]].rate
        print(f"| {name} | {rate:,.0f} | {rate / against:.0%} | {cpu:.1f} |")


async def main(servers: str) -> None:
    print(f"{RECORDS:,} records of 200 bytes, {PARTITIONS} partitions, calls of {CALL:,}, {ROUNDS} rounds")
    table(f"With {len(HEADERS)} headers, as on the bus", await measure(servers, HEADERS))
    table("Without headers", await measure(servers, ()))
    log = KafkaLog(servers)
    await log.create([TopicSpec("bench.one")])
    await log.close()
    acked, seen = (sorted(times) for times in await one_fact(servers, "bench.one"))
    print("\nOne fact at a time\n\n| what | p50 ms | p99 ms |\n|---|---:|---:|")
    for name, times in (("said to acknowledged", acked), ("said to followed", seen)):
        print(f"| {name} | {times[len(times) // 2]:.1f} | {times[int(len(times) * 0.99)]:.1f} |")


if __name__ == "__main__":
    with broker() as address:
        asyncio.run(main(address))
