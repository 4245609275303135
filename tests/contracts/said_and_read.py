"""How a contract test says something on a log, and reads it back."""

import asyncio

from klantbus.bus.ports import Record

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
