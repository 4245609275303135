"""Putting records into the journal: one transaction, and one fsync, for all that were handed in meanwhile."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from klantbus.bus.errors import LogUnavailable, RecordTooLarge, UnknownTopic
from klantbus.bus.journal.bell import Bell
from klantbus.bus.journal.file import SQL
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.packing import pack
from klantbus.bus.ports import Place, Record, weigh
from klantbus.bus.seat import Seat, transaction

PLACE_BITS = 40
"""A record's place in the file is `lane_id << 40 | offset`."""

_AT_ONCE = 20_000  # records in one transaction, so that other processes get their turn

Lanes = Mapping[str, Sequence[int]]
"""The lane id of every partition, by topic."""


class _Call(NamedTuple):
    """What one caller handed in, and who waits for the places."""

    records: Sequence[Record]
    places: asyncio.Future[Sequence[Place]]


class Appender:
    """Takes records of many callers and commits them together, in the order of their calls."""

    def __init__(self, seat: Seat, bell: Bell, now: Callable[[], int]) -> None:
        self._seat = seat
        self._bell = bell
        self._now = now
        self._lanes: Lanes = {}
        self._calls: list[_Call] = []
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    async def append(self, records: Sequence[Record]) -> Sequence[Place]:
        """Return the places once the records are on the disk."""
        if self._closed:
            raise LogUnavailable("the journal was closed")
        await self._know({record.topic for record in records})
        if not records:
            return []
        call = _Call(records, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await call.places

    async def close(self) -> None:
        """Finish what was handed in and take no more."""
        self._closed = True
        if self._running is not None:
            await self._running

    async def _know(self, topics: set[str]) -> None:
        if not topics <= self._lanes.keys():
            self._lanes = await self._seat.run(lanes_by_topic)
        for topic in topics - self._lanes.keys():
            raise UnknownTopic(topic)

    async def _run(self) -> None:
        while calls := list(self._take()):
            await self._commit(calls)
        self._running = None

    def _take(self) -> Iterator[_Call]:
        weight = 0
        while self._calls and weight < _AT_ONCE:
            call = self._calls.pop(0)
            weight += len(call.records)
            yield call

    async def _commit(self, calls: Sequence[_Call]) -> None:
        records = [record for call in calls for record in call.records]
        work = asyncio.ensure_future(self._seat.run(partial(_append, records, self._lanes, self._now)))
        await asyncio.wait((work,))
        if error := work.exception():  # whatever it was, the callers wait for it
            _give_up(calls, error)
            return
        self._bell.ring()
        _hand_out(calls, work.result())


class JournalPublisher:
    """Puts records into the journal; see `ports.Publisher`."""

    def __init__(self, appender: Appender, limit: int) -> None:
        self._appender = appender
        self._limit = limit

    async def publish(self, records: Sequence[Record]) -> Sequence[Place]:
        """Return the places, in order, once every record is on the disk."""
        for record in records:
            if (size := weigh(record)) > self._limit:
                raise RecordTooLarge(size, self._limit)
        return await self._appender.append(records)

    async def close(self) -> None:
        """Nothing to let go of: the journal holds the file."""


def lanes_by_topic(connection: sqlite3.Connection) -> Lanes:
    """Return the lane ids of every topic, in order of partition."""
    lanes: dict[str, list[int]] = {}
    for lane_id, topic, _, _ in connection.execute(SQL["lanes"]):
        lanes.setdefault(topic, []).append(lane_id)
    return lanes


def _append(
    records: Sequence[Record],
    lanes: Lanes,
    now: Callable[[], int],
    connection: sqlite3.Connection,
) -> Sequence[Place]:
    targets = [_lane(record, lanes) for record in records]
    packed = [pack(record.headers) for record in records]
    with transaction(connection):
        ends = dict(connection.execute(SQL["ends"]))
        places = [_next(lane, ends) for lane, _ in targets]
        appended = _tide(connection, now())
        rows = sorted(
            (lane << PLACE_BITS | offset, appended, record.key, record.value, headers)
            for (lane, _), offset, record, headers in zip(targets, places, records, packed, strict=True)
        )
        connection.executemany(SQL["append"], rows)
        touched = {lane for lane, _ in targets}
        connection.executemany(SQL["move_end"], [(ends[lane], lane) for lane in touched])
    return [
        Place(record.topic, partition, offset)
        for record, (_, partition), offset in zip(records, targets, places, strict=True)
    ]


def _lane(record: Record, lanes: Lanes) -> tuple[int, int]:
    of_topic = lanes[record.topic]
    partition = partition_of(record.key, len(of_topic))
    return of_topic[partition], partition


def _next(lane: int, ends: dict[int, int]) -> int:
    offset = ends[lane]
    ends[lane] = offset + 1
    return offset


def _tide(connection: sqlite3.Connection, now: int) -> int:
    """Return the append time: now, or the last one when the clock was set back meanwhile."""
    [(last,)] = connection.execute(SQL["tide"])
    appended = max(now, int(last))
    connection.execute(SQL["raise_tide"], (appended,))
    return appended


def _hand_out(calls: Sequence[_Call], places: Sequence[Place]) -> None:
    start = 0
    for call in calls:
        end = start + len(call.records)
        if not call.places.done():  # the caller may have gone away
            call.places.set_result(places[start:end])
        start = end


def _give_up(calls: Sequence[_Call], error: BaseException) -> None:
    for call in calls:
        if not call.places.done():
            call.places.set_exception(error)
