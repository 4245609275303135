"""Templates: text with `{column}` or `{column|filter}` in it, compiled once, filled for every row.

A column of a looked-up file is `{order.o_custkey}`. An empty cell makes an optional field absent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from apps.imports.words import BadCell, Filter, Words, filter_named

Row = Sequence[str]
Fill = Callable[[Row], str | None]

_HOLE = re.compile(r"\{([^{}|]+)(?:\|([^{}]+))?\}")
_KEPT = 4096  # texts that are woven once: rows near each other share orders, days, customers


class Template(NamedTuple):
    """A text of a row (`fill`) or of its `columns` alone (`of_cells`); None where all of them are empty."""

    fill: Fill
    columns: tuple[str, ...]
    of_cells: Callable[..., str | None]


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
        return Template(lambda _: text, (), lambda: text)
    columns = tuple(hole[1].strip() for hole in holes)
    if missing := [column for column in columns if column not in places]:
        raise ValueError(f"no column {missing[0]!r}; the file has: {', '.join(places)}")
    readers = [_reader(hole[1].strip(), hole[2], words) for hole in holes]
    indexes = [places[column] for column in columns]
    plain = len(holes) == 1 and holes[0][0] == text
    of_cells = _alone(readers[0]) if plain else _woven(_HOLE.sub("\0", text).split("\0"), readers)
    return Template(_filling(of_cells, indexes), columns, of_cells)


def _filling(of_cells: Callable[..., str | None], indexes: Sequence[int]) -> Fill:
    if len(indexes) == 1:
        index = indexes[0]
        return lambda row: of_cells(row[index])
    pick = itemgetter(*indexes)
    return lambda row: of_cells(*pick(row))


def _reader(column: str, filters: str | None, words: Words) -> Filter:
    """Return what makes a text of a cell, an empty one of an empty cell."""
    chain = [filter_named(one.strip(), words) for one in (filters or "").split("|") if one]

    def read(cell: str) -> str:
        value = cell.strip()
        try:
            for step in chain if value else ():
                value = step(value)
        except BadCell as error:
            raise BadRow(column, str(error)) from None
        return value

    return read if chain else str.strip


def _alone(read: Filter) -> Callable[[str], str | None]:
    return lambda cell: read(cell) or None


def _woven(literals: Sequence[str], readers: Sequence[Filter]) -> Callable[..., str | None]:
    form = "%s".join(literal.replace("%", "%%") for literal in literals)

    @lru_cache(maxsize=_KEPT)
    def weave(*cells: str) -> str | None:
        values = [read(cell) for read, cell in zip(readers, cells, strict=True)]
        return form % tuple(values) if any(values) else None

    return weave
