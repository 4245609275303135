"""The gate catches every planted break, each by the rule that is meant for it, and lets good changes in."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schemas
from klantbus.bus.errors import ContractBroken
from klantbus.bus.gate import check_folder
from klantbus.bus.gate.release import release

EVENT = "promise.declined"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the schema files in which one event type is released and the others are drafts."""
    root = tmp_path / "schemas"
    shutil.copytree(schemas.ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    for name in (schemas.RELEASED, schemas.GOLDEN):
        kept = json.loads((root / name).read_text("utf-8"))
        (root / name).write_text(json.dumps({f"{EVENT}/v1.avsc": kept[f"{EVENT}/v1.avsc"]}), "utf-8")
    return root


def schema_in(folder: Path, version: int = 1) -> Any:
    return json.loads((folder / EVENT / f"v{version}.avsc").read_text("utf-8"))


def write(folder: Path, schema: Any, version: int = 2):
    (folder / EVENT / f"v{version}.avsc").write_text(json.dumps(schema), "utf-8")


def field(schema: Any, way: str) -> Any:
    """Find a field by its way, such as data.reason."""
    for name in way.split("."):
        found = next(each for each in schema["fields"] if each["name"] == name)
        schema = found["type"]
    return found


def rules(folder: Path) -> set[str]:
    return {finding.rule for finding in check_folder(folder)}


def data(schema: Any) -> Any:
    return field(schema, "data")["type"]


def add(schema: Any, **said: Any):
    data(schema)["fields"].append({"name": "colour", "doc": "Its colour.", **said})


def test_the_contract_of_this_release_passes(folder: Path):
    assert check_folder(folder) == []
    assert check_folder(schemas.ROOT) == []


GOOD: dict[str, Callable[[Any], Any]] = {
    "a field with a default": lambda s: add(s, type=["null", "string"], default=None, pii=False),
    "a list with a default": lambda s: add(s, type={"type": "array", "items": "int"}, default=[]),
    "a field that goes": lambda s: data(s)["fields"].remove(field(s, "data.note")),
    "a better sentence": lambda s: s.update(doc="The performer says no."),
    "a word more": lambda s: field(s, "data.reason")["type"]["symbols"].append("no_van"),
    "a word less": lambda s: field(s, "data.reason")["type"]["symbols"].remove("unclear"),
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD)
def test_a_change_that_everybody_survives_passes(folder: Path, change: Callable[[Any], Any]):
    schema = schema_in(folder)
    change(schema)
    write(folder, schema)
    assert check_folder(folder) == []


MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}

BREAKS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "a new field without a default": ("defaults", lambda s: add(s, type="string")),
    "a field renamed": ("apache", lambda s: field(s, "data.promise_id").update(name="promise")),
    "text that becomes a number": ("apache", lambda s: field(s, "data.promise_id").update(type="int")),
    "a wider number": (
        "apache",
        lambda s: field(s, "data.counter_due")["type"][4]["fields"][0].update(type="long"),
    ),
    "text that becomes bytes": ("bytes_string", lambda s: field(s, "data.promise_id").update(type="bytes")),
    "micros that become millis": (
        "logical",
        lambda s: field(s, "time").update(type={"type": "long", "logicalType": "timestamp-millis"}),
    ),
    "micros that become a bare number": ("logical", lambda s: field(s, "recordedtime").update(type="long")),
    "a day that becomes a bare number": (
        "logical",
        lambda s: field(s, "data.counter_due")["type"][1]["fields"][0].update(type="int"),
    ),
    "another scale": (
        "logical",
        lambda s: field(s, "data.counter_due")["type"][5]["fields"][0]["type"].update(scale=2),
    ),
    "another precision": (
        "logical",
        lambda s: field(s, "data.counter_due")["type"][5]["fields"][0]["type"].update(precision=12),
    ),
    "a branch more in a union": (
        "apache",
        lambda s: field(s, "data.counter_due")["type"].append("string"),
    ),
    "an enum that loses its default": ("enums", lambda s: field(s, "data.reason")["type"].pop("default")),
    "an enum with a default it has not": (
        "enums",
        lambda s: field(s, "data.reason")["type"].update(default="gone"),
    ),
    "a field without a sentence": ("docs", lambda s: add(s, type="string", default="", doc=" ")),
    "an enum without a sentence": ("docs", lambda s: field(s, "data.reason")["type"].pop("doc")),
    "a new text that does not say whether it is personal": (
        "personal",
        lambda s: add(s, type=["null", "string"], default=None),
    ),
    "new texts that do not say so": (
        "personal",
        lambda s: add(s, type={"type": "map", "values": "string"}, default={}),
    ),
    "free text not marked as personal": ("personal", lambda s: field(s, "data.note").pop("pii")),
    "personal text no longer marked": ("hidden", lambda s: field(s, "data.note").pop("pii")),
    "items of no width": ("width", lambda s: add(s, type={"type": "array", "items": "null"}, default=[])),
    "records of no width": (
        "width",
        lambda s: add(
            s,
            type={"type": "array", "items": {"type": "record", "name": "Nil", "doc": "Nil.", "fields": []}},
            default=[],
        ),
    ),
    "a record that holds itself": (
        "recursion",
        lambda s: add(s, type=["null", "klantbus.PromiseDeclinedPayload"], default=None),
    ),
    "a float": ("kinds", lambda s: add(s, type="double", default=0)),
    "millis": (
        "kinds",
        lambda s: add(s, type={"type": "long", "logicalType": "timestamp-millis"}, default=0),
    ),
    "bare bytes": ("kinds", lambda s: add(s, type="bytes", default="")),
    "a field renamed behind an alias": (
        "aliases",
        lambda s: field(s, "data.note").update(name="remark", aliases=["note"]),
    ),
    "an envelope without time": ("envelope", lambda s: s["fields"].remove(field(s, "time"))),
    "another name of the record": ("names", lambda s: s.update(name="Declined")),
    "no change at all": ("ids", copy.copy),
}


