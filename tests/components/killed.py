"""Actors that are killed by `test_kills.py`. They write an id on stdout once it was acknowledged."""

import asyncio
import itertools
import os
import sys

from klantbus.bus.journal import Journal
from klantbus.bus.outbox import Outbox
from klantbus.bus.ports import Record

TOPIC = "klantbus.events.sales"


def batches(cycle: str, size: int, customers: int):
    for start in itertools.count(0, size):
        ids = [f"{cycle}-{number}" for number in range(start, start + size)]
        yield (
            ids,
            [Record(TOPIC, b"C%d" % (int(each.split("-")[1]) % customers), each.encode()) for each in ids],
        )


def acknowledge(ids: list[str]) -> None:
    os.write(1, "".join(f"{each}\n" for each in ids).encode())


async def append(journal: Journal, _: Outbox, work) -> None:
    publisher = await journal.publisher()
    for ids, records in work:
        await publisher.publish(records)
        acknowledge(ids)


async def ship(journal: Journal, outbox: Outbox, work) -> None:
    shipping = asyncio.create_task(outbox.keep_shipping(await journal.publisher()))
    for ids, records in work:
        await outbox.put(records)
        acknowledge(ids)
    await shipping


async def main(actor: str, journal: str, outbox: str, cycle: str, size: str, customers: str) -> None:
    work = batches(cycle, int(size), int(customers))
    await {"append": append, "ship": ship}[actor](Journal(journal), Outbox(outbox), work)


asyncio.run(main(*sys.argv[1:]))
