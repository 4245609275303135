"""From topic to queryable rows: how fast, and how quick the answers.

* Speed rebuilds the read models from a journal, beside hand-written pipelines of the same parts over the same
  records (one table, no history, no corrections, no position).
* Questions are put to an edition filled by SQL with as many customers and facts as asked for.

How soon a fact can be asked for is in read_models_fresh.py, a long log in rebuild.py, peers on a real Kafka
in read_models_peers.py. (The file is not called projections.py: a script's folder comes first on its path and
would hide the package of that name.)
"""

import argparse
import asyncio
import datetime as dt
import os
import platform
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import uuid_utils

from klantbus.bus.codec import encode
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Record, Stored, TopicSpec
from klantbus.domain.events import Fact
from projections.arrivals import arrived
from projections.models import read_models
from projections.rebuild import build, ends_of
from projections.store import MAIN, PERSONAL, Store

START = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
FILL = Path(__file__).with_name("read_models_fill.sql")
TOPICS = ("sales", "telephony", "logistics", "finance")
GOALS = {"rate": 170_000, "share": 0.7}


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
    questions(*wish.large, wish.rounds)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
