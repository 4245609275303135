"""What the gate asks of two versions of one event type: each reads what the other wrote.

Apache's checker decides what Avro can resolve. It does not see logical types, the scale of a decimal or text
that became bytes: those are compared here.
"""

from collections.abc import Iterator
from itertools import permutations

import avro.compatibility
import avro.errors
import avro.schema

from klantbus.bus.gate.finding import Finding, Schema, expanded, fields_of, kind_of, spots
from schemas import SchemaFile

MARKS = ("logicalType", "precision", "scale")


def check_versions(files: list[SchemaFile]) -> Iterator[Finding]:
    """Yield what keeps the versions of one event type from reading each other, all pairs, both ways."""
    yield from _counted(files)
    for (writer, written), (reader, read) in permutations(
        [(file, expanded(file.schema)) for file in files], 2
    ):
        findings = [("apache", each) for each in _apache(writer.schema, reader.schema)]
        for rule in (_logical, _bytes_string, _defaults, _hidden):
            findings += [(rule.__name__.strip("_"), each) for each in rule(written, read)]
        for name, sentence in findings:
            yield Finding(reader.path, name, f"{sentence} (against {writer.path})")


def _counted(files: list[SchemaFile]) -> Iterator[Finding]:
    if [file.version for file in files] != [*range(1, len(files) + 1)]:
        yield Finding(files[0].path, "counted", "versions count 1, 2, 3 without a gap")


def _apache(writer: Schema, reader: Schema) -> Iterator[str]:
    try:
        parsed = [avro.schema.make_avsc_object(each) for each in (reader, writer)]
    except avro.errors.AvroException as error:
        yield f"Apache avro cannot read the schema: {error}"
        return
    checker = avro.compatibility.ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # it has no annotations
    result = checker.get_compatibility(*parsed)  # type: ignore[arg-type]  # its annotations name other types than it takes
    if result.compatibility is not avro.compatibility.SchemaCompatibilityType.compatible:
        for message in sorted(result.messages):
            yield f"cannot read what the other wrote: {message}"


def _logical(writer: Schema, reader: Schema) -> Iterator[str]:
    there = dict(_marks(writer))
    for way, mine in _marks(reader):
        if way in there and there[way] != mine:
            yield f"{way} is {mine} here and {there[way]} there; the numbers would be read wrongly"


def _marks(schema: Schema) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield for every number and text the way to it and its marks; the branches of a union side by side."""
    for way, part in spots(schema):
        if kind_of(part) in {"union", "record", "enum", "array", "map"} or _is_field_of(part):
            continue
        marks = tuple(part.get(mark) for mark in MARKS) if isinstance(part, dict) else (None,) * len(MARKS)
        if _plain(part) != "null":
            yield f"{way}:{_plain(part)}", marks


def _bytes_string(writer: Schema, reader: Schema) -> Iterator[str]:
    there = dict(_plain_kinds(writer))
    for way, kinds in _plain_kinds(reader):
        if way in there and ("bytes" in kinds) != ("bytes" in there[way]):
            yield f"{way} is text in one and bytes in the other; Avro lets it pass, the reader errs"


def _plain_kinds(schema: Schema) -> Iterator[tuple[str, set[str]]]:
    for way, field in fields_of(schema):
        branches = field["type"] if isinstance(field["type"], list) else [field["type"]]
        yield way, {_plain(branch) for branch in branches}


def _defaults(writer: Schema, reader: Schema) -> Iterator[str]:
    there = {way for way, _ in fields_of(writer)}
    for way, field in fields_of(reader):
        if (
            way not in there
            and "default" not in field
            and way.rpartition(".")[0].rstrip("[]{}") in {*there, ""}
        ):
            yield f"{way} is not in every version and has no default"


def _hidden(writer: Schema, reader: Schema) -> Iterator[str]:
    personal = {way for way, field in fields_of(writer) if field.get("pii") is True}
    for way, field in fields_of(reader):
        if way in personal and field.get("pii") is not True:
            yield f"{way} is personal in another version; what was personal stays so"


def _plain(part: Schema) -> str:
    while isinstance(part, dict):
        part = part["type"]
    return "union" if isinstance(part, list) else str(part)


def _is_field_of(part: Schema) -> bool:
    return isinstance(part, dict) and "name" in part
