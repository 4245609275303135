"""Rows become facts. A row goes in whole or not at all; what is wrong comes back with its place and reason.

`group` facts are complete at the end of the file; one bad row in a group rejects the whole group, since half
an invoice is a false one.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from uuid import NAMESPACE_OID, uuid5

from pydantic import ValidationError

from apps.imports.maps import BadMap, EventMap, ImportMap, Lookup
from apps.imports.templates import BadRow, Fill, Row, Template, compile_template
from klantbus.domain.events import PAYLOADS, Fact

Build = Callable[[Row], Any]
Columns = dict[tuple[str | int, ...], tuple[str, ...]]


class Reject(NamedTuple):
    """A row that did not become facts. `line` counts from 1, the header included."""

    line: int
    column: str
    reason: str
    row: Row


class Outcome(NamedTuple):
    """What one row gave: facts, or the reason why not."""

    facts: Sequence[Fact]
    rejects: Sequence[Reject]


class Maker(NamedTuple):
    """Makes one fact of a row: its envelope fields, its payload, and which columns each field came from."""

    event: EventMap
    source: str
    envelope: Mapping[str, Template]
    data: Build
    columns: Columns
    when: Fill
    group: tuple[int, ...]


class Reader:
    """Reads one CSV file by one map. Columns of looked-up files are named `lookup.column`."""

    def __init__(self, plan: ImportMap, header: Sequence[str], folder: Path) -> None:
        self._width = len(header)
        self._lookups = [_read_lookup(name, one, plan, folder, header) for name, one in plan.lookups.items()]
        names = [*header, *(f"{found.name}.{column}" for found in self._lookups for column in found.header)]
        places = {name: index for index, name in enumerate(names)}
        self._makers = [_maker(event, plan, places) for event in plan.events]
        self._single = [maker for maker in self._makers if not maker.group]
        self._grouped = [maker for maker in self._makers if maker.group]
        self._groups: dict[tuple[int, tuple[str, ...]], list[tuple[int, Row]]] = {}
        self._spoilt: set[tuple[int, tuple[str, ...]]] = set()

    def take(self, line: int, cells: Row) -> Outcome:
        """Return the facts of one row; those of a group wait for `rest`."""
        try:
            row = self._widened(cells)
            facts = [fact for maker in self._single if (fact := _made(maker, row)) is not None]
        except BadRow as error:
            self._spoil(cells)
            return Outcome((), (Reject(line, error.column, str(error), cells),))
        for number, maker in enumerate(self._grouped):
            key = (number, tuple(row[index] for index in maker.group))
            self._groups.setdefault(key, []).append((line, row))
        return Outcome(facts, ())

    def rest(self) -> Iterator[Outcome]:
        """Yield the facts of the groups, in the order of their first rows."""
        for key, members in self._groups.items():
            maker = self._grouped[key[0]]
            try:
                self._refuse_spoilt(key)
                fact = _joined(maker, [row for _, row in members])
            except BadRow as error:
                yield Outcome((), [_rejected(error, line, row[: self._width]) for line, row in members])
            else:
                yield Outcome([fact] if fact else [], ())

    def _widened(self, cells: Row) -> Row:
        if len(cells) != self._width:
            raise BadRow("", f"has {len(cells)} cells where the header has {self._width}")
        row = list(cells)
        for found in self._lookups:
            row += found.row(row)
        return row

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


def open_rows(file: TextIO, plan: ImportMap) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Return the header and the rows with their line numbers."""
    reader = csv.reader(file, delimiter=plan.delimiter)
    header = [name.strip() for name in next(reader, [])]
    if not header:
        raise BadMap("the file is empty: its first line must name the columns")
    return header, ((reader.line_num, row) for row in reader if row)


def _read_lookup(name: str, lookup: Lookup, plan: ImportMap, folder: Path, header: Sequence[str]) -> FoundIn:
    path = folder / lookup.file
    if not path.exists():
        raise BadMap(f"lookup {name!r} wants {lookup.file} beside the file, and it is not there")
    if lookup.match not in header:
        raise BadMap(f"lookup {name!r}: no column {lookup.match!r}; the file has: {', '.join(header)}")
    with path.open(encoding=plan.encoding, newline="") as file:
        columns, rows = open_rows(file, plan)
        if lookup.key not in columns:
            raise BadMap(f"lookup {name!r}: {lookup.file} has no column {lookup.key!r}")
        key = columns.index(lookup.key)
        found = {row[key].strip(): row for _, row in rows if len(row) == len(columns)}
    return FoundIn(name, columns, header.index(lookup.match), lookup.match, found)


