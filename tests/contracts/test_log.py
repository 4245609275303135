"""The one contract of the log: what is published, and topics; test_following.py has the reader's side.

What stands above the ports leans on these sentences and on nothing else.
"""

import asyncio
import itertools
import uuid

import pytest
from contracts.said_and_read import by_customer, publish, read, read_all, said

from klantbus.bus.errors import RecordTooLarge, UnknownTopic
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import LIMIT_BYTES, PARTITIONS, Place, Record, TopicSpec


async def test_what_was_published_is_followed_once_and_in_order_per_customer(log, topic):
    await publish(log, said(topic, 1000))
    lines = by_customer(await read_all(log, topic, 1000))
    assert sum(map(len, lines.values())) == 1000
    assert all(line == sorted(line) for line in lines.values())


async def test_a_publisher_keeps_the_order_of_its_calls(log, topic):
    publisher = await log.publisher()
    records = said(topic, 50, customers=1)
    await asyncio.gather(*(publisher.publish([record]) for record in records))
    assert by_customer(await read_all(log, topic, 50)) == {b"C0": list(range(50))}


async def test_the_places_returned_are_where_the_records_stand(log, topic):
    records = said(topic, 100)
    places = await publish(log, records)
    found = {Place(r.topic, r.partition, r.offset): r.value for r in await read_all(log, topic, 100)}
    assert found == {place: record.value for place, record in zip(places, records, strict=True)}


async def test_offsets_count_up_by_one_in_each_lane(log, topic):
    lanes = {}
    for place in await publish(log, said(topic, 200)):
        lanes.setdefault(place.partition, []).append(place.offset)
    assert all(offsets == list(range(len(offsets))) for offsets in lanes.values())


async def test_key_value_and_headers_come_back_as_they_were(log, topic):
    headers = (("ce_id", b"1"), ("ce_id", b"twice"), ("empty", b""), ("bytes", bytes(range(256))))
    await publish(log, [Record(topic, b"C1", b"\x00\x01value", headers)])
    [record] = await read_all(log, topic, 1)
    assert (record.key, record.value, record.headers) == (b"C1", b"\x00\x01value", headers)


@pytest.mark.parametrize(
    ("key", "value"), [(None, b"x"), (b"C1", None), (None, None), (b"", b""), (b"C1", b"")]
)
async def test_nothing_at_all_is_told_from_something_empty(log, topic, key, value):
    await publish(log, [Record(topic, key, value)])
    [record] = await read_all(log, topic, 1)
    assert (record.key, record.value, record.headers) == (key, value, ())


async def test_a_customer_always_lands_in_the_partition_that_kafkas_java_client_would_take(log, topic):
    records = [Record(topic, b"customer-%d" % number, b"") for number in range(300)]
    places = await publish(log, records)
    assert [place.partition for place in places] == [partition_of(record.key) for record in records]


async def test_a_record_without_a_key_goes_to_partition_0(log, topic):
    places = await publish(log, [Record(topic, None, b"1"), Record(topic, None, b"2")])
    assert [place.partition for place in places] == [0, 0]


async def test_append_times_never_run_backwards_in_a_lane(log, topic):
    for start in range(0, 60, 20):
        await publish(log, said(topic, 20, customers=3, start=start))
    records = sorted(await read_all(log, topic, 60), key=lambda record: (record.partition, record.offset))
    for _, lane in itertools.groupby(records, key=lambda record: record.partition):
        times = [record.appended for record in lane]
        assert times == sorted(times)
    assert min(record.appended for record in records) > 1_600_000_000_000_000


async def test_publishing_nothing_returns_no_places(log):
    assert list(await publish(log, [])) == []


async def test_one_call_may_name_several_topics(log, new_topic):
    one, two = await new_topic(), await new_topic()
    places = await publish(log, [Record(one, b"C1", b"1"), Record(two, b"C1", b"2")])
    assert [place.topic for place in places] == [one, two]
    assert [record.value for record in await read_all(log, two, 1)] == [b"2"]


async def test_an_unknown_topic_is_refused_before_anything_is_sent(log, topic):
    with pytest.raises(UnknownTopic, match="klantbus topic apply"):
        await publish(log, [Record(topic, b"C1", b"1"), Record(f"no.{uuid.uuid4().hex}", b"C1", b"2")])
    follower = await log.follower([topic])
    assert set((await follower.ends()).values()) == {0}


async def test_a_record_over_the_limit_is_refused_before_anything_is_sent(log, topic):
    with pytest.raises(RecordTooLarge):
        await publish(log, [Record(topic, b"C1", b"1"), Record(topic, b"C1", b"x" * (LIMIT_BYTES + 1))])
    follower = await log.follower([topic])
    assert set((await follower.ends()).values()) == {0}


async def test_a_record_at_the_limit_is_taken(log, topic):
    value = b"x" * (LIMIT_BYTES - len(b"C1"))
    await publish(log, [Record(topic, b"C1", value)])
    assert [record.value for record in await read_all(log, topic, 1)] == [value]


async def test_a_wider_publisher_takes_a_larger_record(log, topic):
    publisher = await log.publisher(limit=2 * LIMIT_BYTES)
    value = b"x" * (LIMIT_BYTES + 1)
    await publisher.publish([Record(topic, b"C1", value)])
    assert [record.value for record in await read_all(log, topic, 1)] == [value]


async def test_making_a_topic_twice_leaves_it_as_it_is(log, new_topic):
    name = await new_topic()
    await publish(log, said(name, 3))
    assert list(await log.create([TopicSpec(name)])) == []
    assert len(await read_all(log, name, 3)) == 3
    assert (await log.topics())[name] == PARTITIONS


async def test_only_the_names_that_were_made_are_returned(log, topic):
    other = f"test.{uuid.uuid4().hex[:12]}"
    assert list(await log.create([TopicSpec(topic), TopicSpec(other)])) == [other]


async def test_many_publishers_and_followers_at_once_lose_nothing(log, topic):
    async def state(who):
        publisher = await log.publisher()
        for step in range(5):
            await publisher.publish([Record(topic, b"C%d" % who, b"%d" % (step * 10 + n)) for n in range(10)])

    followers = [await log.follower([topic]) for _ in range(3)]
    readings = [asyncio.create_task(read(follower, 200)) for follower in followers]
    await asyncio.gather(*(state(who) for who in range(4)))
    for reading in readings:
        lines = by_customer(await reading)
        assert lines == {b"C%d" % who: list(range(50)) for who in range(4)}


async def test_closing_twice_does_no_harm(log, topic):
    publisher, follower = await log.publisher(), await log.follower([topic])
    for thing in (publisher, follower, log):
        await thing.close()
        await thing.close()
