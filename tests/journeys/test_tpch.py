"""TPC-H through the real commands: what was promised and received is judged as the files themselves say."""

import csv
import os
import random
import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from bus_process import Bus
from waiting import until

SCALE = os.environ.get("KLANTBUS_TPCH_SCALE", "0.01")
"""0.01 are 60,175 line items, 0.001 are 6,005: enough for who only wants to look."""

KNOWN = ({"kept": 22_278, "kept_late": 37_897}, 1_227)
"""What is known of scale 0.01: its lines, and those of its 15,000 orders that were kept in every line."""

STATES = "SELECT state, count(*) AS n FROM promise GROUP BY state"
WHOLE_ORDERS = """
SELECT count(*) AS n FROM (SELECT order_ref FROM promise GROUP BY order_ref HAVING bool_and(state = 'kept'))
"""
SEEN_ONCE = "SELECT count(*) AS n, count(DISTINCT event_id) AS once FROM verdict"


def made(folder: Path, scale: str) -> Path:
    command = Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([command, "csv", "-s", scale, "-o", folder], check=True, capture_output=True)
    return folder


def said_by_the_files(folder: Path) -> tuple[dict[str, int], int]:
    """Return lines kept and kept late, and orders kept in every line, without any judge."""
    states = {"kept": 0, "kept_late": 0}
    orders: dict[str, bool] = defaultdict(lambda: True)
    with (folder / "lineitem.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            in_time = row["l_receiptdate"] <= row["l_commitdate"]
            states["kept" if in_time else "kept_late"] += 1
            orders[row["l_orderkey"]] &= in_time
    return states, sum(orders.values())


def shuffled(folder: Path) -> Path:
    header, *lines = (folder / "lineitem.csv").read_text().splitlines()
    random.Random(7).shuffle(lines)  # noqa: S311  an order, no secret
    target = folder / "shuffled.csv"
    target.write_text("\n".join([header, *lines]) + "\n")
    return target


def editions(terminal) -> Path:
    return terminal.folder / "data/projections/editions/current"


def judged(terminal) -> dict[str, int]:
    """Return how many promises the newest edition has in each state."""
    if not editions(terminal).exists():
        return {}
    return {row["state"]: row["n"] for row in terminal.json("sql", STATES)}


def test_the_files_say_what_is_known_of_them(tmp_path):
    assert said_by_the_files(made(tmp_path, "0.01")) == KNOWN


@pytest.mark.slow
@pytest.mark.timeout(2_700)
@pytest.mark.parametrize("log", ["journal", pytest.param("kafka", marks=pytest.mark.kafka)])
def test_an_order_book_is_judged_as_its_files_say_shuffled_twice_imported_and_killed_on_the_way(
    log, terminal, tmp_path, request
):
    tpch = made(tmp_path / "tpch", SCALE)
    states, whole_orders = said_by_the_files(tpch)
    where, words = (), ()
    if log == "kafka":
        bootstrap = request.getfixturevalue("own_kafka")
        where, words = ("--log", f"kafka://{bootstrap}"), ("--kafka", bootstrap, "--workers", "2")
    bus = Bus(terminal, *words)
    try:
        bus.address()
        terminal.json("import", str(tpch / "lineitem.csv"), "--map", "tpch", *where)
        until(lambda: judged(terminal), seconds=600)
        for worker in bus.children():
            with suppress(psutil.NoSuchProcess):
                worker.kill()
        bus.kill()
        bus = Bus(terminal, *words)
        bus.address()
        terminal.json("import", str(shuffled(tpch)), "--map", "tpch", *where)

        def every_line_is_judged():
            assert bus.process.poll() is None, bus.said.read_text()
            return judged(terminal) == states

        until(every_line_is_judged, seconds=1_800)
        assert terminal.json("sql", WHOLE_ORDERS) == [{"n": whole_orders}]
        [seen] = terminal.json("sql", SEEN_ONCE)
        assert seen["n"] == seen["once"]
        workers = bus.children()
        assert len(workers) >= (2 if log == "kafka" else 0)
        assert bus.stop() == 0
        assert psutil.wait_procs(workers, timeout=10)[1] == []
    finally:
        bus.kill()
