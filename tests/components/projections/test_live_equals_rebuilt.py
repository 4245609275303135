"""Whatever the batches and however the lanes were read between each other: the same tables, by hash."""

import asyncio
import random
import uuid
from dataclasses import replace

import duckdb
import pytest
from busy_week import busy_week
from read_side import TOPICS, projecting, publish, taken

from klantbus.bus.journal import Journal
from klantbus.bus.open import open_log
from projections.editions import current_edition, wait_for
from projections.hashes import differences, fingerprints
from projections.projector import TOPICS as FOLLOWED
from projections.projector import Pace
from projections.rebuild import compared, rebuild
from projections.rebuilt import workshop

DAY = 86_400_000_000


def interleaved(records, seed):
    """The same lanes, each in its own order, read between each other otherwise, in batches of any size."""
    chance = random.Random(seed)  # noqa: S311  a seed, no secret
    lanes = {}
    for record in records:
        lanes.setdefault(record[0].topic, []).append(record)
    mixed = []
    while lanes:
        topic = chance.choice(sorted(lanes))
        mixed.append(lanes[topic].pop(0))
        if not lanes[topic]:
            del lanes[topic]
    while mixed:
        size = chance.choice([1, 2, 7, 40, 200])
        yield mixed[:size]
        mixed = mixed[size:]


def prints(store):
    found = fingerprints(store._con)
    store.close()
    return found


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))]
)
def test_any_interleaving_of_lanes_in_batches_of_any_size_ends_in_the_same_tables(tmp_path, seed):
    records = busy_week(seed)
    at_once = prints(taken(tmp_path / "once", records))
    mixed = prints(taken(tmp_path / "mixed", *interleaved(records, seed + 100)))
    assert differences(at_once, mixed) == ()
    assert at_once["klantbus.event_log"][0] > 50
    assert at_once["personal.event_text"][0] > 10


def test_batches_that_come_again_after_a_crash_change_nothing(tmp_path):
    records = busy_week(7)
    batches = list(interleaved(records, 7))
    again = [each for batch in batches for each in (batch, batch)]
    assert (
        differences(prints(taken(tmp_path / "one", *batches)), prints(taken(tmp_path / "two", *again))) == ()
    )


def test_a_hash_sees_one_changed_letter_and_one_row_twice(tmp_path):
    store = taken(tmp_path / "store", busy_week(1))
    before = fingerprints(store._con)
    store._con.execute(
        "UPDATE contact SET topic = topic || '!' WHERE event_id = (SELECT min(event_id) FROM contact)"
    )
    store._con.execute("INSERT INTO invoice FROM invoice LIMIT 2")
    changed = differences(before, fingerprints(store._con))
    store.close()
    assert changed == ("klantbus.contact", "klantbus.invoice")


async def live_beside_rebuilt(log, place, records, prefix=""):
    async with projecting(log, place, prefix=prefix):
        places = []
        for start in range(0, len(records), 30):
            places += await publish(log, records[start : start + 30], prefix)
        await asyncio.to_thread(wait_for, place, places, timeout=60)
    compared = await rebuild(log, place, lambda _: None, topics=[prefix + topic for topic in FOLLOWED])
    assert compared is not None
    assert compared.different == ()
    assert sum(rows for rows, *_ in compared.rebuilt.values()) > 100
    assert current_edition(place).as_of is not None


async def test_live_equals_rebuilt_on_the_journal(log, tmp_path):
    await live_beside_rebuilt(log, tmp_path / "projections", busy_week(3))


async def test_what_is_read_while_a_batch_goes_in_goes_in_together_and_ends_in_the_same_tables(log, tmp_path):
    records = busy_week(5, 600)
    places = await publish(log, records)
    place = tmp_path / "projections"
    async with projecting(log, place, Pace(pause=0.02, limit=25, most=75, print_behind=60.0)):
        await asyncio.to_thread(wait_for, place, places, timeout=60)
    batches = current_edition(place).number
    assert len(records) / 75 <= batches < len(records) / 25
    assert (await rebuild(log, place, lambda _: None)).different == ()


@pytest.mark.kafka
async def test_live_equals_rebuilt_on_kafka(kafka_bootstrap, tmp_path):
    prefix = f"t{uuid.uuid4().hex[:8]}."
    log = await open_log(f"kafka://{kafka_bootstrap}")
    await log.create([replace(topic, name=prefix + topic.name, partitions=3) for topic in TOPICS])
    try:
        await live_beside_rebuilt(log, tmp_path / "projections", busy_week(4), prefix)
    finally:
        await log.close()


async def test_what_the_log_has_forgotten_is_told_and_is_no_difference(tmp_path):
    clock = [0]
    log = Journal(str(tmp_path / "journal.sqlite"), now=lambda: clock[0])
    await log.create([replace(topic, retention_days=7) for topic in TOPICS])
    records = busy_week(6)
    async with projecting(log, tmp_path / "p"):
        first = await publish(log, records[:60])
        clock[0] += 10 * DAY
        second = await publish(log, records[60:])
        await asyncio.to_thread(wait_for, tmp_path / "p", [*first, *second], timeout=60)
    assert await log.expire(clock[0]) == 60
    beside = await rebuild(log, tmp_path / "p", lambda _: None)
    assert beside.different == ()
    assert {lane.topic for lane in beside.forgotten} > {"klantbus.events.telephony", "klantbus.verdicts"}
    assert beside.live["klantbus.event_log"][0] > 20

    edition = current_edition(tmp_path / "p")
    edition.main.chmod(0o644)
    with duckdb.connect(edition.main) as con:
        con.execute('DELETE FROM event_log WHERE "offset" = (SELECT max("offset") FROM event_log)')
    again = compared(edition, workshop(tmp_path / "p"), beside.forgotten)
    assert again.different == ("klantbus.event_log",)
    await log.close()
