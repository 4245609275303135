"""What the gate asks of every schema file on its own."""

import re
from collections.abc import Iterator

from klantbus.bus.gate.finding import NAMED, Finding, Schema, fields_of, kind_of, spots
from schemas import SchemaFile

NAMESPACE = "klantbus"

ENVELOPE = {
    "id": "string",
    "source": "string",
    "type": "string",
    "subject": "string",
    "time": "timestamp-micros",
    "recordedtime": "timestamp-micros",
}
"""What every event has first (RULES section 2), and its kind."""

KINDS = {
    "null",
    "boolean",
    "int",
    "long",
    "string",
    "decimal",
    "date",
    "timestamp-micros",
    "array",
    "map",
    "record",
    "enum",
    "union",
}
"""Floats cannot hold money, bare bytes say nothing, and millis would look like micros."""

FREE_TEXT = {
    "as_said",
    "summary",
    "text",
    "comment",
    "note",
    "name",
    "contact_person",
    "received_by",
    "reason",
}
"""Texts of these names may hold people (RULES section 3); as a word from a list they may not."""

CODES = {
    *("id", "source", "type", "subject", "timezone", "zone", "traceparent", "causationid", "correlationid"),
    *("sourceref", "actor", "owner", "account_owner", "seen_by", "resource", "by", "made_by", "performer"),
    *("department", "about_department", "about_promise", "conflicts_with", "supersedes", "from", "into"),
    *("sku", "uom", "currency", "kind", "topic", "product", "segment", "language", "carrier", "calendar"),
    *("opens", "closes", "do_not_call_before", "do_not_call_after", "rule", "key", "cause"),
}
"""Texts of these names, and of those with the endings below, are keys, codes and words, never people."""

ENDINGS = ("_id", "_ids", "_ref", "_no")


def check_file(file: SchemaFile) -> Iterator[Finding]:
    """Yield what is wrong with one file."""
    for rule in RULES:
        yield from (Finding(file.path, rule.__name__.strip("_"), sentence) for sentence in rule(file))


def _names(file: SchemaFile) -> Iterator[str]:
    expected = "".join(word.capitalize() for word in re.split(r"[._]", file.event))
    if file.schema.get("type") != "record" or file.name != f"{NAMESPACE}.{expected}":
        yield f"the file holds {file.name}; expected is a record {NAMESPACE}.{expected}"


def _envelope(file: SchemaFile) -> Iterator[str]:
    kinds = {field["name"]: kind_of(field["type"]) for field in file.schema["fields"]}
    for name, kind in {**ENVELOPE, "data": "record"}.items():
        if kinds.get(name) != kind:
            yield f"the envelope's field {name} must be of kind {kind}"


def _kinds(file: SchemaFile) -> Iterator[str]:
    named = {f"{NAMESPACE}.{part['name']}" for _, part in spots(file.schema) if _is_named(part)}
    for way, part in spots(file.schema):
        if not _is_field(part) and kind_of(part) not in KINDS | named:
            yield f"{way} is of kind {kind_of(part)}, which no fact may hold"


def _docs(file: SchemaFile) -> Iterator[str]:
    for way, part in spots(file.schema):
        if isinstance(part, dict) and "name" in part and not str(part.get("doc", "")).strip():
            yield f"{way or part['name']} has no doc; say in one sentence what it is"


def _personal(file: SchemaFile) -> Iterator[str]:
    for way, field in fields_of(file.schema):
        if not _holds_text(field["type"]) or field.get("pii") is True:
            continue
        if field["name"] in FREE_TEXT:
            yield f'{way} is free text or a name; mark it with "pii": true'
        elif not _is_code(field["name"]) and "pii" not in field:
            yield f'{way} is a text of a new name; say "pii": true if it can hold a person, else false'


def _enums(file: SchemaFile) -> Iterator[str]:
    for way, part in spots(file.schema):
        if kind_of(part) == "enum" and not _is_field(part) and part.get("default") not in part["symbols"]:
            yield f"{way} is an enum without a default among its symbols; old readers fail on a new symbol"


def _width(file: SchemaFile) -> Iterator[str]:
    for way, part in spots(file.schema):
        inside = part.get("items", part.get("values")) if isinstance(part, dict) else None
        if inside is not None and _is_empty(inside):
            yield f"{way} lists items of no width; five bytes could announce fifty million of them"


def _recursion(file: SchemaFile) -> Iterator[str]:
    yield from (f"{name} holds itself; a record could nest without end" for name in _inside(file.schema, ()))


def _inside(schema: Schema, around: tuple[str, ...]) -> Iterator[str]:
    """Yield the names that stand inside a record of that name."""
    if isinstance(schema, str) and schema.rpartition(".")[2] in around:
        yield schema
    elif isinstance(schema, list):
        for each in schema:
            yield from _inside(each, around)
    elif isinstance(schema, dict):
        around = (*around, schema["name"]) if schema["type"] == "record" else around
        within = [field["type"] for field in schema.get("fields", ())]
        for each in (*within, *(schema[key] for key in ("items", "values") if key in schema)):
            yield from _inside(each, around)


def _aliases(file: SchemaFile) -> Iterator[str]:
    for way, part in spots(file.schema):
        if isinstance(part, dict) and "aliases" in part:
            yield f"{way or part['name']} has aliases; keep the name, our readers follow no other"


RULES = (_names, _envelope, _kinds, _docs, _personal, _enums, _width, _recursion, _aliases)


def _is_named(part: Schema) -> bool:
    return isinstance(part, dict) and part.get("type") in NAMED


def _is_field(part: Schema) -> bool:
    return isinstance(part, dict) and "name" in part and not _is_named(part)


def _holds_text(schema: Schema) -> bool:
    if isinstance(schema, list):
        return any(_holds_text(each) for each in schema)
    if isinstance(schema, dict):
        return _holds_text(schema.get("items", schema.get("values")))
    return bool(schema == "string")


def _is_code(name: str) -> bool:
    return name in CODES or name.endswith(ENDINGS)


def _is_empty(schema: Schema) -> bool:
    if isinstance(schema, dict) and schema.get("type") == "record":
        return all(_is_empty(field["type"]) for field in schema["fields"])
    return bool(kind_of(schema) == "null" or (isinstance(schema, dict) and schema.get("size") == 0))
