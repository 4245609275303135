"""Puts events into a real Kafka: the mix of bench/judge.py as if the last 28 days had been told at once."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import judge
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from klantbus.bus.ports import PARTITIONS, Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import topic_of
from klantbus.domain import events as e
from klantbus.domain.micros import micros

EVERYTHING = "bench.events"
"""The same records in one topic, for peers that do not merge departments by append time."""
DEPARTMENTS = ("sales", "logistics", "finance", "service")
Told = tuple[Record, int]


def make_topics(broker: str, names: Iterable[str], *, stamps: str) -> None:
    """Make topics whose records carry the producer's time (CreateTime) or the log's (LogAppendTime)."""
    config = {"message.timestamp.type": stamps, "retention.ms": "-1"}
    new = [NewTopic(name, PARTITIONS, 1, config=config) for name in names]
    admin = AdminClient({"bootstrap.servers": broker})
    for answer in admin.create_topics(new).values():
        answer.result(30)


def event_topics() -> list[str]:
    return [topic_of(department) for department in DEPARTMENTS]


def month(customers: int, events: int) -> Iterator[Told]:
    """Yield a company's last four weeks as records, each with its publication (µs)."""
    judge.START = datetime.now(UTC) - timedelta(days=28)
    maker = judge.Maker(customers, events)
    for done in range(0, events, judge.CHUNK):
        for fact, told in maker.facts(min(judge.CHUNK, events - done)):
            yield record_of(fact, topic_of(fact.department)), told


def promise(number: int, customer: str, due: datetime) -> Told:
    """Return a callback promised now, due at `due`."""
    now = datetime.now(UTC)
    name = f"P{uuid4().hex}"
    data = e.PromiseMade(
        promise_id=name,
        kind=e.PromiseKind.CALLBACK,
        made_by="sales",
        performer="sales",
        topic="quote",
        due=e.DueAt(at=due),
        as_said="then",
    )
    said = judge.fact_of(number, customer, "sales", now, data)
    return record_of(said, topic_of("sales")), micros(now)


def publish(broker: str, told: Iterable[Told], *also: str) -> int:
    """Publish records with their own stamps, and again to the topics `also`; return how many."""
    wishes = {"linger.ms": 5, "partitioner": "murmur2_random", "queue.buffering.max.messages": 1_000_000}
    producer = Producer({"bootstrap.servers": broker, **wishes})
    count = 0
    for count, (record, at) in enumerate(told, start=1):
        for topic in (record.topic, *also):
            producer.produce(topic, record.value, record.key, headers=[*record.headers], timestamp=at // 1000)
        if count % 1000 == 0:
            producer.poll(0)
        while len(producer) > 200_000:
            producer.poll(0.1)
    producer.flush()
    return count
