"""Makes the reader of one event type: bytes to a frozen `Fact` in one pass, checked on the way.

Most numbers in a fact fit in one byte: a text shorter than 64 bytes, an enum's symbol, a union's branch. The
written code looks at that byte and calls a function only for the rest.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from pydantic import BaseModel

from klantbus.bus.avro import pieces
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
from klantbus.bus.avro.source import Source, indented
from klantbus.domain.events import Fact

RUN = 3
"""So many optional fields side by side, all absent, are seen in one comparison."""

Reader = Callable[[bytes, int], tuple[Fact, int]]

Field = tuple[str | None, Shape, str]
"""A field of a record: its name in the model, its shape, and the variable that it is read into."""

_PIECES = ("text", "empty", "foreign", "moment", "day", "amount", "whole", "many", "table")


def make_reader(shape: Group) -> Reader:
    """Return the function that reads a fact of this shape from bytes at a position, and where it ended.

    It raises `Unreadable`, `IndexError` where the bytes end too soon, `ValueError` where a text breaks its
    limits or is no UTF-8; the caller looks whether it ended at the end.
    """
    writing = Writing()
    return writing.source.made(writing.group(shape))


class Writing:
    """The source of one reader. A method that takes a target returns the lines that read into it."""

    def __init__(self) -> None:
        self._groups: dict[type[BaseModel] | int, str] = {}
        slots = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
        names, extra, private = (getattr(BaseModel, slot).__set__ for slot in slots)
        self.source = Source(
            new=object.__new__,
            set_values=BaseModel.__dict__["__dict__"].__set__,
            set_names=names,
            set_extra=extra,
            set_private=private,
            **{name: getattr(pieces, name) for name in _PIECES},
        )

    def group(self, shape: Group) -> str:
        """Return the name of the function that reads a record and makes its model, past pydantic's door."""
        key = shape.model or id(shape)
        if key not in self._groups:
            self._groups[key] = self.source.function("b, p", self.record(shape))
        return self._groups[key]

    def record(self, shape: Group) -> list[str]:
        """Return the body of the function that reads a record."""
        fields = [(name, field, self.source.variable()) for name, field in shape.fields]
        lines = self.in_order(fields)
        if shape.model is None:
            return [*lines, "return None, p"]
        values = {name: target for name, _, target in fields if name}
        values |= {name: self.source.constant(default) for name, default in shape.absent.items()}
        return [*lines, *self._make(shape.model, values), "return o, p"]

    def _make(self, model: type[BaseModel], values: dict[str, str]) -> list[str]:
        """Make the model; its `__dict__` holds the fields in the model's order, as pydantic would."""
        pairs = ", ".join(f"{name!r}: {values[name]}" for name in model.model_fields)
        made, names = self.source.constant(model), self.source.constant({*model.model_fields})
        return [
            f"o = new({made}); set_values(o, {{{pairs}}})",
            f"set_names(o, {names}); set_extra(o, None); set_private(o, None)",
        ]

    def in_order(self, fields: Sequence[Field]) -> list[str]:
        """Return the lines that read fields one after the other, a run of absent ones at once."""
        lines = []
        for optional, together in groupby(fields, key=lambda field: may_be_null(field[1])):
            run = list(together)
            lines += self._run(run) if optional and len(run) >= RUN else self._each(run)
        return lines

    def field(self, _name: str | None, shape: Shape, target: str) -> list[str]:
        """Return the lines that read one field of a record."""
        return self.read(shape, target)

    def _each(self, fields: Sequence[Field]) -> list[str]:
        return [line for field in fields for line in self.field(*field)]

    def _run(self, fields: Sequence[Field]) -> list[str]:
        absent = self.source.constant(bytes(len(fields)))
        targets = " = ".join(target for _, _, target in fields)
        return [
            f"if b.startswith({absent}, p):",
            f"    {targets} = None; p += {len(fields)}",
            "else:",
            *indented(self._each(fields)),
        ]

    def read(self, shape: Shape, target: str) -> list[str]:  # noqa: PLR0911  because it is a table of shapes
        """Return the lines that read a value of this shape."""
        match shape:
            case Text():
                return self._text(shape, target)
            case Word():
                return self.word({2 * at: member for at, member in enumerate(shape.members)}, target)
            case Truth():
                return self.word({0: False, 1: True}, target)
            case Choice():
                return self._choice(shape, target)
            case Many():
                item = self._function(shape.item)
                return _none_or(target, "()", f"many(b, p, {item}, {shape.limit})")
            case Table():
                key, item = self._function(shape.key), self._function(shape.item)
                return _none_or(target, "{}", f"table(b, p, {key}, {item}, {shape.limit})")
            case _:
                return [f"{target}, p = {self.call(shape)}"]

    def call(self, shape: Shape) -> str:
        """Return the call that reads a value for which there is a function."""
        match shape:
            case Moment():
                return "moment(b, p)"
            case Date():
                return "day(b, p)"
            case Amount(precision, scale):
                return f"amount(b, p, {scale}, {10**precision})"
            case Whole(least, most):
                return f"whole(b, p, {least}, {most})"
            case _:
                return f"{self._function(shape)}(b, p)"

    def _function(self, shape: Shape) -> str:
        if isinstance(shape, Group):
            return self.group(shape)
        target = self.source.variable()
        return self.source.function("b, p", [*self.read(shape, target), f"return {target}, p"])

    def _text(self, shape: Text, target: str) -> list[str]:
        lines = [
            "n = b[p]",
            "if n & 129:",
            f"    {target}, p = text(b, p, {shape.longest})",
            "else:",
            f"    {target} = b[p + 1 : (p := p + 1 + (n >> 1))].decode()",
        ]
        if shape.check:
            lines.append(f"{self.source.constant(shape.check)}({target})")
        elif shape.shortest:
            lines.append(f"if not {target}: empty()")
        return self._unless_usual(shape.usual, target, lines) if shape.usual else lines

    def _unless_usual(self, usual: str, target: str, lines: list[str]) -> list[str]:
        written = pieces.put_size(len(usual.encode())) + usual.encode()
        return [
            f"if b.startswith({self.source.constant(written)}, p):",
            f"    {target} = {self.source.constant(usual)}; p += {len(written)}",
            "else:",
            *indented(lines),
        ]

    def word(self, members: dict[int, object], target: str) -> list[str]:
        """Return the lines that read a byte which stands for one of `members`."""
        return [
            f"{target} = {self.source.constant(members)}.get(b[p])",
            f"if {target} is None: foreign()",
            "p += 1",
        ]

    def _choice(self, shape: Choice, target: str) -> list[str]:
        lines = ["n = b[p]; p += 1"]
        for at, branch in enumerate(shape.branches):
            lines.append(f"{'elif' if at else 'if'} n == {2 * at}:")
            lines += indented(self.read(branch, target) if branch else [f"{target} = None"])
        return [*lines, "else: foreign()"]


def may_be_null(shape: Shape) -> bool:
    """Tell whether a field may be absent."""
    return isinstance(shape, Choice) and shape.branches[0] is None


def _none_or(target: str, nothing: str, call: str) -> list[str]:
    return [f"if b[p]: {target}, p = {call}", f"else: {target} = {nothing}; p += 1"]
