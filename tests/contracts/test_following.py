"""The contract of the log, for who follows it: positions, groups, patterns, waiting."""

import asyncio
import uuid

import pytest
from contracts.said_and_read import PATIENCE, publish, read, read_all, said

from klantbus.bus.errors import UnknownTopic
from klantbus.bus.ports import PARTITIONS, Lane, Record


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
