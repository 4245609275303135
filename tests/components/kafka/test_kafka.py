"""What Kafka does beyond the contract that both logs keep (tests/contracts)."""

import asyncio
import contextlib
import socket
import struct

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from apps.broker.node import free_port
from klantbus.bus.clock import now_micros, steady
from klantbus.bus.errors import LogUnavailable, Misuse, TopicRefused, UnknownTopic
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import Lane, Record, TopicSpec

pytestmark = pytest.mark.kafka


@pytest.fixture
def admin(kafka_bootstrap):
    """Kafka's own hand, for what no part of ours ever does."""
    return AdminClient({"bootstrap.servers": kafka_bootstrap})


async def publish(log, topic, values):
    publisher = await log.publisher()
    places = await publisher.publish([Record(topic, b"C1", value) for value in values])
    await publisher.close()
    return places


async def read(follower, count):
    records = []
    async with asyncio.timeout(20):
        while len(records) < count:
            records += (await follower.batch(wait=0.5)).records
    return [record.value for record in records]


async def test_what_came_while_a_caller_gave_up_is_there_for_the_next(log, topic):
    follower = await log.follower([topic])
    seen = []
    for number in range(30):
        waiting = asyncio.create_task(follower.batch(wait=5))
        await publish(log, topic, [b"%d" % number])
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            seen += [record.value for record in (await waiting).records]
    seen += await read(follower, 30 - len(seen))
    assert seen == [b"%d" % number for number in range(30)]


async def test_what_was_fetched_beside_the_news_that_a_topic_is_gone_is_there_for_the_next_batch(
    log, topic, admin
):
    gone = f"{topic}.gone"
    await log.create([TopicSpec(gone)])
    await publish(log, topic, [b"%d" % number for number in range(300)])
    follower, witness = [await log.follower([topic, gone]) for _ in range(2)]
    [answer] = admin.delete_topics([gone]).values()
    answer.result(20)
    seen = []
    with pytest.raises(UnknownTopic):
        await read_on(witness, [])  # by now, most likely, the news waits among records for the other too
    with pytest.raises(UnknownTopic):
        await read_on(follower, seen)
    async with asyncio.timeout(20):
        while len(seen) < 300:
            seen += (await follower.batch(wait=0.5)).records
    assert [record.value for record in seen] == [b"%d" % number for number in range(300)]


async def read_on(follower, seen):
    """Read into `seen` until something is raised."""
    async with asyncio.timeout(60):
        while True:
            seen += (await follower.batch(wait=0.5)).records


async def test_a_seek_need_not_wait_for_a_batch_that_waits(log, topic):
    await publish(log, topic, [b"1", b"2"])
    follower = await log.follower([topic])
    assert await read(follower, 2) == [b"1", b"2"]
    waiting = asyncio.create_task(follower.batch(wait=60))
    await asyncio.sleep(0)
    began = steady()
    await follower.seek(dict.fromkeys(follower.positions(), 0))
    assert steady() - began < 10
    found = list((await waiting).records)
    assert [record.value for record in found] + await read(follower, 2 - len(found)) == [b"1", b"2"]


async def test_a_waiting_follower_wakes_long_before_its_wait_is_over(log, topic):
    follower = await log.follower([topic])
    waiting = asyncio.create_task(follower.batch(wait=60))
    began = steady()
    await publish(log, topic, [b"1"])
    assert [record.value for record in (await waiting).records] == [b"1"]
    assert steady() - began < 10


async def test_a_follower_starts_at_what_retention_has_left(log, topic, admin):
    places = await publish(log, topic, [b"gone", b"gone too", b"here"])
    lane = places[0].partition
    [answer] = admin.delete_records([TopicPartition(topic, lane, 2)]).values()
    answer.result(10)
    follower = await log.follower([topic], start={Lane(topic, lane): 0})
    assert follower.positions()[Lane(topic, lane)] == 2
    assert await read(follower, 1) == [b"here"]


async def test_the_append_time_is_the_brokers(log, topic):
    before = now_micros() - 1_000_000
    await publish(log, topic, [b"1"])
    follower = await log.follower([topic])
    [record] = (await follower.batch(wait=10)).records
    assert before < record.appended < now_micros() + 1_000_000
    assert record.appended % 1000 == 0


async def test_a_pattern_lets_go_of_a_topic_that_was_removed(log, topic, admin):
    stem = topic.removesuffix(topic[-1])
    follower = await log.follower([f"{stem}*"])
    assert {lane.topic for lane in follower.positions()} == {topic}
    [answer] = admin.delete_topics([topic]).values()
    answer.result(10)
    async with asyncio.timeout(20):
        while follower.positions():
            await follower.batch(wait=0.1)


async def test_positions_without_a_group_have_nowhere_to_be_kept(log, topic):
    follower = await log.follower([topic])
    with pytest.raises(Misuse, match="no group"):
        await follower.keep(follower.positions())


async def test_a_topic_that_kafka_will_not_make_is_refused_with_its_reason(log):
    with pytest.raises(TopicRefused, match="refuses to make no good name!"):
        await log.create([TopicSpec("no good name!")])


async def test_kafkas_own_topics_are_not_among_ours(log, topic):
    assert all(not name.startswith("__") for name in await log.topics())


@pytest.fixture
def nobody():
    """An address where nobody answers."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def mute():
    """An address where somebody takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
async def babbler():
    """An address where somebody answers every question with nonsense of the right length."""

    lines = []

    async def babble(reader, writer):
        lines.append(writer)
        while size := await reader.read(4096):
            writer.write(struct.pack(">i", 64) + bytes(len(size) % 256 for _ in range(64)))

    server = await asyncio.start_server(babble, "127.0.0.1", free_port())
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    server.close()
    for writer in lines:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in lines), return_exceptions=True)


@pytest.mark.parametrize("who", ["nobody", "mute", "babbler"])
async def test_a_kafka_that_does_not_answer_is_weather_within_our_patience(who, nobody, mute, babbler):
    log = KafkaLog({"nobody": nobody, "mute": mute, "babbler": babbler}[who], patience=1.0)
    began = steady()
    with pytest.raises(LogUnavailable):
        await log.topics()
    with pytest.raises(LogUnavailable):
        await log.create([TopicSpec("x")])
    publisher = await log.publisher()
    with pytest.raises(LogUnavailable):
        await publisher.publish([Record("x", b"C1", b"1")])
    with pytest.raises(LogUnavailable):
        await log.follower(["x"])
    await log.close()
    assert steady() - began < 20


async def test_a_bug_in_what_is_handed_over_reaches_the_caller_and_the_next_call_works(log, topic):
    publisher = await log.publisher()
    with pytest.raises(TypeError):
        await publisher.publish([Record(topic, b"C1", b"1", (("odd", 5),))])
    assert len(await publisher.publish([Record(topic, b"C1", b"1")])) == 1
