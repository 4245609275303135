"""Makes the row reader of one event type: bytes to plain values in one pass, for tables instead of rules.

It reads what `reader.make_reader` reads and refuses what that refuses; only what comes out is plain: the
envelope as columns, the payload as JSON text, and apart from it the personal text in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import orjson
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from klantbus.bus.avro import pieces
from klantbus.bus.avro.reader import Writing, may_be_null
from klantbus.bus.avro.shape import Amount, Choice, Group, Many, Moment, Shape, Text, Whole, Word
from klantbus.bus.avro.source import indented
from klantbus.bus.errors import ContractBroken
from klantbus.domain.events import Fact


class Row(NamedTuple):
    """A fact as plain values. Instants are microseconds since 1970, UTC.

    `payload` is JSON without personal text and without what is null, `personal` only that text, None where
    there is none. Amounts are texts in JSON, so that no digit is lost.
    """

    id: str
    type: str
    source: str
    subject: str
    time: int
    recordedtime: int
    timezone: str
    actor: str | None
    sourceref: str | None
    correlationid: str | None
    causationid: str | None
    traceparent: str | None
    payload: bytes
    personal: bytes | None


RowReader = Callable[[bytes, int], tuple[Row, int]]

_ENVELOPE = Row._fields[:-2]
_OFTEN_THE_SAME = frozenset({"source", "subject", "timezone"})
_REMEMBERED = 65_536
_ONE_BYTE = 63
"""The largest number that is written in one byte."""
_OR_NULL = 2
"""So many branches has the choice between null and one other shape."""
_OPTIONS = orjson.OPT_UTC_Z


def make_row_reader(shape: Group) -> RowReader:
    """Return the function that reads a fact of this shape as a row, and where it ended.

    It raises what the reader of facts raises (see `reader.make_reader`).
    """
    writing = _Rows()
    return writing.source.made(writing.group(shape))


class _Rows(Writing):
    """The source of one row reader. A record becomes a dict that lacks what is null."""

    def __init__(self) -> None:
        super().__init__()
        self._keep = True  # what is read is kept in `d`; the envelope's fields are columns instead
        for piece in (orjson.dumps, pieces.micros, pieces.plain_amount):
            self.source.know(piece.__name__, piece)
        self.source.know("many", _many)
        self.source.know("new_tuple", tuple.__new__)
        self.source.know("row", Row)

    def record(self, shape: Group) -> list[str]:
        if shape.model is Fact:
            return self._envelope(shape)
        if shape.model is None:
            return super().record(shape)
        return [*self._part(shape, shape.model), "return d, p"]

    def read(self, shape: Shape, target: str) -> list[str]:
        if isinstance(shape, Word):
            plain = [getattr(member, "value", member) for member in shape.members]
            return self.word({2 * at: value for at, value in enumerate(plain)}, target)
        if isinstance(shape, Whole) and shape.least <= 0 and shape.most >= _ONE_BYTE:
            large = f"if n & 129: {target}, p = {self.call(shape)}"
            return ["n = b[p]", large, f"else: {target} = n >> 1; p += 1"]
        return super().read(shape, target)

    def call(self, shape: Shape) -> str:
        if isinstance(shape, Amount):
            return f"plain_amount(b, p, {shape.scale}, {10**shape.precision})"
        return super().call(shape)

    def field(self, name: str | None, shape: Shape, target: str) -> list[str]:
        if not self._keep and isinstance(shape, Moment):
            return [f"{target}, p = micros(b, p)"]
        if name is None or not self._keep:
            return self.read(shape, target)
        if isinstance(shape, Choice) and len(shape.branches) == _OR_NULL and may_be_null(shape):
            return self._where_said(name, shape, target)
        lines = self.read(shape, target)
        keep = f"d[{name!r}] = {target}"
        return [*lines, f"if {target} is not None: {keep}" if may_be_null(shape) else keep]

    def _where_said(self, name: str, shape: Choice, target: str) -> list[str]:
        """Return the lines that read and keep a field which most facts leave out."""
        said = shape.branches[1]
        if said is None:
            raise ContractBroken("a field that can only be null")
        lines = [*self.read(said, target), f"d[{name!r}] = {target}"]
        return ["n = b[p]; p += 1", "if n == 2:", *indented(lines), "elif n: foreign()"]

    def _envelope(self, shape: Group) -> list[str]:
        said = next(field for name, field in shape.fields if name == "data")
        if not isinstance(said, Group) or said.model is None:
            raise ContractBroken("a fact without a payload has no row")
        fields = [
            (name, _remembering(field) if name in _OFTEN_THE_SAME else field, self.source.variable())
            for name, field in shape.fields
        ]
        columns = {name: self.source.constant(default) for name, default in shape.absent.items()}
        columns |= {name: target for name, _, target in fields if name}
        before = [field for field in fields if field[1] is not said]
        if fields[-1][1] is not said:
            raise ContractBroken("the payload is the last field of a fact")
        self._keep = False
        lines = self.in_order(before)
        self._keep = True
        lines += [*self._part(said, said.model), "e = {}", *self._set_apart(said, "d", "e")]
        made = ", ".join(columns[name] for name in _ENVELOPE)
        texts = f"dumps(d, None, {_OPTIONS}), dumps(e) if e else None"
        return [*lines, f"return new_tuple(row, ({made}, {texts})), p"]

    def _part(self, shape: Group, model: type[BaseModel]) -> list[str]:
        """Return the lines that read a record into `d`."""
        names = {name: info.alias or name for name, info in model.model_fields.items()}
        unsaid = {name: default for name, default in shape.absent.items() if name not in personal_of(shape)}
        absent = {
            names[name]: to_jsonable_python(default)
            for name, default in unsaid.items()
            if default is not None
        }
        fields = [
            (names[name] if name else None, field, self.source.variable()) for name, field in shape.fields
        ]
        first = f"d = {{**{self.source.constant(absent)}}}" if absent else "d = {}"
        return [first, *self.in_order(fields)]

    def _set_apart(self, shape: Group, said: str, private: str) -> list[str]:
        """Return the lines that move personal text from one dict to another, where somebody said some."""
        lines = []
        for name, default in personal_of(shape).items():
            value, nothing = self.source.variable(), self.source.constant(default)
            lines += [
                f"{value} = {said}.pop({name!r}, {nothing})",
                f"if {value} != {nothing}: {private}[{name!r}] = {value}",
            ]
        for name, part in parts_of(shape):
            inner, apart = self.source.variable(), self.source.variable()
            if found := self._set_apart(part, inner, apart):
                lines += [
                    f"if {inner} := {said}.get({name!r}):",
                    *indented([f"{apart} = {{}}", *found, f"if {apart}: {private}[{name!r}] = {apart}"]),
                ]
        return lines


def _many(b: bytes, p: int, item: pieces.Piece, limit: int) -> tuple[Sequence[object], int]:
    """Read an array as `pieces.many` does; one block of few items, as writers write it, without its steps."""
    count, at = b[p], p + 1
    if count & 129 or (count := count >> 1) > min(limit, len(b) - at):
        return pieces.many(b, p, item, limit)
    values = []
    for _ in range(count):
        value, at = item(b, at)
        values.append(value)
    return pieces.many(b, p, item, limit) if b[at] else (values, at + 1)


def personal_fields(shape: Group) -> frozenset[str]:
    """Return the fields of a part that are personal text or have some inside."""
    inside = (name for name, part in parts_of(shape) if personal_fields(part))
    return frozenset({*personal_of(shape), *inside})


def personal_of(shape: Group) -> Mapping[str, object]:
    """Return the personal fields of a part, and what stands there where nobody said anything."""
    fields = shape.model.model_fields if shape.model else {}
    return {
        name: None if info.is_required() else info.default
        for name, info in fields.items()
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("pii")
    }


def parts_of(shape: Group) -> Iterator[tuple[str, Group]]:
    """Yield the records in a record, by name. Raises `ContractBroken` for personal text in a list."""
    for name, field in shape.fields:
        for branch in field.branches if isinstance(field, Choice) else (field,):
            if isinstance(branch, Group) and name:
                yield name, branch
            if isinstance(branch, Many) and isinstance(branch.item, Group) and personal_of(branch.item):
                raise ContractBroken(f"personal text inside the list {name} cannot be set apart")


def _remembering(shape: Shape) -> Shape:
    """Return a text's shape with a check that knows again what it has seen."""
    if not isinstance(shape, Text) or shape.check is None:
        return shape
    return replace(shape, check=lru_cache(_REMEMBERED)(shape.check))
