"""What was parked is replayed or discarded, and what waited behind it goes on."""

from functools import partial

import pytest

from klantbus.bus.errors import UnknownParked, Unreadable
from klantbus.bus.parked import Mark, marker
from klantbus.bus.replay import discard, finish, replay, survey

from .conftest import meanwhile, read, standing


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
