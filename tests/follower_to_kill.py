"""A projector, a publisher or a slow reader in a process of its own, so that tests can kill it."""

import asyncio
import sys
from collections import deque
from contextlib import suppress
from functools import partial
from pathlib import Path

import duckdb
from busy_week import Week
from read_side import publish
from waiting import until_it

import projections
from klantbus.bus.open import open_log
from projections.errors import NoEdition
from projections.projector import Pace, latest_edition, project


async def project_for_ever(url, place):
    log = await open_log(url)
    await project(log, Path(place), asyncio.Event(), pace=Pace(pause=0.02, spare=0))


def newer(place, number):
    """The newest edition, where it is newer than that."""
    edition = latest_edition(Path(place))
    return edition if edition is not None and edition.number > number else None


async def read_for_ever(place):
    """Hold the last few editions open, so that the next one cannot be made out of them but of a spare."""
    held, number = deque(maxlen=4), -1
    while edition := await until_it(partial(newer, place, number), seconds=3600, every=0.05):
        with suppress(duckdb.IOException, NoEdition):  # it was retired just then
            held.append(projections.connect(place))
            number = edition.number


async def publish_for_ever(url, seed, place):
    """Publish a busy week, some facts whenever an edition came; say after each how many records there are."""
    log = await open_log(url)
    week, told, number = Week(int(seed)), 0, -1
    while True:
        records = week.go_on(20)
        await publish(log, records[told:])
        told = len(records)
        print(told, flush=True)  # noqa: T201  what it says to the test
        number = (await until_it(partial(newer, place, number), seconds=3600)).number


if __name__ == "__main__":
    work = {"project": project_for_ever, "publish": publish_for_ever, "read": read_for_ever}[sys.argv[1]]
    asyncio.run(work(*sys.argv[2:]))
