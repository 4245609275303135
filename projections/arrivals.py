"""From records of the log to rows: one Arrow table per batch, personal text in a column of its own.

Columns: the envelope by its names, `event_id` for its id, the place (topic, partition, offset), `published`
as the log's append time, `payload` and `personal` as JSON text. `personal` holds the fields marked `pii` in
the contract and is null where there are none. `id_key` is the number that an id says, null where none.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import orjson
import pyarrow as pa

from klantbus.bus.avro.rows import Row, personal_fields
from klantbus.bus.avro.shape import Group
from klantbus.bus.codec import row_in
from klantbus.bus.columns import Buffers, Columns, columns_in, key_of
from klantbus.bus.contract import contract
from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Batch, Positions, Stored
from klantbus.domain.events import AlertRaised, AlertResolved, EventCorrected, VerdictChanged

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
    ("id_key", pa.int64()),
]
ARRIVED: Final = pa.schema(_FACT)
BATCH: Final = pa.schema([field for field in ARRIVED if field.name not in {"personal", "id_key"}])
_UNREAD: list[tuple[str, pa.DataType]] = [
    ("topic", pa.string()),
    ("partition", pa.int32()),
    ("offset", pa.int64()),
    ("published", MOMENT),
    ("code", pa.string()),
]
UNREADABLE: Final = pa.schema(_UNREAD)

_AT_ONCE: Final = 5_000
"""So many records become Python's own objects at a time, which take twenty times the room of rows."""

_REPEATS = frozenset(shape.event for shape in (VerdictChanged, AlertRaised, AlertResolved))
"""The bus repeats in these what a department said; the text is kept once, with the fact it came in."""

_CORRECTS = EventCorrected.event
_APART = frozenset({_CORRECTS})
"""What is personal in a correction is told here, one by one."""


class Arrived(NamedTuple):
    """A batch as tables: what could be read, and the places of what could not."""

    facts: pa.Table
    unreadable: pa.Table

    @property
    def types(self) -> frozenset[str]:
        """The types of fact in it."""
        return frozenset(filter(None, self.facts.column("type").unique().to_pylist()))


class Turn(NamedTuple):
    """A batch, decoded, and the positions after it."""

    facts: Arrived
    reached: Positions


def decoded(batch: Batch) -> Turn:
    """Return a batch as rows."""
    with unswept():
        return Turn(arrived(batch.records), batch.positions)


def joined(turns: Sequence[Turn]) -> Turn:
    """Return turns that came one after the other as one."""
    return Turn(_together([turn.facts for turn in turns]), turns[-1].reached)


@contextmanager
def unswept() -> Iterator[None]:
    """Keep the garbage collector out: facts make no rings, and looking for them costs a third of decoding."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def arrived(records: Iterable[Stored]) -> Arrived:
    """Return records as two Arrow tables; rows are in no order."""
    waiting = [*records]
    found = columns_in(waiting, left_out=_APART, without_personal=_REPEATS)
    parts = [] if found is None else [Arrived(_of_buffers(found), UNREADABLE.empty_table())]
    rest = waiting if found is None else found.rest
    parts += [one_by_one(rest[at : at + _AT_ONCE]) for at in range(0, len(rest), _AT_ONCE)]
    return _together(parts or [one_by_one(())])


def _of_buffers(found: Columns) -> pa.Table:
    arrays = [
        _of_texts(found.rows, buffers)
        if field.type == pa.string()
        else _of_numbers(found.rows, field.type, buffers)
        for buffers, field in zip(found.columns, ARRIVED, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=ARRIVED)


def _of_texts(rows: int, buffers: Buffers) -> "pa.Array[Any]":
    there, ends, texts = (None if bytes_ is None else pa.py_buffer(bytes_) for bytes_ in buffers)
    return pa.Array.from_buffers(pa.string(), rows, [there, ends, texts])


def _of_numbers(rows: int, kind: pa.DataType, buffers: Buffers) -> "pa.Array[Any]":
    there = None if buffers[0] is None else pa.py_buffer(buffers[0])
    numbers = pa.Array.from_buffers(pa.int64(), rows, [there, pa.py_buffer(buffers[-1])])
    return numbers.cast(kind)


def one_by_one(records: Iterable[Stored]) -> Arrived:
    """Return the same with a Python value for each: what C leaves, or all of it where there is no C."""
    kept: list[Stored] = []
    rows: list[Row] = []
    unreadable: list[tuple[Any, ...]] = []
    for stored in records:
        try:
            rows.append(row_in(stored.value, stored.headers))
        except Unreadable as error:
            unreadable.append((*stored[:4], error.code))
        else:
            kept.append(stored)
    return Arrived(_table(_columns(kept, rows), ARRIVED), _table(_turned(unreadable), UNREADABLE))


def places(positions: Positions) -> pa.Table:
    """Return positions as a table: topic, partition, next."""
    lanes = sorted(positions.items())
    return pa.table(
        {
            "topic": pa.array([lane.topic for lane, _ in lanes], pa.string()),
            "partition": pa.array([lane.partition for lane, _ in lanes], pa.int32()),
            "next": pa.array([following for _, following in lanes], pa.int64()),
        }
    )


def _together(parts: Sequence[Arrived]) -> Arrived:
    if len(parts) == 1:
        return parts[0]
    facts, unreadable = zip(*parts, strict=True)
    return Arrived(pa.concat_tables(facts), pa.concat_tables(unreadable))


def _columns(kept: Sequence[Stored], rows: Sequence[Row]) -> Sequence[Sequence[Any]]:
    if not rows:
        return ()
    topic, partition, offset, appended, *_ = zip(*kept, strict=True)
    (
        event_id, event, source, subject, time, recordedtime, timezone, actor, sourceref, correlationid,
        causationid, _, payload, personal,
    ) = zip(*rows, strict=True)  # fmt: skip
    if _CORRECTS in event:
        payload, personal = zip(*map(_texts, rows), strict=True)
    return (
        topic, partition, offset, appended, event_id, event, source, [*map(_department, source)], subject,
        time, recordedtime, timezone, actor, sourceref, correlationid, causationid, payload,
        [None if word in _REPEATS else text for word, text in zip(event, personal, strict=True)],
        [*map(key_of, event_id)],
    )  # fmt: skip


def _turned(lines: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
    return [*zip(*lines, strict=True)]


def _table(columns: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    if not columns:
        return schema.empty_table()
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _texts(row: Row) -> tuple[bytes, bytes | None]:
    return _of_correction(row) if row.type == _CORRECTS else (row.payload, row.personal)


def _of_correction(row: Row) -> tuple[bytes, bytes | None]:
    # The type of the target is not known here: a name that is personal in any type counts as personal.
    names, said = _personal_names(), orjson.loads(row.personal or b"{}")
    changes = {name: _value(text) for name, text in said.pop("set", {}).items()}
    payload = orjson.loads(row.payload) | {"set": {k: v for k, v in changes.items() if k not in names}}
    if private := {k: v for k, v in changes.items() if k in names}:
        said["set"] = private
    return orjson.dumps(payload), orjson.dumps(said) if said else None


def _value(text: str) -> object:
    """Return what a correction says; of NaN and the like, which no field takes, what none takes either."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return [[text]]


@lru_cache(4096)
def _department(source: str) -> str:
    return source.split("/", 2)[1]


@cache
def _personal_names() -> frozenset[str]:
    fields = (field for agreed in contract().newest.values() for field in agreed.shape.fields)
    shapes = (shape for name, shape in fields if name == "data" and isinstance(shape, Group))
    return frozenset(name for shape in shapes for name in personal_fields(shape))
