"""Forgetting what is older than its topic's retention, little by little so that appenders get their turn."""

import sqlite3
from collections.abc import Sequence
from functools import partial

from klantbus.bus.journal.append import PLACE_BITS
from klantbus.bus.journal.file import SQL
from klantbus.bus.seat import Seat, transaction

_DAY = 86_400_000_000  # µs
_AT_ONCE = 10_000  # records per transaction


async def expire(seat: Seat, now: int) -> int:
    """Forget records that are older than their topic's retention at `now` (µs UTC); return how many."""
    forgotten = 0
    for first, end in await seat.run(partial(_expired, now)):
        for start in range(first, end, _AT_ONCE):
            forgotten += await seat.run(partial(_forget, start, min(start + _AT_ONCE, end)))
    return forgotten


def _expired(now: int, connection: sqlite3.Connection) -> Sequence[tuple[int, int]]:
    """Return per lane the range of places to forget."""
    ranges = []
    for lane_id, end, days in connection.execute(SQL["fleeting_lanes"]).fetchall():
        low = lane_id << PLACE_BITS
        first = connection.execute(SQL["first_from"], (low, low + end)).fetchone()
        if first is not None:
            ranges.append((first[0], _first_to_keep(connection, first[0], low + end, now - days * _DAY)))
    return ranges


def _first_to_keep(connection: sqlite3.Connection, low: int, high: int, cutoff: int) -> int:
    """Halve the range until the first record appended at or after `cutoff`: times only rise in a lane."""
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(SQL["first_from"], (middle, high)).fetchone()
        if found is None or found[1] >= cutoff:
            high = middle
        else:
            low = found[0] + 1
    return low


def _forget(start: int, end: int, connection: sqlite3.Connection) -> int:
    with transaction(connection):
        return connection.execute(SQL["forget"], (start, end)).rowcount
