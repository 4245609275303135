"""How fast, and in how much memory, a long log becomes read models: `klantbus projection rebuild`.

    python bench/rebuild.py [--facts 1000000] [--customers 20000]

A journal is filled with facts of many kinds; then the command runs as an operator would run it. Memory is
that of all its processes together, shared pages counted once (PSS), looked at four times a second.
"""

import argparse
import asyncio
import datetime as dt
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import read_models
import uuid_utils

from klantbus.bus.codec import encode
from klantbus.bus.ports import Record
from klantbus.domain.events import Fact

GOAL = "10 M facts in 300 s and 1 GB"
LOOK = 0.25
"""Seconds between two looks at the memory."""
CHUNK = 5_000


def facts(count: int, customers: int) -> Iterator[tuple[str, Fact]]:
    """Yield the mix of `read_models`, from ten checked facts: a model's checks would take most of an hour."""
    patterns = list(read_models.mix(10, customers))
    chance = random.Random(1)
    for number in range(count):
        topic, pattern = patterns[number % 10]
        at = read_models.START + dt.timedelta(seconds=number / 10)
        data = pattern.data.model_copy(update=_numbers(number, at, set(type(pattern.data).model_fields)))
        told = {"id": str(uuid_utils.uuid7()), "subject": f"K{chance.randrange(customers)}"}
        yield topic, pattern.model_copy(update={**told, "time": at, "recordedtime": at, "data": data})


def _numbers(number: int, at: dt.datetime, fields: set[str]) -> dict[str, object]:
    """Return what is a fact's own in `data`, as `read_models.mix` numbers it."""
    promise = f"P{number - number % 10 + number % 10 % 2}"
    told = {"promise_id": promise, "order_ref": f"O{number}", "delivery_id": f"D{number}"}
    told |= {"invoice_no": f"F{number}", "alert_id": f"A{number}", "key": f"P{number}"}
    return {name: value for name, value in {**told, "at": at}.items() if name in fields}


def records(count: int, customers: int) -> Iterator[Record]:
    """Yield the facts as they are published."""
    return (Record(topic, said.subject.encode(), *encode(said)) for topic, said in facts(count, customers))


async def fill(folder: Path, count: int, customers: int) -> None:
    """Make the journal."""
    log = await read_models.filled(folder, [])
    publisher, source = await log.publisher(), records(count, customers)
    while some := list(islice(source, CHUNK)):
        await publisher.publish(some)
    await log.close()


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    try:
        tasks = [path / "children" for path in Path(f"/proc/{pid}/task").iterdir()]
        below = [int(child) for children in tasks for child in children.read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in below for one in family(child))]


def held_by(pid: int) -> float:
    """Return the MB that a process and all below it hold."""
    return sum(map(_share, family(pid)))


def _share(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def main() -> None:
    """Print one row."""
    say = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    say.add_argument("--facts", type=int, default=1_000_000)
    say.add_argument("--customers", type=int, default=20_000)
    wish = say.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        asyncio.run(fill(folder, wish.facts, wish.customers))
        print(f"filled in {time.perf_counter() - began:,.0f} s", file=sys.stderr)
        load, began = os.getloadavg()[0], time.perf_counter()
        words = [str(Path(sys.executable).with_name("klantbus")), "projection", "rebuild", "--data", name]
        child = subprocess.Popen([*words, "--log", f"journal://{folder / 'journal.sqlite'}"])
        most = 0.0
        while child.poll() is None:
            most = max(most, held_by(child.pid))
            time.sleep(LOOK)
        wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        sys.exit(f"the rebuild ended with {child.returncode}")
    cpu = (used.ru_utime + used.ru_stime) / wish.facts * 1e6
    print("| facts | load before | seconds | facts/s | µs CPU a fact, all processes | memory MB | goal |")
    print("|---:|---:|---:|---:|---:|---:|---|")
    cells = f"{load:.1f} | {wall:,.1f} | {wish.facts / wall:,.0f} | {cpu:.1f} | {most:,.0f}"
    print(f"| {wish.facts:,} | {cells} | {GOAL} |")


if __name__ == "__main__":
    main()
