"""The one contract of the log. What stands above the ports leans on these sentences and on nothing else."""

import asyncio
import itertools
import uuid

import pytest

from klantbus.bus.errors import RecordTooLarge, UnknownTopic
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import LIMIT_BYTES, PARTITIONS, Lane, Place, Record, TopicSpec

PATIENCE = 20.0


def said(topic, count, customers=5, start=0):
    """Make `count` records, numbered, of a few customers in turn."""
    return [
        Record(topic, b"C%d" % (number % customers), b"%d" % number, (("ce_id", b"id-%d" % number),))
        for number in range(start, start + count)
    ]


async def publish(log, records):
    publisher = await log.publisher()
    places = await publisher.publish(records)
    await publisher.close()
    return places


async def read(follower, count):
    """Read until `count` records came, and then once more to see that it were not more."""
    records = []
    async with asyncio.timeout(PATIENCE):
        while len(records) < count:
            records += (await follower.batch(wait=0.5)).records
    return records


async def read_all(log, topic, count, **wishes):
    follower = await log.follower([topic], **wishes)
    records = await read(follower, count)
    await follower.close()
    return records


def by_customer(records):
    lines = {}
    for record in records:
        lines.setdefault(record.key, []).append(int(record.value))
    return lines


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


async def test_following_an_unknown_topic_is_refused(log):
    with pytest.raises(UnknownTopic):
        await log.follower([f"no.{uuid.uuid4().hex}"])


async def test_an_empty_batch_comes_when_nothing_was_said(log, topic):
    follower = await log.follower([topic])
    batch = await follower.batch(wait=0.05)
    assert list(batch.records) == []


async def test_a_waiting_follower_gets_what_is_published_meanwhile(log, topic):
    follower = await log.follower([topic])
    waiting = asyncio.create_task(read(follower, 1))
    await publish(log, said(topic, 1))
    assert [record.value for record in await waiting] == [b"0"]


async def test_a_batch_is_never_over_its_limit_and_nothing_falls_between_two(log, topic):
    await publish(log, said(topic, 95))
    follower = await log.follower([topic])
    seen = []
    while len(seen) < 95:
        records = (await follower.batch(limit=10)).records
        assert len(records) <= 10
        seen += [int(record.value) for record in records]
    assert sorted(seen) == list(range(95))


async def test_positions_after_a_batch_are_where_another_follower_goes_on(log, topic):
    await publish(log, said(topic, 60))
    first = await log.follower([topic])
    batch = await first.batch(limit=25)
    while not batch.records:
        batch = await first.batch(limit=25)
    rest = await read_all(log, topic, 60 - len(batch.records), start=batch.positions)
    numbers = sorted(int(record.value) for record in [*batch.records, *rest])
    assert numbers == list(range(60))


async def test_a_follower_knows_its_positions_lane_by_lane(log, topic):
    places = await publish(log, said(topic, 30))
    follower = await log.follower([topic])
    await read(follower, 30)
    positions = follower.positions()
    assert {lane.partition for lane in positions} == set(range(PARTITIONS))
    assert sum(positions.values()) == 30
    assert all(positions[Lane(place.topic, place.partition)] > place.offset for place in places)


async def test_the_ends_name_the_offset_that_the_next_record_gets(log, topic):
    follower = await log.follower([topic])
    before = await follower.ends()
    assert before == {Lane(topic, partition): 0 for partition in range(PARTITIONS)}
    [place] = await publish(log, said(topic, 1))
    assert (await follower.ends())[Lane(topic, place.partition)] == place.offset + 1


async def test_seek_reads_again_and_leaves_other_lanes_alone(log, topic):
    places = await publish(log, said(topic, 40))
    follower = await log.follower([topic])
    await read(follower, 40)
    lane = Lane(topic, places[0].partition)
    before = dict(follower.positions())
    await follower.seek({lane: 1})
    assert follower.positions() == {**before, lane: 1}
    again = await read(follower, before[lane] - 1)
    assert {record.partition for record in again} == {lane.partition}
    assert [record.offset for record in again] == list(range(1, before[lane]))


