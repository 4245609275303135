"""The whole bus as a newcomer meets it, through the real commands: ready, at rest, imported, judged, asked.

Import alone: `klantbus import` of TPC-H line items (a row gives a promise and a delivery) into a journal that
nobody reads, the start of the command included and left out. End to end: the same beside a running bus, from
the first row to the last verdict in an edition that SQL can ask, embedded and on its own Kafka. Briefing:
`briefing_of` of customers drawn at random, asked of that edition as `klantbus customer show` asks it. A bad
morning: so many edges at once, and how long nothing new could be asked for while the alerter took them in.

    python bench/whole.py [--scale 0.001] [--import-scale 0.01] [--rounds 3] [--edges 100000] [--no-kafka]
"""

import argparse
import asyncio
import json
import os
import platform
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.pop(0)

import psutil

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from apps.editions import answer
from apps.settings import read_settings
from klantbus.bus.clock import now
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS
from klantbus.domain.events import Fact

KLANTBUS = Path(sys.executable).with_name("klantbus")
STATES = "SELECT state, count(*) AS n FROM promise GROUP BY state"
GOAL_READY, GOAL_REST, GOAL_ROWS = 3.0, 150.0, 20_000
REST = 5.0
MB = 1_000_000


def command(folder: Path, *words: str) -> list[Any]:
    return [KLANTBUS, *words, "--data", folder]


def asked(folder: Path, *words: str) -> Any:
    done = subprocess.run(
        [*command(folder, *words), "--json"], check=True, capture_output=True, timeout=3_000
    )
    return json.loads(done.stdout)


@contextmanager
def running(folder: Path, *words: str) -> Iterator[tuple[psutil.Process, float]]:
    """Yield the whole bus, and the seconds until it said where its health is."""
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "up.log"
    began = time.perf_counter()
    with said.open("w") as talk:
        started = subprocess.Popen(command(folder, "up", "--port", "0", *words), stderr=talk)
    try:
        while "health" not in said.read_text():
            if started.poll() is not None:
                sys.exit(said.read_text())
            time.sleep(0.01)
        yield psutil.Process(started.pid), time.perf_counter() - began
        started.send_signal(signal.SIGINT)
        started.wait(60)
    finally:
        started.kill()


def at_rest(place: Path, rounds: int) -> None:
    readies, residents, shares, cpu = [], [], [], []
    for number in range(rounds):
        with running(place / f"rest{number}") as (process, ready):
            time.sleep(REST)
            before = process.cpu_times()
            time.sleep(REST)
            after, memory = process.cpu_times(), process.memory_full_info()
        readies.append(ready)
        residents.append(memory.rss / MB)
        shares.append(memory.pss / MB)
        cpu.append((after.user + after.system - before.user - before.system) / REST)
    print("\n| `klantbus up` | median | worst | goal |\n|---|---:|---:|---:|")
    row("ready, seconds", readies, f"{GOAL_READY:g}", "{:.2f}")
    row("resident at rest, MB", residents, f"{GOAL_REST:g}", "{:.0f}")
    row("its own share of that (PSS), MB", shares, "", "{:.0f}")
    row("of one core at rest", cpu, "", "{:.1%}")


def row(name: str, figures: list[float], goal: str, form: str) -> None:
    print(f"| {name} | {form.format(statistics.median(figures))} | {form.format(max(figures))} | {goal} |")


