"""Facts that are on their way: a SQLite file takes them while the bus is away and ships them in order.

What `put` returned for is on the disk. It is taken out after the log confirmed it, so a crash in between
ships it twice, with the id it was given: nothing is lost, and a repeat is recognised.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from klantbus.bus.errors import LogUnavailable, RecordTooLarge
from klantbus.bus.packing import pack, unpack
from klantbus.bus.ports import LIMIT_BYTES, Publisher, Record, weigh
from klantbus.bus.seat import Form, Seat, transaction
from klantbus.bus.statements import statements

FORM = Form(application_id=0x6B626F78, version=1, package=__package__, name="outbox")  # "kbox"

_SQL = statements(__package__, "outbox.sql")
_AT_ONCE = 1_000  # records per shipment
_LOOK_EVERY = 1.0  # second
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds to wait for the log to come back

_Row = tuple[int, str, bytes | None, bytes | None, bytes]


class Outbox:
    """The outbox in the file at `path`, made when it is not there. One process at a time should ship from it.

    Raises `FileRefused` for a file that is no outbox, at first use.
    """

    def __init__(self, path: str, *, limit: int = LIMIT_BYTES) -> None:
        self._seat = Seat(FORM, path)
        self._limit = limit
        self._news = asyncio.Event()

    async def put(self, records: Sequence[Record]) -> None:
        """Return once all `records` are on the disk. Raises `RecordTooLarge`, with none of them taken."""
        for record in records:
            if (size := weigh(record)) > self._limit:
                raise RecordTooLarge(size, self._limit)
        await self._seat.run(partial(_put, records))
        self._news.set()

    async def waiting(self) -> int:
        """Return how many records were not yet shipped."""
        return await self._seat.run(_count)

    async def ship(self, publisher: Publisher) -> int:
        """Ship what is waiting, in order; return how many. Raises what the log raises, and keeps the rest."""
        shipped = 0
        while rows := await self._seat.run(_first):
            await publisher.publish([_record(row) for row in rows])
            await self._seat.run(partial(_take_out, rows[-1][0]))
            shipped += len(rows)
        return shipped

    async def keep_shipping(self, publisher: Publisher) -> None:
        """Ship whatever comes, until cancelled; while the log is away, try again ever more slowly."""
        pause = _FIRST_PAUSE
        while True:
            self._news.clear()
            try:
                await self.ship(publisher)
                pause = _FIRST_PAUSE
                await self._wait_for_news()
            except LogUnavailable:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):  # another process may put something in, and cannot wake us
            async with asyncio.timeout(_LOOK_EVERY):
                await self._news.wait()

    async def close(self) -> None:
        """Close the file; what waits in it stays."""
        await self._seat.close()


def _put(records: Sequence[Record], connection: sqlite3.Connection) -> None:
    rows = [(record.topic, record.key, record.value, pack(record.headers)) for record in records]
    with transaction(connection):
        connection.executemany(_SQL["put"], rows)


def _count(connection: sqlite3.Connection) -> int:
    [(count,)] = connection.execute(_SQL["waiting"])
    return int(count)


def _first(connection: sqlite3.Connection) -> Sequence[_Row]:
    return connection.execute(_SQL["first"], (_AT_ONCE,)).fetchall()


def _take_out(seq: int, connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute(_SQL["shipped"], (seq,))


def _record(row: _Row) -> Record:
    _, topic, key, value, headers = row
    return Record(topic, key, value, unpack(headers))