@pytest.mark.parametrize(("rule", "change"), BREAKS.values(), ids=BREAKS)
def test_a_planted_break_is_caught_by_its_rule(folder: Path, rule: str, change: Callable[[Any], Any]):
    schema = schema_in(folder)
    change(schema)
    write(folder, schema)
    assert rule in rules(folder)


def test_a_released_file_may_not_change_by_a_blank(folder: Path):
    path = folder / EVENT / "v1.avsc"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert rules(folder) == {"released"}


def test_a_released_file_may_not_go(folder: Path):
    (folder / EVENT / "v1.avsc").unlink()
    write(folder, {**schema_in_release(), "doc": "Another."}, version=1)
    assert "released" in rules(folder)


def schema_in_release() -> Any:
    return json.loads((schemas.ROOT / EVENT / "v1.avsc").read_text("utf-8"))


def test_versions_may_not_leave_a_gap(folder: Path):
    write(folder, {**schema_in(folder), "doc": "The performer says no."}, version=3)
    assert rules(folder) == {"counted"}


def test_a_first_version_must_be_read_by_the_third_also_when_the_second_reads_both(folder: Path):
    second = schema_in(folder)
    data(second)["fields"].remove(field(second, "data.note"))
    write(folder, second)
    third = copy.deepcopy(second)
    add(third, name="note", type="int", default=0)
    data(third)["fields"][-1]["name"] = "note"
    write(folder, third, version=3)
    assert {finding.path for finding in check_folder(folder) if finding.rule == "apache"} == {
        f"{EVENT}/v1.avsc",
        f"{EVENT}/v3.avsc",
    }


def test_golden_bytes_must_stay_readable(folder: Path):
    spoil(folder, lambda kept: kept.update(value=kept["value"][:-2]))
    assert rules(folder) == {"golden"}


def test_golden_bytes_must_stay_the_same_fact(folder: Path):
    spoil(folder, lambda kept: kept["fact"]["data"].update(reason="no_stock"))
    assert rules(folder) == {"golden"}


def test_a_released_file_needs_golden_bytes(folder: Path):
    (folder / schemas.GOLDEN).write_text("{}", "utf-8")
    assert rules(folder) == {"golden"}


def spoil(folder: Path, change: Callable[[Any], Any]):
    path = folder / schemas.GOLDEN
    golden = json.loads(path.read_text("utf-8"))
    change(golden[f"{EVENT}/v1.avsc"])
    path.write_text(json.dumps(golden), "utf-8")


def test_nothing_is_released_while_the_gate_is_shut(folder: Path):
    schema = schema_in(folder)
    add(schema, type="string")
    write(folder, schema)
    before = (folder / schemas.RELEASED).read_text("utf-8")
    with pytest.raises(ContractBroken):
        release(folder, {EVENT})
    assert (folder / schemas.RELEASED).read_text("utf-8") == before


def test_a_draft_goes_out_once_with_golden_bytes_of_its_own(folder: Path):
    write(folder, {**schema_in(folder), "doc": "The performer says no."})
    assert [file.path for file in release(folder, {EVENT})] == [f"{EVENT}/v2.avsc"]
    assert release(folder, {EVENT}) == []
    assert check_folder(folder) == []
    golden = json.loads((folder / schemas.GOLDEN).read_text("utf-8"))
    assert golden[f"{EVENT}/v2.avsc"]["value"] != golden[f"{EVENT}/v1.avsc"]["value"]


def test_nothing_is_released_that_the_models_do_not_follow(folder: Path):
    schema = schema_in(folder)
    add(schema, type=["null", "string"], default=None, pii=False)
    write(folder, schema)
    with pytest.raises(ContractBroken, match="name other fields"):
        release(folder, {EVENT})
