import io
from decimal import Decimal
from pathlib import Path

import pytest

from apps.imports.maps import BadMap, ImportMap, read_map
from apps.imports.rows import Outcome, Reader, open_rows, outcomes
from klantbus.bus.codec import decode

DELIVERIES = {
    "department": "logistics",
    "system": "wms",
    "delimiter": ";",
    "words": {"date": "%d-%m-%Y", "decimal": ",", "tables": {"unit": {"st": "pcs", "kg": "kg"}}},
    "events": [
        {
            "type": "delivery.completed",
            "id": "{bon}",
            "subject": "{klant}",
            "time": "{dag|date@17:00}",
            "group": ["bon"],
            "data": {
                "delivery_id": "{bon}",
                "kind": "goods",
                "lines": [{"sku": "{artikel}", "quantity": "{aantal|number}", "uom": "{eenheid|table:unit}"}],
            },
        }
    ],
}
HEADER = "bon;klant;dag;artikel;aantal;eenheid"


def taken(plan: dict, *lines: str, folder: Path = Path()) -> list[Outcome]:
    read = ImportMap.model_validate(plan)
    header, rows = open_rows(io.StringIO("\n".join(lines)), read)
    return list(outcomes(Reader(read, header, folder), rows))


def facts(found: list[Outcome]) -> list:
    records = [record for outcome in found for record in outcome.records]
    return [decode(record.value, record.headers) for record in records]


def rejects(found: list[Outcome]) -> list:
    return [reject for outcome in found for reject in outcome.rejects]


def test_rows_that_share_a_delivery_note_become_one_fact_with_lines():
    found = taken(
        DELIVERIES,
        HEADER,
        "B1;C7;03-03-2026;A;1.250,5;st",
        "B2;C8;03-03-2026;A;1;st",
        "B1;C7;03-03-2026;B;2;kg",
    )
    first, second = facts(found)
    assert [(line.sku, line.quantity, line.uom) for line in first.data.lines] == [
        ("A", Decimal("1250.5"), "pcs"),
        ("B", Decimal(2), "kg"),
    ]
    assert first.time.isoformat() == "2026-03-03T16:00:00+00:00"
    assert second.subject == "C8"


def test_a_moment_is_read_as_the_file_writes_it_in_the_zone_of_the_file():
    words = {**DELIVERIES["words"], "datetime": "%m/%d/%Y %I:%M %p", "timezone": "America/New_York"}
    plan = {**DELIVERIES, "words": words, "events": [{**DELIVERIES["events"][0], "time": "{dag|time}"}]}
    (fact,) = facts(taken(plan, HEADER, "B1;C7;03/09/2026 04:30 PM;A;1;st"))
    assert fact.time.isoformat() == "2026-03-09T20:30:00+00:00"  # summer time there, not yet in Amsterdam


def test_importing_twice_gives_the_same_ids():
    lines = (HEADER, "B1;C7;03-03-2026;A;1;st")
    assert [fact.id for fact in facts(taken(DELIVERIES, *lines))] == [
        fact.id for fact in facts(taken(DELIVERIES, *lines))
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("B1;C7;2026-03-03;A;1;st", "dag", "not written as %d-%m-%Y"),
        ("B1;C7;03-03-2026;A;veel;st", "aantal", "not a number"),
        ("B1;C7;03-03-2026;A;1;doos", "eenheid", "not in table 'unit'"),
        ("B1;;03-03-2026;A;1;st", "klant", "subject needs it"),
        ("B1;C 7;03-03-2026;A;1;st", "klant", "subject"),
        ("B1;C7;03-03-2026;A;1,12345678;st", "aantal", "quantity"),
        ("B1;C7;03-03-2026", "", "has 3 cells where the header has 6"),
    ],
)
def test_a_bad_row_is_told_with_line_column_and_reason_and_the_rest_goes_in(row, column, reason):
    found = taken(DELIVERIES, HEADER, "B0;C1;03-03-2026;A;1;st", row)
    assert [fact.data.delivery_id for fact in facts(found)] == ["B0"]
    (reject,) = rejects(found)
    assert (reject.line, reject.column) == (3, column)
    assert reason in reject.reason


def test_half_a_delivery_note_is_not_stated():
    found = taken(DELIVERIES, HEADER, "B1;C7;03-03-2026;A;1;st", "B1;C7;03-03-2026;B;veel;st")
    assert facts(found) == []
    assert {reject.line for reject in rejects(found)} == {2, 3}


def test_a_row_gives_a_promise_and_only_when_shipped_a_delivery():
    plan = read_map("orders").model_dump()
    found = taken(
        plan,
        "order_no,customer,ordered,required,shipped",
        "O1,C1,2026-03-02,2026-03-06,2026-03-05",
        "O2,C2,2026-03-02,2026-03-06,",
    )
    assert [(fact.type, fact.department) for fact in facts(found)] == [
        ("promise.made", "sales"),
        ("delivery.completed", "logistics"),
        ("promise.made", "sales"),
    ]


def test_a_case_list_becomes_promises_and_their_fulfilment():
    plan = read_map("cases").model_dump()
    found = taken(
        plan,
        "case_no,customer,subject,opened,deadline,ended",
        "K1,C1,Offerte,2026-03-02,2026-03-06,2026-03-05",
    )
    assert [fact.type for fact in facts(found)] == ["promise.made", "promise.fulfilled"]


def test_a_map_that_is_no_text_is_named(tmp_path):
    (tmp_path / "ours.toml").write_bytes('title = "Cafés"'.encode("cp1252"))
    with pytest.raises(BadMap, match=r"ours\.toml is no TOML"):
        read_map(str(tmp_path / "ours.toml"))


def test_a_looked_up_file_lends_its_columns(tmp_path):
    (tmp_path / "orders.csv").write_text("o_orderkey,o_custkey,o_orderdate\n1,370,1996-01-02\n")
    header = "l_orderkey,l_partkey,l_linenumber,l_quantity,l_commitdate,l_receiptdate"
    plan = read_map("tpch").model_dump()
    found = taken(
        plan, header, "1,1552,1,17,1996-02-12,1996-03-22", "2,9,1,1,1996-02-12,1996-03-22", folder=tmp_path
    )
    assert {fact.subject for fact in facts(found)} == {"370"}
    assert [(reject.line, reject.column) for reject in rejects(found)] == [(3, "l_orderkey")]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"subject": "{nobody}"}, "no column 'nobody'"),
        ({"time": "{dag|moment}"}, "no filter 'moment'"),
        ({"group": ["nobody"]}, "nobody"),
    ],
)
def test_a_map_that_asks_the_impossible_is_refused_before_the_first_row(change, sentence):
    plan = {**DELIVERIES, "events": [{**DELIVERIES["events"][0], **change}]}
    with pytest.raises(BadMap, match=sentence):
        taken(plan, HEADER, "B1;C7;03-03-2026;A;1;st")


def test_a_map_with_a_zone_that_is_none_is_refused_before_the_first_row():
    plan = {**DELIVERIES, "words": {**DELIVERIES["words"], "timezone": "Europe/Amsterdm"}}
    with pytest.raises(BadMap, match="Amsterdm"):
        taken(plan, HEADER, "B1;C7;03-03-2026;A;1;st")
