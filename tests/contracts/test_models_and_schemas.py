"""The files are the contract and the models follow them: names, types, limits of numbers, doc sentences."""

import inspect

import pytest
from pydantic import BaseModel

from klantbus.bus.draft import draft
from klantbus.domain import events
from klantbus.domain.events import PAYLOADS, Part
from schemas import ROOT, all_files, schema_id

NEWEST = {file.event: file for file in all_files()}

MODELS = [each for _, each in inspect.getmembers(events, inspect.isclass) if issubclass(each, Part)]


@pytest.mark.parametrize("event", PAYLOADS)
def test_model_and_newest_schema_say_the_same_in_names_types_and_sentences(event: str):
    assert NEWEST[event].schema == draft(event)


def test_every_event_type_has_a_schema_and_every_schema_an_event_type():
    assert {*NEWEST} == {*PAYLOADS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_of_every_model_has_a_doc_sentence(model: type[BaseModel]):
    for name, field in model.model_fields.items():
        assert (field.description or "").endswith("."), name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_frozen_and_refuses_what_it_does_not_know(model: type[BaseModel]):
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"


@pytest.mark.parametrize("event", PAYLOADS)
def test_the_payload_class_is_named_after_its_type(event: str):
    assert PAYLOADS[event].__name__ == event.replace("_", ".").title().replace(".", "")
    assert PAYLOADS[event].event == event


def test_a_schema_id_follows_from_everything_the_schema_says():
    schema = NEWEST["promise.made"].schema
    assert schema_id(schema) == NEWEST["promise.made"].id
    assert schema_id({**schema, "doc": "Another sentence."}) != schema_id(schema)


def test_the_order_in_which_the_json_is_written_changes_no_id():
    schema = NEWEST["promise.made"].schema
    assert schema_id(dict(reversed(schema.items()))) == schema_id(schema)


def test_nothing_else_lies_between_the_schema_files():
    known = {file.path for file in all_files()}
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/*")} - known <= {
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("__pycache__/*")
    }
