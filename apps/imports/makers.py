"""Makes the record of one kind of fact from a row, or from a group of rows.

Most rows take the straight way (`straight.py`); one that it refuses is made into a fact here, carefully, and
told what is wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from uuid_utils import NAMESPACE_OID, uuid5

from apps.imports.building import Build, Columns, Sheet, builder
from apps.imports.maps import BadMap, EventMap, ImportMap
from apps.imports.straight import REFUSALS, straight_way
from apps.imports.templates import BadRow, Fill, Row, Template
from klantbus.bus.ports import Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import topic_of
from klantbus.domain.events import PAYLOADS, Fact


class Maker(NamedTuple):
    """Makes one fact of a row: its envelope fields, its payload, and which columns each field came from.

    `when` is None where every row states it, `straight` where the map has no straight way.
    """

    event: EventMap
    source: str
    identify: Callable[[str], str]
    envelope: Mapping[str, Template]
    data: Build
    columns: Columns
    when: Fill | None
    group: tuple[int, ...]
    straight: Callable[[Row], Record] | None


def maker_of(event: EventMap, plan: ImportMap, sheet: Sheet) -> Maker:
    """Return the maker of one fact of the map. Raises `BadMap` for a column or filter that is not there."""
    columns: Columns = {}
    source = f"/{event.department or plan.department}/{plan.system}"
    try:
        texts = {"id": event.id, "subject": event.subject, "time": event.time}
        texts |= {name: text for name in ("correlationid", "sourceref") if (text := getattr(event, name))}
        envelope = {name: sheet.template(text) for name, text in texts.items()}
        columns |= {(name,): template.columns for name, template in envelope.items()}
        data = builder(event.data, sheet, ("data",), columns)
        when = sheet.template(event.when).fill if event.when else None
        group = tuple(sheet.places[name] for name in event.group)
    except (ValueError, KeyError) as error:
        raise BadMap(f"{event.type}: {error}") from error
    identify = _identity(source, event.type)
    straight = None if group else _straight(event, source, identify, sheet)
    return Maker(event, source, identify, envelope, data, columns, when, group, straight)


def _identity(source: str, event: str) -> Callable[[str], str]:
    return lambda name: str(uuid5(NAMESPACE_OID, f"{source}\0{event}\0{name}"))


def _straight(
    event: EventMap, source: str, identify: Callable[[str], str], sheet: Sheet
) -> Callable[[Row], Record] | None:
    try:
        return straight_way(event, source, identify, sheet)
    except REFUSALS:
        return None  # each row is told, carefully, what the map asks of it


def record_from(maker: Maker, row: Row) -> Record | None:
    """Return the record of a row, or None where it states no such fact. Raises `BadRow`."""
    if maker.when is not None and maker.when(row) is None:
        return None
    if maker.straight is not None:
        try:
            return maker.straight(row)
        except REFUSALS:
            pass  # looked at again below, where it is known what is wrong
    return careful(maker, row, maker.data(row) or {})


def joined(maker: Maker, rows: Sequence[Row]) -> Record | None:
    """Return the record of a group of rows, their lists joined. Raises `BadRow`."""
    rows = [row for row in rows if maker.when is None or maker.when(row) is not None]
    if not rows:
        return None
    whole: dict[str, Any] = {}
    for row in rows:
        for key, value in (maker.data(row) or {}).items():
            if isinstance(value, list):
                whole.setdefault(key, []).extend(value)
            else:
                whole.setdefault(key, value)
    return careful(maker, rows[0], whole)


def careful(maker: Maker, row: Row, data: Mapping[str, Any]) -> Record:
    """Return the record of a payload as the map built it, checked by its models. Raises `BadRow`."""
    said = {name: template.fill(row) for name, template in maker.envelope.items()}
    for name in ("id", "subject", "time"):
        if said[name] is None:
            raise BadRow(", ".join(maker.columns[name,]), f"is empty, and {name} needs it")
    try:
        payload = PAYLOADS[maker.event.type].model_validate(data)
        fact = Fact.model_validate(
            {
                **{key: value for key, value in said.items() if value is not None},
                "id": maker.identify(str(said["id"])),
                "source": maker.source,
                "type": maker.event.type,
                "recordedtime": said["time"],
                "data": payload,
            }
        )
        return record_of(fact, topic_of(fact.department))
    except ValidationError as error:
        raise _bad_row(error, maker.columns) from None


def _bad_row(error: ValidationError, columns: Columns) -> BadRow:
    first = error.errors(include_url=False)[0]
    steps = [step for step in first["loc"] if not (isinstance(step, str) and step[:1].isupper())]
    for path in (("data", *steps), tuple(steps)):
        if columns.get(path):
            return BadRow(", ".join(columns[path]), f"{steps[-1]}: {first['msg']}")
    return BadRow("", f"{'.'.join(map(str, steps))}: {first['msg']}")
