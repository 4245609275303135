"""The journal beside bare SQLite, in one run.

Records of 200 bytes, batches of 1,000, an fsync per batch. "Bare" is one table with an integer key, filled
and read through sqlite3 alone: no topics, no partitions, no order per customer, no clock, no headers. Rates
are medians of interleaved rounds, in records a second; CPU is of the whole process, in µs a record.
"""

import argparse
import asyncio
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from klantbus.bus.journal import Journal
from klantbus.bus.ports import Record, TopicSpec

TOPIC = "klantbus.events.sales"
BATCH = 1_000
HEADERS = tuple((name, b"x" * 24) for name in ("ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"))
GOALS = {"publish": 50_000, "follow": 200_000}


def batches(count: int, headers: tuple) -> list[list[Record]]:
    chance = random.Random(1)
    keys = [b"K%d" % chance.randrange(20_000) for _ in range(count)]
    records = [Record(TOPIC, key, os.urandom(200), headers) for key in keys]
    return [records[start : start + BATCH] for start in range(0, count, BATCH)]


class Clock:
    """Times a stretch: records a second, and µs of CPU a record."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> tuple[float, float]:
        """Return the rate and the cost so far."""
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return self.count / wall, cpu / self.count * 1e6


async def journal_round(folder: Path, work: list[list[Record]], count: int) -> dict[str, tuple[float, float]]:
    journal = Journal(str(folder / "journal"))
    await journal.create([TopicSpec(TOPIC)])
    publisher, follower = await journal.publisher(), await journal.follower([TOPIC])
    clock = Clock(count)
    for records in work:
        await publisher.publish(records)
    told = {"publish": clock.stop()}
    clock, seen = Clock(count), 0
    while seen < count:
        seen += len((await follower.batch(limit=10_000)).records)
    told["follow"] = clock.stop()
    await journal.close()
    return told


def bare_round(folder: Path, work: list[list[Record]], count: int) -> dict[str, tuple[float, float]]:
    bare = sqlite3.connect(folder / "bare", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, key BLOB, value BLOB)")
    clock = Clock(count)
    for records in work:
        bare.execute("BEGIN")
        bare.executemany("INSERT INTO records (key, value) VALUES (?, ?)", [r[1:3] for r in records])
        bare.execute("COMMIT")
    told = {"publish": clock.stop()}
    clock, at = Clock(count), 0
    while rows := bare.execute(
        "SELECT id, key, value FROM records WHERE id > ? LIMIT 10000", (at,)
    ).fetchall():
        at = rows[-1][0]
    told["follow"] = clock.stop()
    bare.close()
    return told


async def single_latency(folder: Path, rounds: int = 200) -> list[float]:
    """Publish one record at a time to a waiting follower; return ms from the call to the record in hand."""
    journal = Journal(str(folder / "single"))
    await journal.create([TopicSpec(TOPIC)])
    publisher, follower = await journal.publisher(), await journal.follower([TOPIC])
    lags = []
    for _ in range(rounds):
        waiting = asyncio.create_task(follower.batch(wait=5))
        await asyncio.sleep(0)
        started = time.perf_counter()
        await publisher.publish([Record(TOPIC, b"K1", b"x" * 200, HEADERS)])
        await waiting
        lags.append((time.perf_counter() - started) * 1e3)
    await journal.close()
    return lags


def rounds(times: int, one: Callable[[Path], dict]) -> list[dict]:
    told = []
    for _ in range(times):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            told.append(one(Path(folder)))
    return told


def row(name: str, step: str, told: list[dict[str, tuple[float, float]]]) -> str:
    rate = statistics.median(each[step][0] for each in told)
    cpu = statistics.median(each[step][1] for each in told)
    goal = f"{GOALS[step]:,}" if name.startswith("journal") else ""
    return f"| {name} | {step} | {rate:,.0f} | {cpu:.1f} | {goal} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    wish = parser.parse_args()
    plain, headed = batches(wish.count, ()), batches(wish.count, HEADERS)
    runners = {
        "bare sqlite3": lambda folder: bare_round(folder, plain, wish.count),
        "journal": lambda folder: asyncio.run(journal_round(folder, plain, wish.count)),
        "journal, 5 headers": lambda folder: asyncio.run(journal_round(folder, headed, wish.count)),
    }
    told: dict[str, list] = {name: [] for name in runners}
    for _ in range(wish.rounds):
        for name, one in runners.items():
            told[name] += rounds(1, one)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores\n")
    print("| | | records/s | µs CPU | goal |\n|---|---|---:|---:|---:|")
    for step in GOALS:
        for name in runners:
            print(row(name, step, told[name]))
    with tempfile.TemporaryDirectory(dir=".") as folder:
        lags = sorted(asyncio.run(single_latency(Path(folder))))
    print(f"\nOne record to a waiting follower: p50 {lags[100]:.1f} ms, p99 {lags[198]:.1f} ms")


if __name__ == "__main__":
    main()
