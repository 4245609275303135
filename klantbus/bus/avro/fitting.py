"""Fits a schema to its model: what shape a fact has, also one written with an older or a newer schema.

As Avro resolves: a field the model does not know is read and dropped, one that the schema has not takes the
model's default, a symbol that the model does not know becomes the default of the enum.
"""

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, GroupedMetadata, Le, MaxLen, MinLen
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from klantbus.bus.avro.shape import (
    Amount,
    Choice,
    Date,
    Group,
    Many,
    Moment,
    Shape,
    Table,
    Text,
    Truth,
    Whole,
    Word,
)
from klantbus.bus.errors import ContractBroken
from klantbus.domain.events import VISIBLE, Fact, Payload

Schema = Any
"""A schema or a part of one, as JSON gives it."""

ONE_BYTE = 63
"""The longest text whose length fits in one byte."""

MOST = 10_000
"""Items of a list that the model does not know."""


class Said(NamedTuple):
    """An annotation taken apart: the bare type (None: the model does not know it), its marks, the default."""

    bare: Any
    marks: tuple[Any, ...] = ()
    default: object = None

    def limit(self, mark: type, attribute: str, otherwise: int) -> int:
        """Return the figure that a mark sets, or `otherwise`."""
        found = [getattr(each, attribute) for each in self.marks if isinstance(each, mark)]
        return found[-1] if found else otherwise

    def whole(self) -> Any:  # noqa: ANN401  because an annotation has no type of its own
        """Return the annotation put together again."""
        return Annotated[(self.bare, *self.marks)] if self.marks else self.bare

    def inner(self) -> "list[Said]":
        """Return what stands between the brackets, taken apart."""
        return [take_apart(each) for each in get_args(self.bare)] or [_UNKNOWN, _UNKNOWN]


_UNKNOWN = Said(None)


def shape_of(written: Schema, newest: Schema, payload: type[Payload]) -> Group:
    """Return the shape of a fact with a `payload`, of the schema it was `written` with.

    `newest` is the schema that the models follow; its enums name the default for symbols they do not know.
    Raises `ContractBroken` where `written` and the models do not fit.
    """
    return _Growing(newest, payload).shape(written)


class _Growing:
    """The shape of one fact while it grows: the named types met so far, and what unknown symbols become."""

    def __init__(self, newest: Schema, payload: type[Payload]) -> None:
        self._named: dict[str, Schema] = {}
        self._unknown = dict(_defaults_of_enums(newest))
        self._payload = payload

    def shape(self, written: Schema) -> Group:
        group = self._group(written, Fact)
        fields = (
            (name, _only(self._payload.event) if name == "type" else shape) for name, shape in group.fields
        )
        return Group(group.model, tuple(fields), group.absent)

    def _group(self, schema: Schema, model: type[BaseModel] | None) -> Group:
        known = model.model_fields if model else {}
        by_name = {info.alias or name: (name, info) for name, info in known.items()}
        fields = [self._field(field, *by_name.get(field["name"], (None, None))) for field in schema["fields"]]
        absent = {name: known[name] for name in known.keys() - {name for name, _ in fields}}
        for name, info in absent.items():
            if info.is_required():
                raise ContractBroken(f"schema {schema['name']} lacks the field {name}, which has no default")
        return Group(model, tuple(fields), {name: info.get_default() for name, info in absent.items()})

    def _field(self, field: Schema, name: str | None, info: FieldInfo | None) -> tuple[str | None, Shape]:
        said = take_apart(info.annotation, info.metadata)._replace(default=info.default) if info else _UNKNOWN
        if said.bare is Payload:
            said = Said(self._payload)
        return name, self._shape(field["type"], said)

    def _shape(self, schema: Schema, said: Said) -> Shape:  # noqa: PLR0911  because it is a table of kinds
        schema = self._named.get(_short_name(schema), schema) if isinstance(schema, str) else schema
        if isinstance(schema, list):
            return self._choice(schema, said)
        kind = schema if isinstance(schema, str) else schema.get("logicalType", schema["type"])
        if kind in {"record", "enum"}:
            self._named[schema["name"]] = schema
        match kind:
            case "record":
                return self._group(schema, said.bare)
            case "enum":
                return self._word(schema, said)
            case "array":
                return Many(
                    self._shape(schema["items"], said.inner()[0]), said.limit(MaxLen, "max_length", MOST)
                )
            case "map":
                key, value = said.inner()
                limit = said.limit(MaxLen, "max_length", MOST)
                return Table(_text(key), self._shape(schema["values"], value), limit)
            case "decimal":
                return Amount(schema["precision"], schema["scale"])
            case _:
                return _plain(kind, said)

    def _word(self, schema: Schema, said: Said) -> Word:
        members = {each.value: each for each in said.bare} if said.bare else {}
        otherwise = members.get(self._unknown.get(schema["name"], ""), 0)
        symbols = tuple(schema["symbols"])
        return Word(symbols, tuple(members.get(symbol, otherwise) for symbol in symbols))

    def _choice(self, schema: Schema, said: Said) -> Choice:
        rest = [each for each in schema if each != "null"]
        options = [each for each in map(take_apart, _options(said.bare)) if each.bare is not types.NoneType]
        if len(rest) > 1 and said.bare:
            by_name = {each.bare.__name__: each for each in options}
            options = [by_name[_short_name(each)] for each in rest]
        if said.bare is None:
            options = [_UNKNOWN] * len(rest)
        if len(rest) != len(options):
            raise ContractBroken(f"the union {schema} and the model's {said.bare} differ")
        shapes = iter([self._shape(each, option) for each, option in zip(rest, options, strict=True)])
        return Choice(tuple(None if each == "null" else next(shapes) for each in schema))


