"""The fields of a record as Avro, straight from the cells of a row: no model is made on the way.

A field that reads one column is a function of that cell, and cells come back: a day, a quantity, a customer.
So it is built, checked by the contract and written once per text, and kept. A table of several columns is cut
up into its fields; what cannot be cut up is kept by all its cells together.

What comes of it is the source of one function of a row `r`, made of places and of names for constants only:
the calls between many small functions would cost twice the time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, TypeAdapter

from apps.imports.building import Build, Columns, Sheet, builder
from klantbus.bus.avro.fitting import Said, take_apart
from klantbus.bus.avro.pieces import put_size
from klantbus.bus.avro.shape import Group, Many, Shape
from klantbus.bus.avro.source import Source
from klantbus.bus.avro.writer import make_part_writer
from klantbus.domain.events import Fact

_KEPT = 8192  # texts of one field whose bytes are kept
_END = b"\x00"  # of a list

Part = bytes | str
"""Bytes that are always the same, or the expression that gives them."""


class Crooked(ValueError):
    """A map, or a row, for which there is no straight way."""


class Field(NamedTuple):
    """What a field may be, how it is written, and its bytes where it is absent (None: it may not be)."""

    said: Said
    shape: Shape
    usual: bytes | None = None


class Fields:
    """The function under construction: `lines` fill the texts that others read, each once a row."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.source = Source()
        self.lines: list[str] = []
        self._texts: dict[str, str] = {}

    def text(self, template: str) -> str:
        """Return the variable that holds a filled template."""
        if template not in self._texts:
            filled = self.sheet.template(template)
            cells = ", ".join(f"r[{self.sheet.places[name]}]" for name in filled.columns)
            variable = self._texts[template] = self.source.variable()
            self.lines.append(f"{variable} = {self.source.constant(filled.of_cells)}({cells})")
        return self._texts[template]

    def kept(self, make: Callable[..., object], *arguments: str) -> str:
        """Return the expression of `make` of some arguments, made once for each text."""
        return f"{self.source.constant(lru_cache(maxsize=_KEPT)(make))}({', '.join(arguments)})"

    def joined(self, parts: Iterable[Part]) -> str:
        """Return the expression of the parts one after the other."""
        found: list[str] = []
        for constant, some in groupby(parts, key=lambda part: isinstance(part, bytes)):
            run = list(some)
            if constant:
                found.append(self.source.constant(b"".join(cast("list[bytes]", run))))
            else:
                found += cast("list[str]", run)
        return f"b''.join(({', '.join(found)},))"

    def record(
        self, shape: Group, values: Mapping[str, Any], ready: Mapping[str, str] | None = None
    ) -> list[Part]:
        """Return what writes a record of the map's `values`; the fields in `ready` are there already.

        Raises `Crooked` for a model with rules of its own, or a map that leaves out what may not be absent.
        """
        ready = ready or {}
        model = cast("type[BaseModel]", shape.model)
        given = _by_name(model, values)
        parts: list[Part] = []
        for each, inner in shape.fields:
            name = str(each)
            parts += (
                [ready[name]] if name in ready else self.field(_field(model, name, inner), given.get(name))
            )
        return parts

    def field(self, field: Field, value: object) -> list[Part]:
        """Return what writes a field of the map's `value`."""
        if value is None:
            return [_usual(field)]
        if isinstance(field.shape, Group) and isinstance(value, dict) and _stands(field.shape, value):
            return self.record(field.shape, value)
        columns: Columns = {}
        build = builder(value, self.sheet, (), columns)
        places = sorted({self.sheet.places[name] for names in columns.values() for name in names})
        if len(places) > 1 and isinstance(value, str):
            return [self.kept(_writing(field), self.text(value))]
        if len(places) > 1 and isinstance(field.shape, Many) and isinstance(value, list):
            return self._list(field, field.shape, value)
        of_cells = _of_cells(build, places, _writing(field))
        return [self.kept(of_cells, *(f"r[{place}]" for place in places)) if places else of_cells()]

    def _list(self, field: Field, shape: Many, values: Sequence[object]) -> list[Part]:
        """Return what writes a list whose items are all there; a row without one of them is crooked."""
        if len(values) > shape.limit:
            raise Crooked("the list is longer than the contract allows")
        item = Field(field.said.inner()[0], shape.item)
        return [put_size(len(values)), *(part for value in values for part in self.field(item, value)), _END]


def check_of(model: type[BaseModel], name: str) -> Callable[[Any], Any]:
    """Return what makes the value of a field from what the map built, or raises ValueError."""
    return _check(_said(model, name))


def _by_name(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` by the names of the model's fields; some have another name in the schema."""
    rules = model.__pydantic_decorators__
    if model is not Fact and (rules.model_validators or rules.field_validators):
        raise Crooked(f"{model.__name__} has rules that look at several fields")
    names = {info.alias or name: name for name, info in model.model_fields.items()}
    given = {names.get(key, key): value for key, value in values.items()}
    if not given.keys() <= model.model_fields.keys():
        raise Crooked(f"{model.__name__} has no such field")
    return given


def _said(model: type[BaseModel], name: str) -> Said:
    info = model.model_fields[name]
    return take_apart(info.annotation, info.metadata)


def _check(said: Said) -> Callable[[Any], Any]:
    return TypeAdapter(said.whole()).validator.validate_python


def _field(model: type[BaseModel], name: str, shape: Shape) -> Field:
    info = model.model_fields[name]
    if info.is_required():
        return Field(_said(model, name), shape)
    usual = make_part_writer(shape)(info.get_default(call_default_factory=True))
    return Field(_said(model, name), shape, usual)


def _stands(shape: Group, values: Mapping[str, Any]) -> bool:
    """Return whether a table with none of its columns filled is refused, instead of left out."""
    model = cast("type[BaseModel]", shape.model)
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    return any("{" in str(value) for name, value in _by_name(model, values).items() if name in required)


def _usual(field: Field) -> bytes:
    if field.usual is None:
        raise Crooked("a field is absent that may not be")
    return field.usual


def _writing(field: Field) -> Callable[[object], bytes]:
    """Return what writes a value that the map built; None is an absent field."""
    check, write = _check(field.said), make_part_writer(field.shape)
    return lambda value: _usual(field) if value is None else write(check(value))


def _of_cells(build: Build, places: Sequence[int], write: Callable[[object], bytes]) -> Callable[..., bytes]:
    width = places[-1] + 1 if places else 0

    def put(*cells: str) -> bytes:
        row = [""] * width
        for place, cell in zip(places, cells, strict=True):
            row[place] = cell
        return write(build(row))

    return put
