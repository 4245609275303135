"""What nobody can read is put aside; the reader goes on, and only that customer's facts wait."""

from functools import partial

import pytest

from klantbus.bus.errors import LogUnavailable, TooManyParked, UnknownParked, Unreadable
from klantbus.bus.parked import Mark, Parked, from_stored, id_of, marker, place_of, to_record
from klantbus.bus.ports import Place, Record, Stored
from klantbus.bus.replay import discard, finish, replay, survey
from klantbus.bus.topics import PARKED

from .conftest import RUBBISH, meanwhile, read


async def standing(office):
    return [(one.id, one.mark, one.code) for one in (await survey(office.log)).standing()]


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


async def test_a_record_in_the_wrong_partition_is_parked(office, monkeypatch):
    _, record = office.record("1")
    monkeypatch.setattr(
        "klantbus.bus.journal.append.partition_of", lambda *_: 11
    )  # another hash than murmur2
    await office.publisher.publish([record])
    monkeypatch.undo()
    assert await read(await office.reader()) == []
    [(_, _, code)] = await standing(office)
    assert code == "wrong_partition"


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


async def test_corrected_bytes_go_on_and_then_all_that_waited(office):
    good, record = office.record("1")
    parked_id = await office.scribbles("1")
    waited = [await office.states("1") for _ in range(3)]
    reader = await office.reader()
    assert await read(reader) == []
    await replay(office.log, parked_id, by="cli", value=record.value)
    assert await read(reader) == [good, *waited]
    assert await standing(office) == []


async def test_bytes_that_still_cannot_be_read_are_not_replayed(office):
    parked_id = await office.scribbles("1")
    await read(await office.reader())
    for value in (None, b"\x00still rubbish"):
        with pytest.raises(Unreadable):
            await replay(office.log, parked_id, by="cli", value=value)
    assert [mark for _, mark, _ in await standing(office)] == [Mark.PARKED]


async def test_headers_that_disagreed_are_made_anew_from_the_value(office):
    good, record = office.record("1")
    await office.publisher.publish([record._replace(headers=(("ce_id", b"another"),))])
    reader = await office.reader()
    await read(reader)
    [parked] = (await survey(office.log)).standing()
    await replay(office.log, parked.id, by="cli", value=parked.original.value)
    assert await read(reader) == [good]


async def test_what_waited_goes_on_when_the_rubbish_is_discarded(office):
    parked_id = await office.scribbles("1", "tombstone")
    waited = await office.states("1")
    reader = await office.reader()
    await read(reader)
    assert [one.code for one in await discard(office.log, parked_id, by="cli")] == ["waiting"]
    assert await read(reader) == [waited]
    after = await office.states("1")
    assert await read(reader) == [after]


async def test_behind_two_pieces_of_rubbish_facts_wait_for_both(office):
    first, second = await office.scribbles("1"), await office.scribbles("1")
    waited = await office.states("1")
    reader = await office.reader()
    await read(reader)
    assert await discard(office.log, first, by="cli") == []
    assert await read(reader) == []
    await discard(office.log, second, by="cli")
    assert await read(reader) == [waited]


async def test_a_discarded_record_stays_discarded_for_a_reader_from_the_beginning(office):
    parked_id = await office.scribbles("1")
    await office.states("1")
    await read(await office.reader())
    [_, (waiting_id, _, _)] = await standing(office)
    await discard(office.log, waiting_id, by="cli")
    await discard(office.log, parked_id, by="cli")
    assert await read(await office.reader()) == []


async def test_a_reader_from_the_beginning_gets_what_another_had_to_wait_for_once_and_at_its_replay(office):
    parked_id = await office.scribbles("1")
    waited = await office.states("1")
    await read(await office.reader())
    await discard(office.log, parked_id, by="cli")
    batch = await (await office.reader("new")).batch()
    assert [(arrival.fact, arrival.place.offset) for arrival in batch.arrivals] == [(waited, 2)]


async def test_what_was_settled_before_or_never_parked_is_refused(office):
    parked_id = await office.scribbles("1")
    await read(await office.reader())
    await discard(office.log, parked_id, by="cli")
    with pytest.raises(UnknownParked, match="discarded before"):
        await discard(office.log, parked_id, by="cli")
    with pytest.raises(UnknownParked, match="nothing is parked"):
        await replay(office.log, "klantbus.events.sales:0:99", by="cli")
    with pytest.raises(UnknownParked, match="no parked id"):
        await replay(office.log, "number 7", by="cli")


async def test_a_fact_that_was_about_to_wait_goes_on_when_its_rubbish_is_settled_meanwhile(office):
    """The reader does not know yet that the root was settled when it writes that a fact waits."""
    parked_id = await office.scribbles("1")
    reader = await office.reader()
    await read(reader)
    late = await office.states("1")
    meanwhile(reader, partial(discard, office.log, parked_id, by="cli"))
    assert await read(reader) == [late]
    assert await standing(office) == []


async def test_what_a_broken_off_replay_left_is_finished_by_the_next_reader(office):
    parked_id = await office.scribbles("1")
    waited = await office.states("1")
    reader = await office.reader()
    await read(reader)
    found = (await survey(office.log)).find(parked_id)
    await office.publisher.publish([marker(found, Mark.DISCARDED, "cli")])  # and then the lights went out
    assert await read(reader) == []
    await office.reader("another")
    assert await read(reader) == [waited]
    assert await finish(office.log, by="cli") == []


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
