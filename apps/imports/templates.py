"""Templates: text with `{column}` or `{column|filter}` in it, compiled once, filled for every row.

A column of a looked-up file is `{order.o_custkey}`. An empty cell makes an optional field absent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from apps.imports.words import BadCell, Words, filter_named

Row = Sequence[str]
Fill = Callable[[Row], str | None]

_HOLE = re.compile(r"\{([^{}|]+)(?:\|([^{}]+))?\}")


class Template(NamedTuple):
    """`fill(row)` gives the text, or None where every column in it is empty; `columns` are their names."""

    fill: Fill
    columns: tuple[str, ...]


class BadRow(ValueError):
    """A row that cannot become facts: `column` is where, the message says why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def compile_template(text: str, places: Mapping[str, int], words: Words) -> Template:
    """Compile `text`; `places` says at which index each column stands.

    Raises ValueError for a column or filter that is not there.
    """
    holes = list(_HOLE.finditer(text))
    if not holes:
        return Template(lambda _: text, ())
    columns = tuple(hole[1].strip() for hole in holes)
    pieces = [_piece(hole[1].strip(), hole[2], places, words) for hole in holes]
    if len(holes) == 1 and holes[0][0] == text:
        return Template(pieces[0], columns)
    literals = _HOLE.sub("\0", text).split("\0")
    return Template(_joined(literals, pieces), columns)


def _piece(column: str, filters: str | None, places: Mapping[str, int], words: Words) -> Fill:
    if column not in places:
        raise ValueError(f"no column {column!r}; the file has: {', '.join(places)}")
    index = places[column]
    chain = [filter_named(one.strip(), words) for one in (filters or "").split("|") if one]

    def fill(row: Row) -> str | None:
        value = row[index].strip()
        if not value:
            return None
        try:
            for step in chain:
                value = step(value)
        except BadCell as error:
            raise BadRow(column, str(error)) from None
        return value

    return fill


def _joined(literals: Sequence[str], pieces: Sequence[Fill]) -> Fill:
    def fill(row: Row) -> str | None:
        values = [piece(row) for piece in pieces]
        if not any(values):
            return None
        woven = [literals[0]]
        for value, literal in zip(values, literals[1:], strict=True):
            woven += (value or "", literal)
        return "".join(woven)

    return fill