def _maker(event: EventMap, plan: ImportMap, places: Mapping[str, int]) -> Maker:
    columns: Columns = {}
    try:
        texts = {"id": event.id, "subject": event.subject, "time": event.time}
        texts |= {name: text for name in ("correlationid", "sourceref") if (text := getattr(event, name))}
        envelope = {name: compile_template(text, places, plan.words) for name, text in texts.items()}
        columns |= {(name,): template.columns for name, template in envelope.items()}
        data = _builder(event.data, ("data",), columns, plan, places)
        when = compile_template(event.when or "always", places, plan.words).fill
        group = tuple(places[name] for name in event.group)
    except (ValueError, KeyError) as error:
        raise BadMap(f"{event.type}: {error}") from error
    source = f"/{event.department or plan.department}/{plan.system}"
    return Maker(event, source, envelope, data, columns, when, group)


def _builder(
    value: object,
    path: tuple[str | int, ...],
    columns: Columns,
    plan: ImportMap,
    places: Mapping[str, int],
) -> Build:
    """Return what builds `value` from a row; a table or list whose columns are all empty is left out."""
    if isinstance(value, str):
        template = compile_template(value, places, plan.words)
        columns[path] = template.columns
        return template.fill
    if isinstance(value, dict):
        parts = {key: _builder(one, (*path, key), columns, plan, places) for key, one in value.items()}
        fixed = {key for key, one in value.items() if isinstance(one, str) and not columns[(*path, key)]}
        return _table(parts, fixed)
    if isinstance(value, list):
        items = [_builder(one, (*path, index), columns, plan, places) for index, one in enumerate(value)]
        return lambda row: [made for item in items if (made := item(row)) is not None] or None
    return lambda _: value


def _table(parts: Mapping[str, Build], fixed: set[str]) -> Build:
    every_fixed = len(fixed) == len(parts)

    def build(row: Row) -> dict[str, Any] | None:
        made = {key: value for key, part in parts.items() if (value := part(row)) is not None}
        return made if every_fixed or made.keys() - fixed else None

    return build


def _made(maker: Maker, row: Row) -> Fact | None:
    if maker.when(row) is None:
        return None
    return _fact(maker, row, maker.data(row) or {})


def _joined(maker: Maker, rows: Sequence[Row]) -> Fact | None:
    rows = [row for row in rows if maker.when(row) is not None]
    if not rows:
        return None
    whole: dict[str, Any] = {}
    for row in rows:
        for key, value in (maker.data(row) or {}).items():
            if isinstance(value, list):
                whole.setdefault(key, []).extend(value)
            else:
                whole.setdefault(key, value)
    return _fact(maker, rows[0], whole)


def _fact(maker: Maker, row: Row, data: Mapping[str, Any]) -> Fact:
    said = {name: template.fill(row) for name, template in maker.envelope.items()}
    for name in ("id", "subject", "time"):
        if said[name] is None:
            raise BadRow(", ".join(maker.columns[name,]), f"is empty, and {name} needs it")
    name = f"{maker.source}\0{maker.event.type}\0{said.pop('id')}"
    try:
        payload = PAYLOADS[maker.event.type].model_validate(data)
        return Fact.model_validate(
            {
                **{key: value for key, value in said.items() if value is not None},
                "id": str(uuid5(NAMESPACE_OID, name)),
                "source": maker.source,
                "type": maker.event.type,
                "recordedtime": said["time"],
                "data": payload,
            }
        )
    except ValidationError as error:
        raise _bad_row(error, maker.columns) from None


def _bad_row(error: ValidationError, columns: Columns) -> BadRow:
    first = error.errors(include_url=False)[0]
    steps = [step for step in first["loc"] if not (isinstance(step, str) and step[:1].isupper())]
    for path in (("data", *steps), tuple(steps)):
        if columns.get(path):
            return BadRow(", ".join(columns[path]), f"{steps[-1]}: {first['msg']}")
    return BadRow("", f"{'.'.join(map(str, steps))}: {first['msg']}")


def _rejected(error: BadRow, line: int, row: Row) -> Reject:
    return Reject(line, error.column, str(error), row)


def outcomes(reader: Reader, rows: Iterable[tuple[int, Row]]) -> Iterator[Outcome]:
    """Yield what every row gives, and at the end what the groups give."""
    for line, row in rows:
        yield reader.take(line, row)
    yield from reader.rest()
