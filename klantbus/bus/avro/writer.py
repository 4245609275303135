"""Makes the writer of one event type: a frozen `Fact` to bytes; and that of a single field.

Lengths and ranges are looked at again, for payloads put together past pydantic's door: what this writes, the
reader reads.
"""

from collections.abc import Callable

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
from klantbus.bus.errors import ContractBroken
from klantbus.domain.events import Fact

Writer = Callable[[Fact, Callable[[bytes], None]], None]

_PIECES = ("put_whole", "put_size", "put_moment", "put_day", "put_amount")


def make_writer(shape: Group) -> Writer:
    """Return the function that hands the bytes of a fact of this shape, piece by piece, to a callable."""
    writing = _Writing()
    return writing.source.made(writing.group(shape))


def make_part_writer(shape: Shape) -> Callable[[object], bytes]:
    """Return the function that gives the bytes of a part of a fact: a field of this shape."""
    writing = _Writing()
    put = writing.source.made(writing.source.function("o, a", writing.put(shape, "o")))

    def write(value: object) -> bytes:
        found: list[bytes] = []
        put(value, found.append)
        return b"".join(found)

    return write


class _Writing:
    """The source of one writer. `put` returns the lines that write a value that an expression names."""

    def __init__(self) -> None:
        self._groups: dict[type[BaseModel] | None, str] = {}
        self.source = Source(**{name: getattr(pieces, name) for name in _PIECES})

    def group(self, shape: Group) -> str:
        """Return the name of the function that writes a record."""
        if shape.absent or not all(name for name, _ in shape.fields):
            raise ContractBroken(f"the newest schema and the model {shape.model} name other fields")
        if shape.model not in self._groups:
            value = self.source.variable()
            lines = ["d = o.__dict__"]
            for name, field in shape.fields:
                lines += [f"{value} = d[{name!r}]", *self.put(field, value)]
            self._groups[shape.model] = self.source.function("o, a", lines)
        return self._groups[shape.model]

    def put(self, shape: Shape, value: str) -> list[str]:  # noqa: PLR0911  because it is a table of shapes
        match shape:
            case Text(usual=usual):
                return self._usual_text(usual, shape, value) if usual else _text(shape, value)
            case Word(symbols):
                written = {symbol: pieces.put_size(at) for at, symbol in enumerate(symbols)}
                return [f"a({self.source.constant(written)}[{value}._value_])"]
            case Truth():
                return [f"a(b'\\x01' if {value} else b'\\x00')"]
            case Choice():
                return self._choice(shape, value)
            case Many(item, limit):
                return self._block(value, value, limit, self.put(item, "i"))
            case Table(key, item, limit):
                entry = [*self.put(key, "i[0]"), *self.put(item, "i[1]")]
                return self._block(value, f"{value}.items()", limit, entry)
            case _:
                return [self._call(shape, value)]

    def _call(self, shape: Shape, value: str) -> str:
        match shape:
            case Moment():
                return f"a(put_moment({value}))"
            case Date():
                return f"a(put_day({value}))"
            case Amount(precision, scale):
                return f"a(put_amount({value}, {scale}, {10**precision}))"
            case Whole(least, most):
                return f"a(put_whole({value}, {least}, {most}))"
            case Group():
                return f"{self.group(shape)}({value}, a)"
            case _:
                raise TypeError(shape)

    def _usual_text(self, usual: str, shape: Text, value: str) -> list[str]:
        written = self.source.constant(pieces.put_size(len(usual.encode())) + usual.encode())
        return [
            f"if {value} == {self.source.constant(usual)}: a({written})",
            "else:",
            *indented(_text(shape, value)),
        ]

    def _choice(self, shape: Choice, value: str) -> list[str]:
        lines: list[str] = []
        for at, branch in enumerate(shape.branches):
            number = self.source.constant(pieces.put_size(at))
            put = self.put(branch, value) if branch else []
            lines += [f"elif {self._is(branch, value)}:", f"    a({number})", *indented(put)]
        lines[0] = lines[0].removeprefix("el")
        return [*lines, f"else: raise TypeError({value})"]

    def _is(self, branch: Shape | None, value: str) -> str:
        if branch is None:
            return f"{value} is None"
        return (
            f"type({value}) is {self.source.constant(branch.model)}" if isinstance(branch, Group) else "True"
        )

    def _block(self, counted: str, items: str, limit: int, lines: list[str]) -> list[str]:
        return [
            f"if {counted}:",
            f"    if len({counted}) > {limit}: raise ValueError('more than {limit} items')",
            f"    a(put_size(len({counted})))",
            f"    for i in {items}:",
            *indented(indented(lines)),
            "a(b'\\x00')",
        ]


def _text(shape: Text, value: str) -> list[str]:
    return [
        f"e = {value}.encode(); n = len(e)",
        f"if n > {shape.longest} and len({value}) > {shape.longest}: raise ValueError('a text is too long')",
        "a(put_size(n)); a(e)",
    ]
