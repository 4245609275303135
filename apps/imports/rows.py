"""Rows become records. A row goes in whole or not at all; what is wrong comes back with its place and reason.

`group` facts are complete at the end of the file; one bad row in a group rejects the whole group, since half
an invoice is a false one.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from apps.imports.building import Sheet
from apps.imports.makers import joined, maker_of, record_from
from apps.imports.maps import BadMap, ImportMap, Lookup
from apps.imports.templates import BadRow, Row
from klantbus.bus.ports import Record

SPOILT: Final = "surrogateescape"
"""How a file is opened: bytes that are none of its encoding spoil their own row, and no other."""


class Reject(NamedTuple):
    """A row that did not become facts. `line` counts from 1, the header included."""

    line: int
    column: str
    reason: str
    row: Row


class Outcome(NamedTuple):
    """What one row gave: the records of its facts, or the reason why not."""

    records: Sequence[Record]
    rejects: Sequence[Reject]


class Reader:
    """Reads one CSV file by one map. Columns of looked-up files are named `lookup.column`."""

    def __init__(self, plan: ImportMap, header: Sequence[str], folder: Path) -> None:
        self._width = len(header)
        self._lookups = [_read_lookup(name, one, plan, folder, header) for name, one in plan.lookups.items()]
        names = [*header, *(f"{found.name}.{column}" for found in self._lookups for column in found.header)]
        self._names, self._encoding = names, plan.encoding
        sheet = Sheet({name: index for index, name in enumerate(names)}, plan.words)
        makers = [maker_of(event, plan, sheet) for event in plan.events]
        self._single = [maker for maker in makers if not maker.group]
        self._grouped = [maker for maker in makers if maker.group]
        self._groups: dict[tuple[int, tuple[str, ...]], list[tuple[int, Row]]] = {}
        self._spoilt: set[tuple[int, tuple[str, ...]]] = set()

    def take(self, line: int, cells: Row) -> Outcome:
        """Return what one row gives; the facts of a group wait for `rest`."""
        try:
            row = self._widened(cells)
            records = [record for maker in self._single if (record := record_from(maker, row)) is not None]
        except BadRow as error:
            self._spoil(cells)
            return Outcome((), (Reject(line, error.column, str(error), cells),))
        for number, maker in enumerate(self._grouped):
            key = (number, tuple(row[index] for index in maker.group))
            self._groups.setdefault(key, []).append((line, row))
        return Outcome(records, ())

    def rest(self) -> Iterator[Outcome]:
        """Yield what the groups give, in the order of their first rows."""
        for key, members in self._groups.items():
            maker = self._grouped[key[0]]
            try:
                self._refuse_spoilt(key)
                record = joined(maker, [row for _, row in members])
            except BadRow as error:
                yield Outcome((), [_rejected(error, line, row[: self._width]) for line, row in members])
            else:
                yield Outcome([record] if record else [], ())

    def _widened(self, cells: Row) -> Row:
        if len(cells) != self._width:
            raise BadRow("", f"has {len(cells)} cells where the header has {self._width}")
        row = list(cells)
        for found in self._lookups:
            row += found.row(row)
        if not "".join(row).isascii():
            self._refuse_other_writing(row)
        return row

    def _refuse_other_writing(self, row: Row) -> None:
        for name, cell in zip(self._names, row, strict=True):
            if is_spoilt(cell):
                raise BadRow(name, _not_written(self._encoding))

    def _refuse_spoilt(self, key: tuple[int, tuple[str, ...]]) -> None:
        if key in self._spoilt:
            raise BadRow("", "another row of the same group was rejected")

    def _spoil(self, cells: Row) -> None:
        if len(cells) != self._width:
            return
        for number, maker in enumerate(self._grouped):
            if all(index < self._width for index in maker.group):
                self._spoilt.add((number, tuple(cells[index] for index in maker.group)))


class FoundIn(NamedTuple):
    """A looked-up file in memory."""

    name: str
    header: Sequence[str]
    match: int
    column: str
    rows: Mapping[str, Row]

    def row(self, row: Row) -> Row:
        """Return the row that belongs to `row`; raises `BadRow` where there is none."""
        wanted = row[self.match].strip()
        if wanted not in self.rows:
            raise BadRow(self.column, f"{wanted!r} is not in the file of {self.name!r}")
        return self.rows[wanted]


def is_spoilt(text: str) -> bool:
    """Tell whether some bytes of `text` were none of the file's encoding; they come back as they were."""
    return any("\udc80" <= letter <= "\udcff" for letter in text)


def _not_written(encoding: str) -> str:
    name = encoding.removesuffix("-sig")
    return f'is not written in {name}: say in the map how it is, such as encoding = "cp1252"'


def open_rows(file: TextIO, plan: ImportMap) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Return the header and the rows with their line numbers; `file` was opened with `SPOILT`."""
    reader = csv.reader(file, delimiter=plan.delimiter)
    header = [name.strip() for name in next(reader, [])]
    if not header:
        raise BadMap("the file is empty: its first line must name the columns")
    if any(map(is_spoilt, header)):
        raise BadMap(f"the first line {_not_written(plan.encoding)}")
    return header, ((reader.line_num, row) for row in reader if row)


def _read_lookup(name: str, lookup: Lookup, plan: ImportMap, folder: Path, header: Sequence[str]) -> FoundIn:
    path = folder / lookup.file
    if not path.exists():
        raise BadMap(f"lookup {name!r} wants {lookup.file} beside the file, and it is not there")
    if lookup.match not in header:
        raise BadMap(f"lookup {name!r}: no column {lookup.match!r}; the file has: {', '.join(header)}")
    with path.open(encoding=plan.encoding, errors=SPOILT, newline="") as file:
        columns, rows = open_rows(file, plan)
        if lookup.key not in columns:
            raise BadMap(f"lookup {name!r}: {lookup.file} has no column {lookup.key!r}")
        key = columns.index(lookup.key)
        found = {row[key].strip(): row for _, row in rows if len(row) == len(columns)}
    return FoundIn(name, columns, header.index(lookup.match), lookup.match, found)


def _rejected(error: BadRow, line: int, row: Row) -> Reject:
    return Reject(line, error.column, str(error), row)


def outcomes(reader: Reader, rows: Iterable[tuple[int, Row]]) -> Iterator[Outcome]:
    """Yield what every row gives, and at the end what the groups give."""
    for line, row in rows:
        yield reader.take(line, row)
    yield from reader.rest()