def _defaults_of_enums(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield name and default of every enum in a schema."""
    if isinstance(schema, list):
        for each in schema:
            yield from _defaults_of_enums(each)
    if isinstance(schema, dict):
        if schema.get("type") == "enum":
            yield schema["name"], schema.get("default", "")
        for each in schema.values():
            yield from _defaults_of_enums(each)


def _only(word: str) -> Text:
    def check(text: str) -> None:
        if text != word:
            raise ValueError(f"the schema is that of {word}, and the type says another")

    return Text(len(word), len(word), check, word)


def _plain(kind: str, said: Said) -> Shape:
    match kind:
        case "string":
            return _text(said)
        case "int" | "long":
            return Whole(said.limit(Ge, "ge", -(2**63)), said.limit(Le, "le", 2**63 - 1))
        case "boolean":
            return Truth()
        case "date":
            return Date()
        case "timestamp-micros":
            return Moment()
    raise ContractBroken(f"no fact may hold the Avro type {kind}")


def _short_name(schema: Schema) -> str:
    full = schema if isinstance(schema, str) else schema["name"]
    return str(full.rpartition(".")[2])


def _options(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401  because an annotation has no type of its own
    if get_origin(annotation) in {Union, types.UnionType}:
        return get_args(annotation)
    return (annotation,)


def _text(said: Said) -> Text:
    shortest = said.limit(MinLen, "min_length", 0)
    longest = said.limit(MaxLen, "max_length", 2**18)
    plain = all(isinstance(mark, MinLen | MaxLen) for mark in said.marks)
    quick = said.bare is None or (plain and shortest <= 1 and longest > ONE_BYTE)
    check = None if quick else TypeAdapter(said.whole()).validator.validate_python
    usual = said.default if isinstance(said.default, str) and said.default else None
    asked = [getattr(mark, "pattern", None) for mark in said.marks if not isinstance(mark, MinLen | MaxLen)]
    return Text(shortest, longest, check, usual, visible=asked == [VISIBLE])


def take_apart(annotation: Any, marks: Iterable[Any] = ()) -> Said:  # noqa: ANN401  because an annotation has no type of its own
    """Take a field's annotation and metadata apart."""
    marks = [*marks]
    if get_origin(annotation) is Annotated:
        annotation, *own = get_args(annotation)
        marks = [*own, *marks]
    while hasattr(annotation, "__supertype__"):
        annotation = annotation.__supertype__
    return Said(annotation, tuple(_flat(marks)))


def _flat(marks: Iterable[Any]) -> Iterable[Any]:
    for mark in marks:
        if isinstance(mark, FieldInfo):
            yield from _flat(mark.metadata)
        elif isinstance(mark, GroupedMetadata):
            yield from _flat(mark)
        else:
            yield mark
