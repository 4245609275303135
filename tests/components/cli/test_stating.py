from datetime import UTC, datetime

import pytest

from apps.stating import payload_of, read_due, read_fields
from klantbus.bus.errors import FactRefused

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("2026-12-01", {"date": "2026-12-01"}),
        ("2026-12-01T14:00", {"at": "2026-12-01T13:00:00+00:00"}),
        ("+90m", {"at": "2026-11-23T10:30:00+00:00"}),
        ("2wd", {"working_days": "2"}),
        ("0.5bh", {"business_hours": "0.5"}),
        ("tomorrow", {"date": "2026-11-24"}),
        ("vrijdag", {"date": "2026-11-27"}),
        ("monday", {"date": "2026-11-30"}),
        ("soon", None),
    ],
)
def test_a_due_is_read_as_people_say_it(said, due):
    assert read_due(said, MONDAY) == due


def test_a_due_that_nobody_can_read_names_the_forms_there_are():
    with pytest.raises(FactRefused, match="write 2026-12-01"):
        read_due("when it suits", MONDAY)


def test_fields_make_a_payload_with_parts_and_lists():
    words = ["--promise-id", "P1", "--kind=delivery", "--made_by", "sales", "--performer", "logistics"]
    words += ["--condition.kind", "deposit", "--lines", '[{"sku": "A", "quantity": "2"}]', "--due", "2wd"]
    payload = payload_of("promise.made", read_fields(words), MONDAY)
    assert payload.condition.kind == "deposit"
    assert payload.lines[0].sku == "A"
    assert payload.due.working_days == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--promise-id"], "promise_id: needs a value"),
        (["P1"], "looks like --name value"),
        (["--lines", "[{"], "lines: is not JSON"),
        (
            ["--kind", "cake", "--promise-id", "P", "--made-by", "s", "--performer", "s"],
            "--kind: Input should be",
        ),
        (["--nobody", "x"], "--promise_id: Field required"),
    ],
)
def test_a_wrong_field_is_told_by_its_name(words, sentence):
    with pytest.raises(FactRefused, match=sentence):
        payload_of("promise.made", read_fields(words), MONDAY)


def test_an_unknown_event_type_says_where_to_look():
    with pytest.raises(FactRefused, match="klantbus schema list"):
        payload_of("promise.baked", {}, MONDAY)
