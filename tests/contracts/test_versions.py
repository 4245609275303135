"""Older and newer programs read each other's facts: what one does not know is dropped or has a default."""

import copy
import io
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from strategies import facts

from klantbus.bus.codec import encode, fact_in
from klantbus.bus.contract import Contract, contract
from klantbus.bus.errors import ContractBroken, Unreadable
from klantbus.domain.events import DeliveryKind, Fact
from schemas import SchemaFile, all_files

EVENT = "delivery.completed"


def field(schema: Any, way: str) -> Any:
    for name in way.split("."):
        found = next(each for each in schema["fields"] if each["name"] == name)
        schema = found["type"]
    return found


def with_older(change) -> tuple[Contract, int]:
    """A contract in which version 1 of the event differs from today's by `change`; and version 1's id."""
    today = next(file for file in all_files() if file.event == EVENT)
    older = copy.deepcopy(today.schema)
    change(older)
    file = SchemaFile(EVENT, 0, f"{EVENT}/v0.avsc", "", older)
    others = [each for each in all_files() if each.event != EVENT]
    return Contract((*others, file, today)), file.id


def written_by(older: Contract, schema_id: int, fact: Fact) -> bytes:
    """The bytes of a fact by a program that knows only the older schema; fastavro plays that program."""
    body = io.BytesIO()
    fastavro.schemaless_writer(body, older.by_id[schema_id].file.schema, fact.model_dump(warnings=False))
    return older.by_id[schema_id].head + body.getvalue()


def test_a_field_that_an_older_schema_lacks_takes_its_default():
    def without(schema: Any):
        field(schema, "data")["type"]["fields"].remove(field(schema, "data.received_by"))

    known, older = with_older(without)

    @given(facts(EVENT))
    @settings(max_examples=30, deadline=None)
    def holds(fact: Fact):
        read = fact_in(written_by(known, older, fact), known)
        assert read.data == fact.data.model_copy(update={"received_by": None})

    holds()


def test_fields_that_we_do_not_know_are_read_and_dropped():
    def with_more(schema: Any):
        box = {"type": "record", "name": "Box", "namespace": "klantbus", "doc": "A box."}
        box["fields"] = [
            {
                "name": "colour",
                "type": {"type": "enum", "name": "Colour", "symbols": ["red"]},
                "default": "red",
            },
            {"name": "weights", "type": {"type": "array", "items": "long"}, "default": [1, 2**60]},
            {"name": "labels", "type": {"type": "map", "values": ["null", "string"]}, "default": {"a": "b"}},
        ]
        default = {"colour": "red", "weights": [1, 2**60], "labels": {"a": None}}
        field(schema, "data")["type"]["fields"].insert(1, {"name": "box", "type": box, "default": default})

    known, newer = with_older(with_more)

    @given(facts(EVENT))
    @settings(max_examples=30, deadline=None)
    def holds(fact: Fact):
        assert fact_in(written_by(known, newer, fact), known) == fact

    holds()


def test_a_word_that_we_do_not_know_becomes_the_default_of_its_enum():
    def with_more_words(schema: Any):
        field(schema, "data.kind")["type"]["symbols"].insert(0, "drone")

    known, newer = with_older(with_more_words)
    fact = _example()
    flown = fact.model_copy(update={"data": fact.data.model_copy(update={"kind": "drone"})})
    assert fact_in(written_by(known, newer, flown), known).data.kind is DeliveryKind.OTHER
    assert fact_in(written_by(known, newer, fact), known) == fact


def _example() -> Fact:
    return Fact.model_validate(
        {
            "id": "e1",
            "source": "/logistics/wms",
            "type": EVENT,
            "subject": "C1",
            "time": "2026-03-06T16:30:00Z",
            "recordedtime": "2026-03-06T16:30:00Z",
            "data": {"kind": "repair", "lines": [{"sku": "A", "quantity": "10"}]},
        }
    )


def test_only_the_newest_version_is_written():
    known, older = with_older(lambda schema: schema.update(doc="An older sentence."))
    assert known.newest[EVENT].id == contract().newest[EVENT].id != older
    assert encode(_example())[0].startswith(contract().newest[EVENT].head)


def test_a_schema_that_lacks_a_field_without_default_is_refused_when_it_is_met():
    known, older = with_older(lambda schema: schema["fields"].remove(field(schema, "recordedtime")))
    with pytest.raises(ContractBroken, match="recordedtime"):
        fact_in(known.by_id[older].head + b"\0", known)


def test_two_files_with_one_id_are_refused():
    with pytest.raises(ContractBroken, match="same id"):
        with_older(lambda schema: schema)


def test_a_type_without_a_schema_is_refused():
    with pytest.raises(ContractBroken, match=EVENT):
        Contract(tuple(file for file in all_files() if file.event != EVENT))


def test_a_newer_schema_than_this_release_knows_is_unreadable_until_it_is_here():
    known, newer = with_older(lambda schema: schema.update(doc="A newer sentence."))
    value = written_by(known, newer, _example())
    with pytest.raises(Unreadable, match="no schema"):
        fact_in(value, contract())
    assert fact_in(value, known) == _example()
