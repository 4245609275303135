"""From records of the log to rows: one Arrow table per batch, personal text in a column of its own.

Columns: the envelope by its names, `event_id` for its id, the place (topic, partition, offset), `published`
as the log's append time, `payload` and `personal` as JSON text. `personal` holds the fields marked `pii` in
the contract and is null where there are none.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import orjson
import pyarrow as pa
from pydantic import BaseModel

from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Stored
from klantbus.domain.events import (
    PAYLOADS,
    AlertRaised,
    AlertResolved,
    EventCorrected,
    Fact,
    Payload,
    VerdictChanged,
)

MOMENT: pa.DataType = pa.timestamp("us", tz="UTC")
_FACT: list[tuple[str, pa.DataType]] = [
    ("topic", pa.string()),
    ("partition", pa.int32()),
    ("offset", pa.int64()),
    ("published", MOMENT),
    ("event_id", pa.string()),
    ("type", pa.string()),
    ("source", pa.string()),
    ("department", pa.string()),
    ("subject", pa.string()),
    ("time", MOMENT),
    ("recordedtime", MOMENT),
    ("timezone", pa.string()),
    ("actor", pa.string()),
    ("sourceref", pa.string()),
    ("correlationid", pa.string()),
    ("causationid", pa.string()),
    ("payload", pa.string()),
    ("personal", pa.string()),
]
ARRIVED: Final = pa.schema(_FACT)
_UNREAD: list[tuple[str, pa.DataType]] = [
    ("topic", pa.string()),
    ("partition", pa.int32()),
    ("offset", pa.int64()),
    ("published", MOMENT),
    ("code", pa.string()),
]
UNREADABLE: Final = pa.schema(_UNREAD)

_REPEATS = (VerdictChanged, AlertRaised, AlertResolved)
"""The bus repeats in these what a department said; the text is kept once, with the fact it came in."""

Read = tuple[Stored, Fact | Unreadable]
"""A record and what it says, or why it cannot be read."""


class Arrived(NamedTuple):
    """A batch as tables: what could be read, and the places of what could not."""

    facts: pa.Table
    unreadable: pa.Table


def arrived(batch: Iterable[Read]) -> Arrived:
    """Return `batch` as two Arrow tables."""
    facts: list[tuple[Any, ...]] = []
    unreadable: list[tuple[Any, ...]] = []
    for stored, said in batch:
        if isinstance(said, Fact):
            facts.append(_row(stored, said))
        else:
            unreadable.append((*stored[:4], said.code))
    return Arrived(_table(facts, ARRIVED), _table(unreadable, UNREADABLE))


def texts(data: Payload) -> tuple[str, str | None]:
    """Return what a fact says as JSON: without personal text, and only that (None where there is none)."""
    if isinstance(data, EventCorrected):
        return _texts_of_correction(data)
    private = _personal_of(type(data))
    if isinstance(data, _REPEATS):
        return data.model_dump_json(exclude=private, exclude_none=True), None
    if not private:
        return data.model_dump_json(exclude_none=True), None
    personal = data.model_dump_json(include=private, exclude_none=True, exclude_defaults=True)
    return data.model_dump_json(exclude=private, exclude_none=True), None if personal == "{}" else personal


def _row(stored: Stored, fact: Fact) -> tuple[Any, ...]:
    source = fact.source
    return (
        *stored[:4],
        fact.id,
        fact.type,
        source,
        fact.department,
        fact.subject,
        fact.time,
        fact.recordedtime,
        fact.timezone,
        fact.actor,
        fact.sourceref,
        fact.correlationid,
        fact.causationid,
        *texts(fact.data),
    )


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _texts_of_correction(data: EventCorrected) -> tuple[str, str | None]:
    # The type of the target is not known here: a name that is personal in any type counts as personal.
    names = _personal_names()
    changes = {name: orjson.loads(text) for name, text in data.set.items()}
    payload = {
        "target_event_id": data.target_event_id,
        "set": {k: v for k, v in changes.items() if k not in names},
    }
    personal: dict[str, Any] = {"reason": data.reason} if data.reason else {}
    if said := {k: v for k, v in changes.items() if k in names}:
        personal["set"] = said
    return orjson.dumps(payload).decode(), orjson.dumps(personal).decode() if personal else None


@cache
def _personal_names() -> frozenset[str]:
    return frozenset(name for shape in PAYLOADS.values() for name in _personal_of(shape))


@cache
def _personal_of(shape: type[BaseModel]) -> Mapping[str, Any]:
    """Return the personal fields of `shape` and of its parts, as pydantic's include and exclude."""
    found: dict[str, Any] = {}
    for name, field in shape.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("pii"):
            found[name] = True
        elif inner := _personal_inside(field.annotation):
            found[name] = inner
    return found


def _personal_inside(annotation: object) -> Mapping[str, Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _personal_of(annotation)
    for part in getattr(annotation, "__args__", ()):
        if inner := _personal_inside(part):
            return {"__all__": inner} if getattr(annotation, "__origin__", None) is tuple else inner
    return {}
