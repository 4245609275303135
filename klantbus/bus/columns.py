"""Records straight to columns, without a Python value in between, where `make compiled` built that part."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from klantbus.bus.contract import contract
from klantbus.bus.framing import VALUE_LIMIT
from klantbus.bus.ports import Stored
from klantbus.bus.quick import native

Buffers = tuple[bytes | None, bytes, bytes]
"""A column as Arrow has it: bits of which are there (None: all are), where each text ends, all the bytes.

Numbers are int64 in the last of them.
"""

_SAID_FIRST: Final = 13
"""Characters of an id in which its key stands."""


def key_of(event_id: str) -> int | None:
    """Return the number by which a fact is found: what its id says in hexadecimal at its beginning.

    In a UUID of version 7 that is its time, so that what came at about one time stands together. None for an
    id that says anything else there.
    """
    first = event_id[:_SAID_FIRST].replace("-", "")
    return int(first, 16) if _HEXADECIMAL.issuperset(first) and first else None


_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")


class Columns(NamedTuple):
    """The facts that C could read, `rows` of them, and the records that `codec.row_in` is to be asked about.

    In order: topic, partition, offset, append time, id, type, source, department, subject, time,
    recordedtime, timezone, actor, sourceref, correlationid, causationid, payload, personal, key. Times are µs
    since 1970, UTC; payload and personal text are those of `avro.rows.Row`; the key is that of `key_of`.
    """

    rows: int
    columns: Sequence[Buffers]
    rest: list[Stored]


def columns_in(
    records: list[Stored], *, left_out: frozenset[str], without_personal: frozenset[str]
) -> Columns | None:
    """Return records as columns; None where there is nothing in C.

    Facts of the types `left_out` are among the rest; of those `without_personal` no personal text is given.
    """
    if native is None:
        return None
    return Columns(*native.columns(records, _plans(left_out, without_personal), VALUE_LIMIT))


@lru_cache(8)
def _plans(left_out: frozenset[str], without_personal: frozenset[str]) -> Mapping[int, tuple[Any, str, bool]]:
    return {
        schema_id: (agreed.quick_row.__self__, agreed.file.event, agreed.file.event not in without_personal)  # type: ignore[attr-defined]  # of a plan in C
        for schema_id, agreed in contract().by_id.items()
        if agreed.file.event not in left_out and agreed.quick_row is not None
    }
