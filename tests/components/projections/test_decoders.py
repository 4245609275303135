"""Large batches decoded by several processes are the same rows in the same order."""

from busy_week import busy_week
from read_side import reached

from klantbus.bus.codec import encode
from klantbus.bus.ports import Batch, Stored
from projections.decoders import WORTH_IT, Decoders, decoded


def a_large_batch():
    records = [
        stored._replace(value=encode(fact)[0], headers=encode(fact)[1]) for stored, fact in busy_week(9, 100)
    ]
    records.insert(7, Stored("klantbus.events.sales", 0, 10**6, 1, b"C1", b"nobody can read this", ()))
    times = WORTH_IT // len(records) + 1
    return Batch(records * times, reached((record, None) for record in records))


async def test_several_processes_decode_to_the_same_rows_in_the_same_order():
    batch = a_large_batch()
    async with Decoders(2) as decoders:
        apart = await decoders.decoded(batch)
        again = await decoders.decoded(batch)
    here = decoded(batch)
    assert apart.facts.facts.equals(here.facts.facts)
    assert apart.facts.unreadable.equals(here.facts.unreadable)
    assert again.facts.facts.num_rows == here.facts.facts.num_rows
    assert apart.facts.unreadable.num_rows > 1


async def test_a_decoder_that_dies_is_done_without():
    batch = a_large_batch()
    async with Decoders(2) as decoders:
        await decoders.decoded(batch)
        decoders._running[0].kill()
        after = await decoders.decoded(batch)
    assert after.facts.facts.num_rows == decoded(batch).facts.facts.num_rows
