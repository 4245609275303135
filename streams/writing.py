"""The fields of verdicts and edges in Avro, by tables: what writes each, from which attribute.

A table is walked here in Python, and in C where that is built (`klantbus/bus/in_c/telling.h`): what the two
write is the same. Nothing is checked, for what the judge decides stands on facts that were checked when they
were read; `klantbus.bus.avro` writes whole facts from models, and says the same (a test compares).
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from librt.strings import BytesWriter

from klantbus.bus.avro.pieces import FIRST, LAST, put_amount, put_micros, put_number, put_size
from klantbus.domain.events import (
    Flag,
    Importance,
    PromiseKind,
    PromiseState,
    Resolution,
    Scope,
    Severity,
    Tier,
)

Field: TypeAlias = tuple[Callable[..., None], str, *tuple[Any, ...]] | bytes
"""What writes it, the attribute it is in, and what the writer takes beside; or bytes, always the same."""
Table: TypeAlias = tuple[Field, ...]
"""The fields of something, in the order of its schema."""

NULL: Final = b"\x00"
SOME: Final = b"\x02"
"""The branches of a choice between nothing and something."""
END: Final = b"\x00"
"""Stands behind the last item of a list."""
_REMEMBERED: Final = 10_000


class Amounts(dict[Decimal, bytes]):
    """How amounts below `bound` units of 10**-`scale` are written: the same few come again and again."""

    def __init__(self, scale: int, bound: int) -> None:
        super().__init__()
        self._how = (scale, bound)

    def __missing__(self, value: Decimal) -> bytes:
        """Return how an amount is written that was not seen yet; refuses what does not fit exactly."""
        if len(self) > _REMEMBERED:
            self.clear()
        written = self[value] = put_amount(value, *self._how)
        return written


class _Tiers(dict[str, bytes]):
    def __missing__(self, value: str) -> bytes:
        return self[Tier.OTHER]


def _symbols(words: type[StrEnum]) -> dict[str, bytes]:
    """Return how each word is written: by its place, which a test holds to be that in the schema."""
    return {word: put_size(place) for place, word in enumerate(words)}


STATES: Final = _symbols(PromiseState)
KINDS: Final = _symbols(PromiseKind)
SCOPES: Final = _symbols(Scope)
IMPORTANCES: Final = _symbols(Importance)
SEVERITIES: Final = _symbols(Severity)
RESOLUTIONS: Final = _symbols(Resolution)
FLAGS: Final = _symbols(Flag)
TIERS: Final = _Tiers(_symbols(Tier))
MONEY: Final = Amounts(2, 10**12)
QUANTITIES: Final = Amounts(6, 10**18)


def fields(a: BytesWriter, value: object, table: Table) -> None:
    """Write the fields of `table`, as `value` has them."""
    for field in table:
        if isinstance(field, bytes):
            a.write(field)
        else:
            write, name, *more = field
            write(a, getattr(value, name), *more)


def text(a: BytesWriter, value: str) -> None:
    """Write a text."""
    short(a, value.encode())


def short(a: BytesWriter, written: bytes) -> None:
    """Write a text that is bytes already."""
    a.write(put_size(len(written)))
    a.write(written)


def text_or(a: BytesWriter, value: str, usual: str) -> None:
    """Write a text, or `usual` where it is empty."""
    text(a, value or usual)


def maybe(a: BytesWriter, value: str | None) -> None:
    """Write a text or nothing."""
    _optional(a, text, value)


def filled(a: BytesWriter, value: str) -> None:
    """Write a text, or nothing where it is empty."""
    _optional(a, text, value or None)


def texts(a: BytesWriter, values: tuple[str, ...], _: object = None, __: Table = (), most: int = 0) -> None:
    """Write a list of texts, the first `most` (0: all)."""
    _listed(a, text, values[: most or None])


def number(a: BytesWriter, value: int) -> None:
    """Write a number."""
    a.write(put_number(value))


def count(a: BytesWriter, value: int | None) -> None:
    """Write a number or nothing."""
    _optional(a, number, value)


def instant(a: BytesWriter, value: int) -> None:
    """Write an instant (µs)."""
    a.write(put_micros(value))


def when(a: BytesWriter, moment: int | None) -> None:
    """Write an instant (µs) or nothing; within the years of facts, of which the first may begin earlier."""
    _optional(a, instant, None if moment is None else min(max(moment, FIRST), LAST))


def truth(a: BytesWriter, value: bool | None) -> None:  # noqa: FBT001  a value, no switch
    """Write yes, no or nothing."""
    a.write(NULL if value is None else b"\x02\x01" if value else b"\x02\x00")


def word(a: BytesWriter, value: Any, words: Mapping[Any, bytes]) -> None:  # noqa: ANN401  a word or an amount
    """Write one of `words` (or of amounts)."""
    a.write(words[value])


def maybe_word(a: BytesWriter, value: Any, words: Mapping[Any, bytes]) -> None:  # noqa: ANN401  the same
    """Write one of `words` (or of amounts) or nothing."""
    if value is None:
        a.append(0)
    else:
        a.append(2)
        a.write(words[value])


def sorted_words(a: BytesWriter, values: tuple[str, ...], words: Mapping[str, bytes]) -> None:
    """Write some of `words` in the order of their names."""
    _listed(a, lambda a, value: a.write(words[value]), sorted(values))


def inside(a: BytesWriter, value: object, nothing: bytes, table: Table) -> None:
    """Write the fields of what stands in this one; `nothing` where nothing does."""
    if value is None:
        a.write(nothing)
    else:
        fields(a, value, table)


def many(a: BytesWriter, values: tuple[object, ...], _: object, table: Table, most: int = 0) -> None:
    """Write a list of items.

    `most` (0: all): so many, the latest; below 0: so many, the first and the latest.
    """
    if most < 0 and len(values) > -most:
        values = (values[0], *values[1 + most or len(values) :])
    elif most > 0:
        values = values[-most:]
    _listed(a, lambda a, value: fields(a, value, table), values)


def some(a: BytesWriter, values: tuple[object, ...], _: object, table: Table) -> None:
    """Write a list of the items of which the first field is not empty."""
    name: Any = table[0][1]
    _listed(a, lambda a, value: fields(a, value, table), [one for one in values if getattr(one, name)])


def _optional(a: BytesWriter, write: Callable[[BytesWriter, Any], None], value: object) -> None:
    if value is None:
        a.append(0)
    else:
        a.append(2)
        write(a, value)


def _listed(a: BytesWriter, write: Callable[[BytesWriter, Any], None], values: Iterable[Any]) -> None:
    told = list(values)
    if told:
        a.write(put_size(len(told)))
        for value in told:
            write(a, value)
    a.append(0)


LETTERS: Final[Mapping[Callable[..., None], str]] = {
    text: "T", text_or: "U", maybe: "M", filled: "F", texts: "L", number: "N", count: "C", instant: "I",
    when: "W", truth: "B", word: "E", maybe_word: "G", sorted_words: "H", inside: "P", many: "R", some: "S",
}  # fmt: skip
"""How each writer is called in C."""


def described(table: Table) -> tuple[Any, ...]:
    """Return a table as C takes it: letters for writers, in the tables within as well."""
    return tuple(
        field if isinstance(field, bytes) else (LETTERS[field[0]], field[1], *map(_described, field[2:]))
        for field in table
    )


def _described(part: object) -> object:
    return described(part) if isinstance(part, tuple) else part
