"""A rebuild reads as far as it was told, however much it reads and takes in at once."""

import asyncio

import duckdb
import pytest
from busy_week import busy_week
from read_side import publish

from klantbus.bus.ports import Lane
from projections.editions import after
from projections.rebuild import build, ends_of
from projections.store import MAIN


def held(folder):
    """Where a rebuilt file says it stands in each lane, and how many facts it has."""
    with duckdb.connect(folder / MAIN, read_only=True) as con:
        rows = con.execute("SELECT topic, partition, next FROM position WHERE next > 0").fetchall()
        count = con.execute("SELECT count(*) FROM event_log").fetchall()[0][0]
    return {Lane(topic, partition): at for topic, partition, at in rows}, count


@pytest.fixture
async def told(log):
    """The places of a busy week in the log, in the order of their lanes."""
    return await publish(log, busy_week(4, 80))


async def test_a_rebuild_to_the_end_has_everything_and_says_where_lanes_begin(log, told, tmp_path):
    read = []
    begins = await build(log, tmp_path / "new", await ends_of(log), read.append)
    assert held(tmp_path / "new")[0] == after(told)
    assert sum(read) == len(told)
    assert {begins[Lane(place.topic, place.partition)] for place in told} == {0}


async def test_a_rebuild_stops_in_the_middle_of_a_lane_where_it_is_told(log, told, tmp_path):
    until = {lane: at // 2 for lane, at in (await ends_of(log)).items()}
    read = []
    await build(log, tmp_path / "half", until, read.append)
    lanes, count = held(tmp_path / "half")
    assert lanes == {lane: at for lane, at in until.items() if at}
    assert 0 < count <= sum(until.values()) == sum(read)


async def test_a_rebuild_of_an_empty_log_makes_empty_tables(log, tmp_path):
    await build(log, tmp_path / "none", await ends_of(log), lambda _: None)
    assert held(tmp_path / "none") == ({}, 0)


async def test_a_rebuild_that_is_given_up_reads_no_further(log, told, tmp_path):
    def refuse(_):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await build(log, tmp_path / "left", await ends_of(log), refuse)
    await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    assert told
