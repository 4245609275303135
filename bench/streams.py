"""How fast the streams judge on the journal, and what time costs. On Kafka, with peers: streams_peers.py.

    python bench/streams.py [FACTS]

Facts of many kinds (promises, deliveries, contacts, payments, moves, corrections; one in ten late, one in
twenty said twice) about as many customers as a table says. To be judged is to be decoded, judged, with state,
verdicts and alert edges published and remembered.
"""

import asyncio
import random
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.pop(0)  # this file's own folder would hide the room "streams"
sys.path.append(str(Path(__file__).parents[1] / "tests"))

from components.streams.company import DEPARTMENTS, Company

from apps.judging import rules_of
from apps.settings import Settings
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Log, TopicSpec
from klantbus.bus.reading import record_of
from klantbus.bus.topics import EVENTS, EVERY_DEPARTMENT, PULSES, RELAY
from streams.host import Host
from streams.loop import Loop
from streams.parts import Collector, reading
from streams.promises import PromiseJudge
from streams.reading import OrderedParking
from streams.serve import INNER
from streams.store import Kept, Store, Write
from streams.watch import Judges, Watch

FACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
CUSTOMERS = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        journal(folder)
        sweeps(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# -- the journal


def journal(folder: Path) -> None:
    print("\n### Journal to verdicts, one process\n")
    print("| customers | facts | facts/s | µs CPU a fact | verdicts and edges |")
    print("|---:|---:|---:|---:|---:|")
    for customers in CUSTOMERS:
        asyncio.run(_journal(folder / f"j{customers}", customers))


async def _journal(folder: Path, customers: int) -> None:
    folder.mkdir()  # noqa: ASYNC240  nothing else runs yet
    log = Journal(str(folder / "journal.sqlite"))
    await fill(log, customers)
    store, judge = Store(folder / "w0", "bench"), PromiseJudge(rules_of(Settings()))
    parking = await OrderedParking.open(log)
    watch = Watch(store, Judges(judge), await log.publisher(), parking, reading)
    watch.after = Collector().after
    follower = await log.follower([EVERY_DEPARTMENT, RELAY, PULSES], group="bench")
    loop, stop = Loop(Host(watch, bound=40_000), follower), asyncio.Event()
    began, used = time.perf_counter(), cpu()
    running = asyncio.create_task(loop.run(stop))
    while watch.figures.facts < FACTS and not running.done():  # noqa: ASYNC110  a bench looks on
        await asyncio.sleep(0.01)
    took, used = time.perf_counter() - began, cpu() - used
    stop.set()
    await running
    said = watch.figures.verdicts + watch.figures.edges
    print(f"| {customers:,} | {FACTS:,} | {FACTS / took:,.0f} | {used / FACTS * 1e6:.0f} | {said:,} |")
    store.close()
    await log.close()


async def fill(log: Log, customers: int) -> None:
    await log.create([*INNER, *(TopicSpec(EVENTS + name) for name in DEPARTMENTS)])
    publisher, company = await log.publisher(), Company(1, [f"K{n}" for n in range(customers)], in_order=36)
    for _ in range(0, FACTS, 2_000):
        facts = [company.fact(datetime.now(UTC)) for _ in range(min(2_000, FACTS))]
        await publisher.publish([record_of(fact, EVENTS + fact.department) for fact in facts])


# -- time


def sweeps(folder: Path) -> None:
    print("\n### What a sweep costs: it looks at what is due, not at what is open\n")
    print("| open promises | due | ms a look |")
    print("|---:|---:|---:|")
    for count in (10_000, 100_000, 1_000_000):
        store = Store(folder / f"s{count}", "bench")
        part, dice = store.part(0), random.Random(1)
        for first in range(0, count, 10_000):
            names = [b"K%d" % number for number in range(first, first + 10_000)]
            part.write(Write({name: Kept(1_000_000 + dice.randrange(10**9), b"") for name in names}))
        for due in (0, 100, 1_000):
            until = 1_000_000 + due * 10**9 // count
            began = time.perf_counter()
            for _ in range(20):
                found = part.due(0, until, 5_000)
            print(f"| {count:,} | {len(found):,} | {(time.perf_counter() - began) / 20 * 1e3:.2f} |")
        store.close()


if __name__ == "__main__":
    main()
