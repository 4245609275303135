"""What nobody can read is put aside; the reader goes on, and only that customer's facts wait."""

import sqlite3
from contextlib import closing

import pytest

from klantbus.bus.errors import LogUnavailable, TooManyParked
from klantbus.bus.journal import Journal
from klantbus.bus.parked import Mark, Parked, from_stored, id_of, place_of, to_record
from klantbus.bus.ports import Place, Record, Stored
from klantbus.bus.replay import survey
from klantbus.bus.topics import PARKED

from .conftest import RUBBISH, Office, read, standing

MOVE = """
UPDATE records SET place = (
    SELECT lane_id << 40 FROM lanes JOIN topics USING (topic_id) WHERE name = '{topic}' AND partition = 11
);
UPDATE lanes SET next_offset = partition = 11
WHERE topic_id = (SELECT topic_id FROM topics WHERE name = '{topic}');
"""


async def test_a_reader_gets_the_facts_in_order_with_their_place_and_time(office):
    facts = [await office.states("1") for _ in range(3)]
    batch = await (await office.reader()).batch()
    assert [arrival.fact for arrival in batch.arrivals] == facts
    assert [arrival.place.offset for arrival in batch.arrivals] == [0, 1, 2]
    assert batch.arrivals[0].published.tzinfo is not None


@pytest.mark.parametrize("code", RUBBISH)
async def test_rubbish_of_every_kind_is_parked_and_the_reader_goes_on(office, code):
    parked_id = await office.scribbles("1", code)
    fact = await office.states("2")
    assert await read(await office.reader()) == [fact]
    assert await standing(office) == [(parked_id, Mark.PARKED, code)]


async def test_a_record_in_the_wrong_partition_is_parked(tmp_path):
    log = Journal(str(tmp_path / "journal.sqlite"))
    office = await Office(log).open()
    _, record = office.record("1")
    [place] = await office.publisher.publish([record])
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as other, other:
        other.executescript(MOVE.format(**place._asdict()))  # as by a client with another hash than murmur2
    assert await read(await office.reader()) == []
    [(_, _, code)] = await standing(office)
    assert code == "wrong_partition"
    await log.close()


async def test_a_parked_record_keeps_its_bytes_headers_place_and_reason(office):
    _, record = office.record("1")
    await office.publisher.publish([RUBBISH["truncated"](record)])
    await read(await office.reader("projector"))
    [parked] = (await survey(office.log)).standing()
    assert parked.original.value == record.value[:20]
    assert parked.original.headers == record.headers
    assert (parked.code, parked.by) == ("truncated", "projector")
    assert parked.reason.startswith("the value ends")
    assert parked.original.appended > 0


async def test_later_facts_of_the_same_customer_wait_in_every_topic(office):
    before = await office.states("1")
    await office.scribbles("1")
    reader = await office.reader()
    assert await read(reader) == [before]
    await office.states("1", "finance")
    other = await office.states("2", "finance")
    assert await read(reader) == [other]
    assert [mark for _, mark, _ in await standing(office)] == [Mark.PARKED, Mark.WAITING]


async def test_facts_wait_behind_rubbish_in_the_same_batch(office):
    await office.scribbles("1")
    await office.states("1")
    assert await read(await office.reader()) == []


async def test_facts_still_wait_after_the_reader_started_again(office):
    await office.scribbles("1")
    reader = await office.reader()
    await read(reader)
    positions = reader.positions()
    await office.states("1")
    assert await read(await office.reader(start=positions)) == []


async def test_a_reader_that_starts_from_the_beginning_parks_nothing_twice(office):
    await office.scribbles("1")
    await office.states("1")
    await read(await office.reader())
    before = await standing(office)
    follower = await office.log.follower([PARKED])
    ends = await follower.ends()
    await read(await office.reader())
    assert (await standing(office), await follower.ends()) == (before, ends)


async def test_two_readers_park_a_record_once(office):
    one, two = await office.reader("projector"), await office.reader("streams")
    parked_id = await office.scribbles("1")
    await office.states("1")
    await read(one)
    await read(two)
    ids = [each for each, _, _ in await standing(office)]
    assert len(ids) == len(set(ids)) == 2
    assert parked_id in ids


async def test_when_parking_is_not_confirmed_the_same_records_come_again(office):
    parked_id = await office.scribbles("1")
    fact = await office.states("2")
    reader = await office.reader()
    publisher = reader._parking._publisher
    reader._parking._publisher = _Away()
    before = reader.positions()
    with pytest.raises(LogUnavailable):
        await reader.batch()
    assert reader.positions() == before
    reader._parking._publisher = publisher
    assert await read(reader) == [fact]
    assert [each for each, _, _ in await standing(office)] == [parked_id]


class _Away:
    async def publish(self, _):
        raise LogUnavailable("away")


async def test_a_run_of_rubbish_stops_the_reader_with_one_sentence(office):
    for number in range(20):
        await office.scribbles(str(number))
    reader = await office.reader(run_limit=20)
    with pytest.raises(TooManyParked, match="20 records in a row were unreadable, the last one"):
        await read(reader)
    assert await standing(office) == []


async def test_the_run_is_counted_over_batches(office):
    for number in range(20):
        await office.scribbles(str(number))
    reader = await office.reader(run_limit=20)
    with pytest.raises(TooManyParked):
        await read(reader, limit=3)


async def test_one_readable_fact_ends_the_run(office):
    for number in range(30):
        await office.scribbles("1")
        await office.states("2" if number % 2 else "1")
    reader = await office.reader(run_limit=3)
    assert len(await read(reader, limit=1)) == 15


async def test_rubbish_in_the_parked_topic_itself_stops_nobody(office):
    await office.publisher.publish(
        [Record(PARKED, b"1", b"x"), Record(PARKED, None, None, tuple(to_record(_parked()).headers[:3]))]
    )
    fact = await office.states("1")
    assert await read(await office.reader()) == [fact]


async def test_a_key_that_is_missing_blocks_nobody(office):
    _, record = office.record("1")
    await office.publisher.publish([record._replace(key=None)])
    fact = await office.states("2")
    assert await read(await office.reader()) == [fact]
    assert [code for _, _, code in await standing(office)] == ["wrong_key"]


async def test_seek_reads_again(office):
    fact = await office.states("1")
    reader = await office.reader()
    before = reader.positions()
    assert await read(reader) == [fact]
    await reader.seek(before)
    assert await read(reader) == [fact]


def _parked(value=b"x"):
    original = Stored("klantbus.events.sales", 3, 17, 1_700_000_000_000_000, b"1", value, (("a", b"b"),))
    return Parked(Mark.PARKED, original, "truncated", "a sentence", "projector")


def _stored(record):
    return Stored(record.topic, 3, 0, 0, record.key, record.value, record.headers)


def test_what_is_written_is_what_is_read():
    assert from_stored(_stored(to_record(_parked()))) == _parked()
    assert from_stored(_stored(to_record(_parked(value=None)))) == _parked(value=None)


def test_bytes_too_large_to_park_stay_where_they_are_and_the_parked_record_says_so():
    parked = from_stored(_stored(to_record(_parked(value=b"x" * 1_000_000))))
    assert (parked.whole, parked.original.value, parked.place) == (False, None, _parked().place)


def test_an_id_is_a_place_and_back():
    place = Place("klantbus.events.sales", 3, 17)
    assert place_of(id_of(place)) == place
