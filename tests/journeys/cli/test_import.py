import json

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