def importing(place: Path, file: Path, rounds: int) -> None:
    print("\n| `klantbus import` | rows | seconds | rows/s | without the start | µs CPU a row |")
    print("|---|---:|---:|---:|---:|---:|")
    empty = place / "empty.csv"
    empty.write_text(file.read_text().partition("\n")[0] + "\n")
    (place / "orders.csv").write_bytes((file.parent / "orders.csv").read_bytes())
    for what, words in (("dry run", ("--dry-run",)), ("journal", ())):
        figures = []
        for number in range(rounds):
            start, _, _ = imported(place / f"{what}{number}", empty, *words)
            figures.append((*imported(place / f"{what}{number}", file, *words), start))
        seconds, cpu, rows, start = sorted(figures)[rounds // 2]
        print(f"| {what} | {rows:,} | {seconds:.2f} | {rows / seconds:,.0f} |", end="")
        print(f" {rows / (seconds - start):,.0f} | {cpu / rows * 1e6:.0f} |")


def imported(folder: Path, file: Path, *words: str) -> tuple[float, float, int]:
    """Return seconds, seconds of CPU, and rows of one import."""
    before, began = os.times(), time.perf_counter()
    told = asked(folder, "import", str(file), "--map", "tpch", *words)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu, told["rows"]


def end_to_end(name: str, folder: Path, file: Path, up: tuple[str, ...], log: tuple[str, ...]) -> None:
    with running(folder, *up) as (process, _):
        began = time.perf_counter()
        told = asked(folder, "import", str(file), "--map", "tpch", *log)
        in_log = time.perf_counter() - began
        while not judged(folder, told["rows"]):
            time.sleep(0.2)
        seconds = time.perf_counter() - began
        family = [process, *process.children(recursive=True)]
        peak = sum(each.memory_info().rss for each in family) / MB
        cpu = sum(sum(each.cpu_times()[:2]) for each in family)
    facts = told["facts"]
    print(f"| {name} | {facts:,} | {in_log:.1f} | {seconds:.1f} | {facts / seconds:,.0f} |", end="")
    print(f" {cpu / facts * 1e6:,.0f} | {peak:,.0f} |", flush=True)


def judged(folder: Path, rows: int) -> bool:
    if not (folder / "projections/editions/current").exists():
        return False
    states = {one["state"]: one["n"] for one in asked(folder, "sql", STATES)}
    return states.keys() <= {"kept", "kept_late"} and sum(states.values()) == rows


def briefings(folder: Path, count: int = 200) -> None:
    settings = read_settings(data=folder)
    customers = [one["subject"] for one in asked(folder, "sql", "SELECT DISTINCT subject FROM promise")]
    took = []
    for customer in random.Random(7).choices(customers, k=count):
        began = time.perf_counter()
        [_] = answer(settings, "briefing", customer)
        took.append((time.perf_counter() - began) * 1e3)
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    began = time.perf_counter()
    asked(folder, "customer", "show", str(customers[0]))
    whole = time.perf_counter() - began
    print(f"\nBriefing, {len(customers):,} customers: p50 {p50:.0f} ms, p95 {p95:.0f} ms; ", end="")
    print(f"the whole command {whole:.1f} s")


def bad_morning(folder: Path, edges: int) -> None:
    with running(folder) as (process, _):
        seconds, longest = asyncio.run(break_all(folder, edges))
        began, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
        process.send_signal(signal.SIGINT)
        process.wait(60)
    stop = time.perf_counter() - began
    print(
        f"\nBad morning, {edges:,} edges at once: taken in after {seconds:.1f} s, {cpu:.1f} s of CPU; ",
        end="",
    )
    print(f"longest wait for a new edition meanwhile {longest:.1f} s; stopped in {stop:.1f} s")


async def break_all(folder: Path, edges: int) -> tuple[float, float]:
    """Return the seconds until the alerter knew all edges, and the longest without a new edition."""
    journal = Journal(str(folder / "journal.sqlite"))
    publisher = await journal.publisher()
    began = moved = time.perf_counter()
    longest, newest = 0.0, ""
    for start in range(0, edges, 5_000):
        await publisher.publish([broken(number) for number in range(start, min(edges, start + 5_000))])
    while (seconds := time.perf_counter() - began) < 300 and known(folder) < edges:
        await publisher.publish([stated("department.heartbeat", "sales", "/sales/crm", {})])
        await asyncio.sleep(0.1)
        pointer = folder / "projections/editions/current"
        if pointer.exists() and (name := pointer.readlink().name) != newest:
            newest, longest, moved = name, max(longest, time.perf_counter() - moved), time.perf_counter()
    await journal.close()
    return seconds, max(longest, time.perf_counter() - moved)


def known(folder: Path) -> int:
    file = folder / "alerts.sqlite"
    if not file.exists():
        return 0  # the alerter comes up beside the rest
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as ledger:
        return int(ledger.execute("SELECT count(*) FROM edge").fetchone()[0])


def broken(number: int) -> Record:
    name, at = f"p{number}", now() - timedelta(minutes=6)
    whose = {"promise_id": name, "promise_kind": "delivery", "made_by": "sales", "performer": "logistics"}
    edge = {"alert_id": f"A{number}", "kind": "promise.broken", "key": name, "severity": "critical", "at": at}
    return stated("alert.raised", f"C{number % 1_000}", "/bus/judge", {**edge, **whose})


def stated(event: str, subject: str, source: str, data: dict[str, Any]) -> Record:
    at = now()
    fact = {"id": str(uuid.uuid4()), "type": event, "subject": subject, "source": source, "data": data}
    topic = ALERTS if event.startswith("alert.") else "klantbus.events.sales"
    return record_of(Fact.model_validate({**fact, "time": at, "recordedtime": at}), topic)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="0.001")
    parser.add_argument("--import-scale", default="0.01")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--no-kafka", action="store_true")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ", end=""
    )
    print(f"medians of {options.rounds}; goal of the import {GOAL_ROWS:,} rows/s")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        files = {scale: tpch(place, scale) for scale in (options.scale, options.import_scale)}
        at_rest(place, options.rounds)
        importing(place, files[options.import_scale], options.rounds)
        print("\n| import to queryable | facts | in the log, s | all asked for, s | facts/s | µs CPU | MB |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        end_to_end("embedded", place / "embedded", files[options.scale], (), ())
        if not options.no_kafka:
            home = Home(place / "kafka")
            address = node.start(home, Wish(port=0), os.environ).address
            up, log = ("--kafka", address, "--workers", "2"), ("--log", f"kafka://{address}")
            end_to_end("Kafka, two workers", place / "on_kafka", files[options.scale], up, log)
            node.stop(home)
        briefings(place / "embedded")
        bad_morning(place / "morning", options.edges)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


def tpch(place: Path, scale: str) -> Path:
    folder = place / f"tpch{scale}"
    words = [KLANTBUS.with_name("tpchgen-cli"), "csv", "-s", scale, "-o", folder]
    subprocess.run(words, check=True, capture_output=True)
    return folder / "lineitem.csv"


if __name__ == "__main__":
    main()
