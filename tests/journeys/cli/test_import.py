import json
from pathlib import Path

from apps.imports import maps

ORDERS = """order_no,customer,ordered,required,shipped
O1,C1,2026-03-02,2026-03-06,2026-03-05
O2,C2,2026-03-02,06-03-2026,
O3,C1,2026-03-02,2026-03-06,
"""


def test_an_order_list_goes_in_and_its_bad_row_comes_back_with_the_reason(terminal):
    (terminal.folder / "orders.csv").write_text(ORDERS)
    done = terminal.run("import", "orders.csv", "--map", "orders")
    assert done.returncode == 1
    assert "required" in done.stdout
    assert "3 rows, 3 facts stated" in done.stdout
    rejected = (terminal.folder / "orders.csv.rejected.csv").read_text().splitlines()
    assert rejected[1].startswith("O2,C2,2026-03-02,06-03-2026,,3,required,")
    lines = terminal.run("event", "tail", "--json", "--customer", "C1").stdout.splitlines()
    assert sorted(json.loads(line)["type"] for line in lines) == [
        "delivery.completed",
        "promise.made",
        "promise.made",
    ]


def test_a_dry_run_checks_all_and_states_nothing(terminal):
    (terminal.folder / "orders.csv").write_text(ORDERS)
    done = terminal.run("import", "orders.csv", "--map", "orders", "--dry-run")
    assert "3 facts would be stated" in done.stdout
    assert terminal.run("event", "tail").stdout == ""


def test_what_was_imported_can_be_shown_by_its_id(terminal):
    (terminal.folder / "orders.csv").write_text(ORDERS)
    terminal.run("import", "orders.csv", "--map", "orders")
    fact = json.loads(terminal.run("event", "tail", "--json", "-n", "1").stdout)
    shown = json.loads(terminal.run("event", "show", fact["id"]).stdout)
    assert shown == fact
    assert terminal.run("event", "show", "nobody").returncode == 1


def test_a_map_that_is_not_there_names_those_that_are(terminal):
    (terminal.folder / "orders.csv").write_text(ORDERS)
    done = terminal.run("import", "orders.csv", "--map", "nobody")
    assert done.returncode == 3
    assert "cases, orders, tpch" in done.stderr


def test_a_row_of_another_encoding_comes_back_as_it_was_and_goes_in_once_the_map_says_which(terminal):
    plan = (Path(maps.__file__).parent / "maps" / "orders.toml").read_text()
    (terminal.folder / "excel.toml").write_text('encoding = "cp1252"\ndelimiter = ";"\n' + plan)
    (terminal.folder / "ours.toml").write_text('delimiter = ";"\n' + plan)
    rows = ORDERS.replace(",", ";").replace("06-03-2026", "2026-03-06").replace("O2;C2", "O2-é;C2")
    (terminal.folder / "orders.csv").write_bytes(rows.encode("cp1252"))
    first = json.loads(terminal.run("import", "orders.csv", "--map", "ours.toml", "--json").stdout)
    assert (first["facts"], first["rejected"]) == (3, 1)
    assert (first["rejects"][0]["line"], first["rejects"][0]["column"]) == (3, "order_no")
    assert "cp1252" in first["rejects"][0]["reason"]
    second = terminal.json("import", "orders.csv.rejected.csv", "--map", "excel.toml")
    assert (second["rows"], second["facts"], second["rejected"]) == (1, 1, 0)


def test_an_encoding_that_does_not_exist_is_refused_before_the_first_row(terminal):
    plan = (Path(maps.__file__).parent / "maps" / "orders.toml").read_text()
    (terminal.folder / "strange.toml").write_text('encoding = "utf-9"\n' + plan)
    (terminal.folder / "orders.csv").write_text(ORDERS)
    done = terminal.run("import", "orders.csv", "--map", "strange.toml")
    assert (done.returncode, "utf-9" in done.stderr, done.stderr.count("\n")) == (3, True, 1)
    assert terminal.run("event", "tail").stdout == ""
