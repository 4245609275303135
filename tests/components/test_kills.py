"""kill -9 at random points: what was acknowledged is there, once per id, in order per customer.

This proves that a killed process takes nothing with it. It says nothing of a power cut: for that the journal
and the outbox ask the disk for one fsync per batch.
"""

import asyncio
import os
import random
import sys
from itertools import groupby
from pathlib import Path

import pytest

from klantbus.bus.journal import Journal
from klantbus.bus.outbox import Outbox
from klantbus.bus.ports import TopicSpec

pytestmark = pytest.mark.slow

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "20"))
TOPIC = "klantbus.events.sales"
BATCH = 7
CUSTOMERS = 5
ACTORS = Path(__file__).with_name("killed.py")


@pytest.fixture
def files(tmp_path):
    return str(tmp_path / "bus.journal"), str(tmp_path / "sales.outbox")


@pytest.fixture
async def journal(files):
    journal = Journal(files[0])
    await journal.create([TopicSpec(TOPIC)])
    yield journal
    await journal.close()


async def killed(actor, files, cycle, chance):
    """Start `actor`, kill it after some of its acknowledgements, and return all that it gave."""
    command = [str(ACTORS), actor, *files, str(cycle), str(BATCH), str(CUSTOMERS)]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    lines = [await process.stdout.readline() for _ in range(chance.randint(1, 40))]
    await asyncio.sleep(chance.uniform(0, 0.02))  # the random point, not a wait for anything
    process.kill()
    lines += (await process.stdout.read()).splitlines()
    await process.wait()
    return [line.strip().decode() for line in lines if line.strip()]


async def followed(journal):
    """Return everything in the journal as (customer, id) in order."""
    follower, told = await journal.follower([TOPIC]), []
    while records := (await follower.batch(wait=0)).records:
        told += [(record.key, record.value.decode()) for record in records]
    return told


def place_in_line(told_id):
    cycle, number = told_id.split("-")
    return int(cycle), int(number)


def in_order(told):
    lines = {}
    for customer, told_id in told:
        lines.setdefault(customer, []).append(place_in_line(told_id))
    return all(line == sorted(line) for line in lines.values())


async def test_a_killed_appender_loses_nothing_that_was_acknowledged(journal, files):
    chance, acked, live = random.Random(20261123), [], await journal.follower([TOPIC])  # noqa: S311  chance, no secret
    seen = []
    for cycle in range(CYCLES):
        acked += await killed("append", files, cycle, chance)
        seen += [record.value.decode() for record in (await live.batch(wait=0)).records]
    told = await followed(journal)
    ids = [told_id for _, told_id in told]
    assert len(acked) >= CYCLES * BATCH
    assert set(acked) <= set(ids)
    assert len(ids) == len(set(ids))
    assert in_order(told)
    assert sorted(seen) == sorted(ids)


async def test_a_batch_of_a_killed_appender_is_there_whole_or_not_at_all(journal, files):
    chance = random.Random(7)  # noqa: S311  chance, no secret
    for cycle in range(min(CYCLES, 5)):
        await killed("append", files, cycle, chance)
    places = sorted(place_in_line(told_id) for _, told_id in await followed(journal))
    for _, batch in groupby(places, key=lambda place: (place[0], place[1] // BATCH)):
        assert len(list(batch)) == BATCH


async def test_a_killed_shipper_loses_nothing_that_the_outbox_took_and_repeats_only_by_id(journal, files):
    chance, acked = random.Random(3), []  # noqa: S311  chance, no secret
    for cycle in range(CYCLES):
        acked += await killed("ship", files, cycle, chance)
    outbox = Outbox(files[1])
    await outbox.ship(await journal.publisher())
    assert await outbox.waiting() == 0
    await outbox.close()
    assert len(acked) >= CYCLES * BATCH
    first_times = list(dict.fromkeys(await followed(journal)))
    assert set(acked) <= {told_id for _, told_id in first_times}
    assert in_order(first_times)
