"""What the gate finds, and how it walks through a schema."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Schema = Any
"""A schema or a part of one, as JSON gives it."""


class Finding(NamedTuple):
    """Something that keeps a file out: the file, the rule it breaks in one word, a sentence what to do."""

    path: str
    rule: str
    sentence: str


class Spot(NamedTuple):
    """A part of a schema and the way to it, such as data.lines[].sku."""

    way: str
    schema: Schema


def spots(schema: Schema, way: str = "") -> Iterator[Spot]:
    """Yield every part of a schema, fields included, from the outside in."""
    yield Spot(way, schema)
    if isinstance(schema, list):
        for each in schema:
            yield from spots(each, way)
    elif isinstance(schema, dict):
        for field in schema.get("fields", ()):
            inner = f"{way}.{field['name']}".lstrip(".")
            yield Spot(inner, field)
            yield from spots(field["type"], inner)
        for inside, mark in (("items", "[]"), ("values", "{}")):
            if inside in schema:
                yield from spots(schema[inside], way + mark)


def fields_of(schema: Schema) -> Iterator[Spot]:
    """Yield every field of a schema at any depth."""
    return (spot for spot in spots(schema) if is_field(spot.schema))


def is_field(schema: Schema) -> bool:
    """Whether a part is a field; only a field has a name and a type that is no name of a kind."""
    return isinstance(schema, dict) and "name" in schema and schema.get("type") not in NAMED


NAMED = ("record", "enum", "fixed")


def kind_of(schema: Schema) -> str:
    """Return the kind of a part: its logical type, else its type, else the name it refers to."""
    if isinstance(schema, list):
        return "union"
    if isinstance(schema, dict):
        return str(schema.get("logicalType") or schema["type"])
    return str(schema)


def expanded(schema: Schema) -> Schema:
    """Return a schema in which every name of a type is replaced by what it stands for, once per way to it."""
    return _expand(schema, {}, ())


def _expand(schema: Schema, named: dict[str, Schema], around: tuple[str, ...]) -> Schema:
    if isinstance(schema, list):
        return [_expand(each, named, around) for each in schema]
    if isinstance(schema, str):
        name = schema.rpartition(".")[2]
        return _expand(named[name], named, around) if name in named and name not in around else schema
    if schema["type"] in NAMED:
        named[schema["name"]] = schema
        around = (*around, schema["name"])
    inner = {key: _expand(schema[key], named, around) for key in ("items", "values") if key in schema}
    if "fields" in schema:
        inner["fields"] = [{**f, "type": _expand(f["type"], named, around)} for f in schema["fields"]]
    return {**schema, **inner}
