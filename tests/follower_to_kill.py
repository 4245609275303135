"""A projector, or a publisher, in a process of its own, so that tests can kill it."""

import asyncio
import sys
from pathlib import Path

from busy_week import Week
from read_side import publish

from klantbus.bus.open import open_log
from projections.projector import Pace, project


async def project_for_ever(url, place):
    log = await open_log(url)
    await project(log, Path(place), asyncio.Event(), pace=Pace(pause=0.02))


async def publish_for_ever(url, seed):
    """Publish a busy week, some facts at a time; say after each how many records are in the log."""
    log = await open_log(url)
    week, told = Week(int(seed)), 0
    while True:
        records = week.go_on(20)
        await publish(log, records[told:])
        told = len(records)
        print(told, flush=True)  # noqa: T201  what it says to the test
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    work = {"project": project_for_ever, "publish": publish_for_ever}[sys.argv[1]]
    asyncio.run(work(*sys.argv[2:]))
