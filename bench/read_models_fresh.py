"""How soon a published fact can be asked for: while all runs, and after a kill.

    python bench/read_models_fresh.py [--sizes 10 100 1000] [--seconds 30] [--kills 20]

* Freshness publishes 1,000 facts a second while an edition of some size is kept up, and takes the time from
  the log's acknowledgement to the first edition that has them.
* Readiness kills a projector again and again, and times from its next start until an edition has everything.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from read_models import fill, filled, records_of

from klantbus.bus.journal import Journal
from klantbus.bus.ports import Record
from projections.editions import after, connect, wait_for
from projections.projector import latest_edition
from projections.rebuild import ends_of
from projections.store import MAIN, WORKING

WARM = 6
GOALS = {10: 1.5, 100: 1.5, 1000: 3.0}
"""Seconds, p99, by the size of an edition in MB."""


# -- freshness


async def fresh(megabytes: int, seconds: int, holding: float) -> None:
    """Keep an edition of that size up, beside a reader who holds one for `holding` seconds at a time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = records_of(1_000 * seconds, 20_000)
        log = await filled(folder, [])
        place = folder / "projections"
        fill(place / WORKING, customers=megabytes * 1_900, facts=megabytes * 16_000)
        size = (place / WORKING / MAIN).stat().st_size / 1e6
        projector = start(f"journal://{folder / 'journal.sqlite'}", folder)
        try:
            with Watching(place, holding) as watching:
                await warmed_up(log, watching)
                await published(log, watching, records)
        finally:
            projector.kill()
            projector.wait()
            await log.close()
    cuts = statistics.quantiles(watching.lags[WARM:], n=100)
    print(
        f"| {size:,.0f} MB | {holding or 'none'} | {cuts[49]:.2f} | {cuts[94]:.2f} | {cuts[98]:.2f} | "
        f"{GOALS.get(megabytes, '')} |"
    )


class Watching:
    """Sees in a thread of its own when something is in the newest edition; holds one open all the time."""

    def __init__(self, place: Path, holding: float) -> None:
        self.place, self.holding, self.waiting, self.lags = place, holding, [], []
        self.thread, self.done = threading.Thread(target=self.run), threading.Event()

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def settled(self) -> None:
        """Wait until nothing is waited for."""
        while self.waiting:
            time.sleep(0.01)

    def run(self) -> None:
        """Look until everything waited for is there."""
        held, since = None, 0.0
        while self.waiting or not self.done.is_set():
            time.sleep(0.01)
            if (edition := latest_edition(self.place)) is None:
                continue
            for published, wanted in [pair for pair in self.waiting if edition.has(pair[1])]:
                self.lags.append(time.perf_counter() - published)
                self.waiting.remove((published, wanted))
            if self.holding and time.perf_counter() - since > self.holding:
                held, since = connect(self.place), time.perf_counter()
                held.execute("SELECT count(*) FROM promise")


async def warmed_up(log: Journal, watching: Watching) -> None:
    """Have the first editions printed, which are whole copies: later ones are made out of them."""
    publisher = await log.publisher()
    for record in records_of(WARM, 1_000):
        watching.waiting.append((time.perf_counter(), after(await publisher.publish([record]))))
        await asyncio.to_thread(watching.settled)


async def published(log: Journal, watching: Watching, records: list[Record]) -> None:
    """Publish 100 records every tenth of a second."""
    publisher, began = await log.publisher(), time.perf_counter()
    for number, at in enumerate(range(0, len(records), 100)):
        await asyncio.sleep(max(0.0, began + number / 10 - time.perf_counter()))
        places = await publisher.publish(records[at : at + 100])
        watching.waiting.append((time.perf_counter(), after(places)))


# -- readiness


async def ready(cycles: int) -> None:
    """Kill a projector, let the log go on, and time from its next start until an edition has all of it."""
    times = []
    with tempfile.TemporaryDirectory() as name:
        folder, records = Path(name), records_of(50_000 + 200 * cycles, 5_000)
        log = await filled(folder, records[:50_000])
        publisher, url = await log.publisher(), f"journal://{folder / 'journal.sqlite'}"
        projector = start(url, folder)
        try:
            await asyncio.to_thread(wait_for, folder / "projections", await ends_of(log), timeout=120)
            for cycle in range(cycles):
                at = 50_000 + 200 * cycle
                await publisher.publish(records[at : at + 100])
                await asyncio.sleep(0.2 * (cycle % 5))
                projector.kill()
                projector.wait()
                places = await publisher.publish(records[at + 100 : at + 200])
                began, projector = time.perf_counter(), start(url, folder)
                await asyncio.to_thread(wait_for, folder / "projections", places, timeout=120)
                times.append(time.perf_counter() - began)
        finally:
            projector.kill()
            projector.wait()
            await log.close()
    times.sort()
    middle, worst = times[cycles // 2], times[-1]
    print(f"\nReady after kill -9, {cycles} times: p50 {middle:.1f} s, at most {worst:.1f} s (goal 5 s)")


def start(url: str, data: Path) -> subprocess.Popen[bytes]:
    command = [Path(sys.executable).with_name("klantbus"), "projection", "run", "--log", url, "--data", data]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def main() -> None:
    say = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    say.add_argument("--sizes", type=int, nargs="*", default=[10, 100], help="editions in MB")
    say.add_argument("--seconds", type=int, default=30)
    say.add_argument("--kills", type=int, default=20)
    wish = say.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("\n### From acknowledged to visible, 1,000 facts a second\n")
    print("| edition | a reader holds it s | p50 s | p95 s | p99 s | goal p99 |\n|---|---|---|---|---|---|")
    for megabytes in wish.sizes:
        for holding in (0, 5):
            asyncio.run(fresh(megabytes, wish.seconds, holding))
    if wish.kills:
        asyncio.run(ready(wish.kills))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
