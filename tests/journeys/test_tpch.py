"""TPC-H through the real commands: what was promised and received is judged as the files themselves say."""

import csv
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from bus_process import Bus
from waiting import until

SCALE = os.environ.get("KLANTBUS_TPCH_SCALE", "0.001")
STATES = "SELECT state, count(*) AS n FROM promise GROUP BY state"
WHOLE_ORDERS = """
SELECT count(*) AS n FROM (SELECT order_ref FROM promise GROUP BY order_ref HAVING bool_and(state = 'kept'))
"""


@pytest.fixture(scope="module")
def tpch(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tpch")
    command = Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([command, "csv", "-s", SCALE, "-o", folder], check=True, capture_output=True)
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


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_order_book_is_judged_as_its_files_say_shuffled_twice_imported_and_killed_on_the_way(
    tpch, terminal
):
    states, whole_orders = said_by_the_files(tpch)
    bus = Bus(terminal)
    bus.address()
    terminal.json("import", str(tpch / "lineitem.csv"), "--map", "tpch")
    bus.kill()
    bus = Bus(terminal)
    bus.address()
    terminal.json("import", str(shuffled(tpch)), "--map", "tpch")

    def every_line_is_judged():
        if not (terminal.folder / "data/projections/editions/current").exists():
            return False
        return {row["state"]: row["n"] for row in terminal.json("sql", STATES)} == states

    until(every_line_is_judged, seconds=600)
    assert terminal.json("sql", WHOLE_ORDERS) == [{"n": whole_orders}]
    assert bus.stop() == 0
