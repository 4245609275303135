"""From topic to queryable rows: how fast, how fresh, how quick the answers.

* Speed rebuilds the read models from a journal, beside hand-written pipelines of the same parts over the same
  records (one table, no history, no corrections, no position).
* Freshness publishes 1,000 facts a second while an edition of some size is kept up, and takes the time from
  the log's acknowledgement to the first edition that has them.
* Readiness kills a projector again and again, and times from its next start until an edition has everything.
* Questions are put to an edition filled by SQL with as many customers and facts as asked for.

Peers on a real Kafka are in read_models_peers.py. (The file is not called projections.py: a script's
folder comes first on its path and would hide the package of that name.)
"""

import argparse
import asyncio
import datetime as dt
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import duckdb
import uuid_utils

from klantbus.bus.codec import encode
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Record, Stored, TopicSpec
from klantbus.domain.events import Fact
from projections.arrivals import arrived
from projections.editions import after, connect, wait_for
from projections.models import read_models
from projections.projector import latest_edition
from projections.rebuild import build, ends_of
from projections.store import MAIN, PERSONAL, WORKING, Store

START = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
FILL = Path(__file__).with_name("read_models_fill.sql")
TOPICS = ("sales", "telephony", "logistics", "finance")
WARM = 6
GOALS = {"rate": 170_000, "share": 0.7, "fresh": {10: 1.5, 100: 1.5, 1000: 3.0}}


def fact(event: str, customer: str, time_: dt.datetime, source: str, **data: object) -> Fact:
    return Fact.model_validate(
        {
            "id": str(uuid_utils.uuid7()),
            "source": source,
            "type": event,
            "subject": customer,
            "time": time_,
            "recordedtime": time_,
            "data": data,
        }
    )


def mix(count: int, customers: int) -> Iterator[tuple[str, Fact]]:
    # of ten facts: two promises, two contacts, a delivery, an invoice, three verdicts, an alert
    chance = random.Random(1)
    for number in range(count):
        customer, at, kind = (
            f"K{chance.randrange(customers)}",
            START + dt.timedelta(seconds=number / 10),
            number % 10,
        )
        lines = [{"sku": "A", "quantity": "10"}]
        if kind < 2:
            yield "klantbus.events.sales", fact(
                "promise.made", customer, at, "/sales/crm", promise_id=f"P{number}", kind="delivery",
                due={"date": "2026-03-06"}, made_by="sales", performer="logistics", as_said="Friday",
                lines=lines, order_ref=f"O{number}",
            )  # fmt: skip
        elif kind < 4:
            yield "klantbus.events.telephony", fact(
                "contact.logged", customer, at, "/telephony/pbx", direction="in", reached=True,
                channel="phone", summary="asked for the order",
            )  # fmt: skip
        elif kind == 4:
            yield (
                "klantbus.events.logistics",
                fact(
                    "delivery.completed",
                    customer,
                    at,
                    "/logistics/wms",
                    delivery_id=f"D{number}",
                    lines=lines,
                ),
            )
        elif kind == 5:
            yield (
                "klantbus.events.finance",
                fact(
                    "invoice.issued",
                    customer,
                    at,
                    "/finance/erp",
                    invoice_no=f"F{number}",
                    lines=lines,
                    total_net="950.00",
                ),
            )
        elif kind < 9:
            yield "klantbus.verdicts", fact(
                "verdict.changed", customer, at, "/bus/judge", promise_id=f"P{number - kind + kind % 2}",
                state=("accepted", "at_risk", "kept")[kind - 6], at=at, made_by="sales",
                performer="logistics", due=at, made_at=at,
                lines=[{"sku": "A", "promised": "10", "fulfilled": "3"}],
            )  # fmt: skip
        else:
            yield "klantbus.alerts", fact(
                "alert.raised", customer, at, "/bus/judge", alert_id=f"A{number}", kind="promise.at_risk",
                key=f"P{number}", at=at, severity="warning",
            )  # fmt: skip


def records_of(count: int, customers: int) -> list[Record]:
    return [Record(topic, said.subject.encode(), *encode(said)) for topic, said in mix(count, customers)]


async def filled(folder: Path, records: list[Record]) -> Journal:
    log = Journal(str(folder / "journal.sqlite"))
    names = [f"klantbus.events.{name}" for name in TOPICS] + ["klantbus.verdicts", "klantbus.alerts"]
    await log.create([TopicSpec(name) for name in names])
    publisher = await log.publisher()
    for start in range(0, len(records), 5_000):
        await publisher.publish(records[start : start + 5_000])
    return log


# -- speed


class Stretch:
    """Times a stretch: events a second, and µs of CPU an event, all threads together."""

    def __init__(self, count: int) -> None:
        self.count, self.wall, self.cpu = count, time.perf_counter(), time.process_time()

    def row(self, name: str) -> str:
        """Return the row of the table."""
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return f"| {name} | {self.count / wall:,.0f} | {cpu / self.count * 1e6:.1f} |"