async def test_a_seek_before_the_first_batch_counts(log, topic):
    places = await publish(log, said(topic, 10, customers=1))
    follower = await log.follower([topic])
    await follower.seek({Lane(topic, places[0].partition): 7})
    assert [int(record.value) for record in await read(follower, 3)] == [7, 8, 9]


async def test_a_group_goes_on_where_it_kept_its_positions(log, topic):
    group = f"group-{uuid.uuid4().hex[:8]}"
    await publish(log, said(topic, 20, customers=1))
    follower = await log.follower([topic], group=group)
    await read(follower, 20)
    await follower.keep(follower.positions())
    await follower.close()
    await publish(log, said(topic, 5, customers=1, start=20))
    again = await read_all(log, topic, 5, group=group)
    assert [int(record.value) for record in again] == [20, 21, 22, 23, 24]


async def test_reading_alone_moves_no_kept_position(log, topic):
    group = f"group-{uuid.uuid4().hex[:8]}"
    await publish(log, said(topic, 10))
    assert len(await read_all(log, topic, 10, group=group)) == 10
    assert len(await read_all(log, topic, 10, group=group)) == 10


async def test_what_was_kept_can_be_asked_and_never_kept_lanes_are_absent(log, topic):
    follower = await log.follower([topic], group=f"group-{uuid.uuid4().hex[:8]}")
    assert await follower.kept() == {}
    await follower.keep({Lane(topic, 3): 17})
    assert await follower.kept() == {Lane(topic, 3): 17}


async def test_two_groups_keep_their_positions_apart(log, topic):
    one = await log.follower([topic], group=f"group-{uuid.uuid4().hex[:8]}")
    two = await log.follower([topic], group=f"group-{uuid.uuid4().hex[:8]}")
    await one.keep({Lane(topic, 0): 5})
    assert await two.kept() == {}


async def test_given_positions_win_from_kept_ones(log, topic):
    group = f"group-{uuid.uuid4().hex[:8]}"
    [place, *_] = await publish(log, said(topic, 10, customers=1))
    lane = Lane(topic, place.partition)
    follower = await log.follower([topic], group=group)
    await follower.keep({lane: 9})
    again = await read_all(log, topic, 8, group=group, start={lane: 2})
    assert [int(record.value) for record in again] == list(range(2, 10))


async def test_a_pattern_follows_all_topics_with_that_beginning_and_only_those(log, new_topic):
    stem = f"dept{uuid.uuid4().hex[:8]}"
    one, two, other = await new_topic(stem), await new_topic(stem), await new_topic("else")
    await publish(log, [Record(name, b"C1", name.encode()) for name in (one, two, other)])
    follower = await log.follower([f"{stem}.*"])
    assert {record.value.decode() for record in await read(follower, 2)} == {one, two}


async def test_a_pattern_finds_a_topic_that_is_made_later(log, new_topic):
    stem = f"dept{uuid.uuid4().hex[:8]}"
    follower = await log.follower([f"{stem}.*"])
    late = await new_topic(stem)
    await publish(log, said(late, 3))
    assert {record.topic for record in await read(follower, 3)} == {late}


async def test_wait_until_returns_the_ends_once_they_satisfy(log, topic):
    follower = await log.follower([topic])
    waiting = asyncio.create_task(
        follower.wait_until(lambda ends: sum(ends.values()) >= 3, timeout=PATIENCE),
    )
    await publish(log, said(topic, 3))
    assert sum((await waiting).values()) == 3


async def test_wait_until_gives_up_in_time(log, topic):
    follower = await log.follower([topic])
    with pytest.raises(TimeoutError):
        await follower.wait_until(lambda _: False, timeout=0.1)


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
