"""The straight way from a row to a record says the same as the careful one, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.imports import makers
from apps.imports.building import Sheet
from apps.imports.maps import ImportMap, read_map
from apps.imports.straight import REFUSALS
from apps.imports.templates import BadRow

CELLS = [
    "",
    " ",
    "1",
    " 7 ",
    "2026-03-06",
    "2026-3-6",
    "1,5",
    "12.345",
    "C 1",
    "é" * 40,
    "x" * 70,
    "%s",
    "yes",
    "A",
]

EVERYTHING = {
    "department": "sales",
    "system": "crm",
    "words": {"decimal": ",", "tables": {"word": {"yes": "true", "1": "false", "7": "true"}}},
    "events": [
        {
            "type": "promise.made",
            "id": "{a}-{b}",
            "subject": "{a}{b}",
            "time": "{day|date@17:00}",
            "when": "{b}",
            "correlationid": "{c}",
            "sourceref": "crm {a}: {c}",
            "data": {
                "promise_id": "{a}%{b}",
                "kind": "delivery",
                "made_by": "{c}",
                "performer": "logistics",
                "order_ref": "{d}",
                "line_no": "{d}",
                "as_said": "{a} says {c}, {d}",
                "lines": [
                    {"sku": "{a}", "quantity": "{d|number}", "uom": "{c}"},
                    {"sku": "{b}", "quantity": "1"},
                ],
                "prices": [{"sku": "{b}", "unit_net": "{d|number}", "currency": "EUR"}],
                "due": {"from": "{day|date@09:00}", "to": "{until|date@17:00}"},
                "condition": {"kind": "deposit", "text": "{c}"},
                "value": "{d|number}",
                "early_is_breach": "{b|table:word}",
            },
        },
        {
            "type": "contact.logged",
            "id": "{a}",
            "subject": "{a}",
            "time": "{day|date@09:00}",
            "data": {
                "contact_id": "{c}",
                "direction": "out",
                "channel": "phone",
                "reached": "{b|table:word}",
                "promise_ids": ["{a}-{b}", "{c}"],
                "topic": "{d}",
            },
        },
        {
            "type": "department.heartbeat",
            "id": "{a}{b}",
            "subject": "sales",
            "time": "{day|date@09:00}",
            "data": {},
        },
    ],
}


COLUMNS = {
    "crm": ["a", "b", "c", "d", "day", "until"],
    "tpch": ["l_orderkey", "l_linenumber", "l_partkey", "l_quantity", "l_commitdate", "l_receiptdate"],
    "orders": ["order_no", "customer", "ordered", "required", "shipped"],
    "cases": ["case_no", "customer", "subject", "opened", "deadline", "ended"],
}
DAYS = {"day", "until", "opened", "deadline", "ended", "ordered", "required", "shipped", "order.o_orderdate"}
DAYS |= {"l_commitdate", "l_receiptdate"}


def columns(plan: ImportMap) -> list[str]:
    return [*COLUMNS[plan.system], "order.o_custkey", "order.o_orderdate"]


def ways(plan: ImportMap) -> list[makers.Maker]:
    sheet = Sheet({name: at for at, name in enumerate(columns(plan))}, plan.words)
    return [makers.maker_of(event, plan, sheet) for event in plan.events]


def rows(plan: ImportMap):
    """Rows of which most cells are what they should be."""
    good = [st.just("2026-03-06") if name in DAYS else st.sampled_from(["1", "7 "]) for name in columns(plan)]
    return st.tuples(*(st.one_of(one, one, one, one, st.sampled_from(CELLS)) for one in good))


PLANS = [ImportMap.model_validate(EVERYTHING), *(read_map(name) for name in ("tpch", "orders", "cases"))]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.system)
def test_every_map_that_comes_with_it_has_a_straight_way(plan):
    assert all(maker.straight for maker in ways(plan))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.system)
def test_the_straight_way_gives_the_bytes_of_the_careful_one_or_refuses(plan):
    found = ways(plan)
    agreed = []

    @given(rows(plan))
    def both_ways(row):
        for maker in found:
            try:
                straight = maker.straight(row)
            except REFUSALS:
                continue
            assert straight == makers.careful(maker, row, maker.data(row) or {})
            agreed.append(maker.event.type)

    both_ways()
    assert set(agreed) == {maker.event.type for maker in found}


def test_rows_like_most_take_the_straight_way():
    (made, delivered) = ways(read_map("tpch"))
    row = ["1", "2", "1552", "17", "1996-02-12", "1996-03-22", "370", "1996-01-02"]
    assert [maker.straight(row).topic for maker in (made, delivered)] == [
        "klantbus.events.sales",
        "klantbus.events.logistics",
    ]


def test_a_field_that_the_contract_does_not_know_is_told_for_each_row():
    plan = ImportMap.model_validate(
        {**EVERYTHING, "events": [{**EVERYTHING["events"][2], "data": {"colour": "{a}"}}]}
    )
    (maker,) = ways(plan)
    assert maker.straight is None
    with pytest.raises(BadRow, match="colour"):
        makers.record_from(maker, ["1"] * 4 + ["2026-03-06"] * 4)