def one_table(records: list[Record], land: Callable[[duckdb.DuckDBPyConnection, list[Record]], None]) -> None:
    """Hand-written: one table in a file, batches of 20,000, a transaction each."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(Path(folder) / "one.duckdb") as con:
        con.execute(
            "CREATE TABLE fact (id VARCHAR, type VARCHAR, subject VARCHAR, time TIMESTAMPTZ, payload VARCHAR)"
        )
        for start in range(0, len(records), 20_000):
            land(con, records[start : start + 20_000])


def by_arrow(con: duckdb.DuckDBPyConnection, records: list[Record]) -> None:
    stored = (Stored(record.topic, 0, 0, 0, record.key, record.value, record.headers) for record in records)
    con.register("arrived", arrived(stored).facts)
    con.execute("INSERT INTO fact SELECT event_id, type, subject, time, payload FROM arrived")


def without_decoding(con: duckdb.DuckDBPyConnection, records: list[Record]) -> None:
    import pyarrow as pa  # noqa: PLC0415  only this peer

    con.register(
        "raw",
        pa.table({"key": [record.key for record in records], "v": [record.value for record in records]}),
    )
    con.execute("INSERT INTO fact SELECT NULL, NULL, key::VARCHAR, NULL, hex(v) FROM raw")


async def speed(count: int, customers: int) -> None:
    records = records_of(count, customers)
    print(f"\n### Topic to queryable rows: {count:,} facts over {customers:,} customers, journal\n")
    print("| pipeline | facts/s | CPU µs a fact |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = await filled(folder, records)
        stretch = Stretch(count)
        await build(log, folder / "built", await ends_of(log), lambda _: None)
        print(stretch.row("read models, all of them (two files, position, corrections, repeats)"))
        sizes = sum((folder / "built" / file).stat().st_size for file in (MAIN, PERSONAL))
        await log.close()
    for label, land in (
        ("hand-written: same decoder, Arrow, one table", by_arrow),
        ("bytes into one table", without_decoding),
    ):
        stretch = Stretch(count)
        one_table(records, land)
        print(stretch.row(label))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{sizes / count:.0f} bytes a fact on disk; peak memory {peak:,.0f} MB (records of peers among it)."
    )
    print(f"Goal: {GOALS['rate']:,} facts/s and {GOALS['share']:.0%} of the hand-written one.")


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
        f"{GOALS['fresh'].get(megabytes, '')} |"
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


# -- questions


def fill(place: Path, *, customers: int, facts: int) -> None:
    """Make working files of that size by SQL alone."""
    store = Store(place, read_models())
    text = FILL.read_text().replace(":customers", str(customers)).replace(":facts", str(facts))
    for statement in duckdb.extract_statements(text):
        store._con.execute(statement.query)  # noqa: SLF001  a bench reaches where no reader does
    store.checkpoint()
    store.close()


QUESTIONS = (
    "FROM broken_now", "FROM due_soon_and_nothing_done", "FROM kept_rate", "FROM strict_otif_by_sku",
    "FROM kept_but_told_late",
    "FROM what_we_knew_and_what_was_true('K:n', TIMESTAMPTZ '2026-03-04 12:00:00Z')",
    "FROM handoff_acceptance", "FROM conflicts_by_pair", "FROM padding_against_kept_rate",
    "FROM invoices_that_surprised", "FROM customers_who_had_to_chase", "FROM publication_lag_by_hour",
    "FROM opportunities_by_origin", "FROM satisfaction_after_promise", "FROM alert_outcomes",
    "FROM briefing_of('K:n')",
)  # fmt: skip


def questions(customers: int, facts: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), customers=customers, facts=facts)
        size = (Path(name) / MAIN).stat().st_size / 1e6
        print(f"\n### Questions at {customers:,} customers and {facts:,} facts ({size:,.0f} MB)\n")
        print("| question | p50 ms | p95 ms | rows |\n|---|---|---|---|")
        with duckdb.connect(Path(name) / MAIN, read_only=True) as con:
            for number, question in enumerate(QUESTIONS):
                times, rows = timed(con, question, rounds, customers, number)
                print(f"| `{question[5:]}` | {times[len(times) // 2]:,.0f} | {times[-1]:,.0f} | {rows:,} |")


def timed(
    con: duckdb.DuckDBPyConnection, question: str, rounds: int, customers: int, seed: int
) -> tuple[list, int]:
    chance, times, rows = random.Random(seed), [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        rows = len(con.execute(question.replace(":n", str(chance.randrange(customers)))).fetchall())
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[: max(1, round(rounds * 0.95))], rows


def main() -> None:
    say = argparse.ArgumentParser(description=__doc__)
    say.add_argument("--facts", type=int, default=200_000)
    say.add_argument("--customers", type=int, default=20_000)
    say.add_argument("--sizes", type=int, nargs="*", default=[10, 100], help="editions in MB for freshness")
    say.add_argument("--seconds", type=int, default=30)
    say.add_argument(
        "--large", type=int, nargs=2, default=[100_000, 1_000_000], metavar=("CUSTOMERS", "FACTS")
    )
    say.add_argument("--rounds", type=int, default=20)
    wish = say.parse_args()
    print(
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    asyncio.run(speed(wish.facts, wish.customers))
    print("\n### From acknowledged to visible, 1,000 facts a second\n")
    print("| edition | a reader holds it s | p50 s | p95 s | p99 s | goal p99 |\n|---|---|---|---|---|---|")
    for megabytes in wish.sizes:
        for holding in (0, 5):
            asyncio.run(fresh(megabytes, wish.seconds, holding))
    asyncio.run(ready(20))
    questions(*wish.large, wish.rounds)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
