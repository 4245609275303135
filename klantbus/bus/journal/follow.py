"""Reading the journal in order per lane."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from klantbus.bus.clock import steady
from klantbus.bus.errors import Misuse, UnknownTopic
from klantbus.bus.journal.append import PLACE_BITS
from klantbus.bus.journal.bell import Bell
from klantbus.bus.journal.file import SQL
from klantbus.bus.packing import Row, stored_of
from klantbus.bus.ports import Batch, Lane, Positions, Stored
from klantbus.bus.seat import Seat, transaction

_OFFSETS = (1 << PLACE_BITS) - 1


class _Found(NamedTuple):
    """What one look at the file brought: how many lanes it has, records, and the positions after them."""

    lanes: int
    records: Sequence[Stored]
    places: Mapping[int, int]


class JournalFollower:
    """Reads topics of the journal; see `ports.Follower`. Made by `Journal.follower`."""

    def __init__(
        self, seats: tuple[Seat, Seat], bell: Bell, topics: Sequence[str], group: str | None
    ) -> None:
        self._read_seat, self._write_seat = seats
        self._bell = bell
        self._topics = tuple(topics)
        self._group = group
        self._lanes: dict[int, Lane] = {}
        self._places: dict[int, int] = {}
        self._starts: Positions = {}
        self._charted = 0  # lanes in the file when last charted, ours or not
        self._quiet = -1  # the bell's count at which nothing was there
        self._moves = 0  # counts seeks, so that what was read before one is thrown away

    async def open(self, start: Positions | None) -> None:
        """Find the lanes and where to begin. Raises `UnknownTopic`."""
        await self._chart()
        known = {lane.topic for lane in self._lanes.values()}
        for topic in self._topics:
            if not topic.endswith("*") and topic not in known:
                raise UnknownTopic(topic)
        kept = {} if self._group is None else await self.kept()
        self._starts = {**kept, **(start or {})}
        await self.seek(self._starts)

    async def batch(self, *, limit: int = 10_000, wait: float = 1.0) -> Batch:
        """Return up to `limit` records; an empty batch when nothing came in `wait` seconds."""
        deadline = steady() + wait
        while True:
            mark = self._bell.mark()
            records = await self._look(limit, mark)
            left = deadline - steady()
            if records or left <= 0:
                return Batch(records, self.positions())
            await self._bell.beyond(mark, left)

    def positions(self) -> Positions:
        """Return the next offset of every lane."""
        return {lane: self._places[lane_id] for lane_id, lane in self._lanes.items()}

    async def seek(self, positions: Positions) -> None:
        """Read on from `positions`."""
        self._moves += 1
        self._quiet = -1
        ids = {lane: lane_id for lane_id, lane in self._lanes.items()}
        self._places.update({ids[lane]: offset for lane, offset in positions.items() if lane in ids})

    async def ends(self) -> Positions:
        """Return the offset that the next record of each lane gets.

        Whoever is appending right now is waited for: what it appends carries a stamp of before.
        """
        rows = await self._write_seat.run(_settled_lanes)
        ends = self._charted_from(rows)
        return {lane: ends[lane_id] for lane_id, lane in self._lanes.items()}

    async def kept(self) -> Positions:
        """Return the positions last kept for the group."""
        kept = await self._read_seat.run(partial(_kept, self._own_group()))
        return {self._lanes[lane_id]: offset for lane_id, offset in kept if lane_id in self._lanes}

    async def keep(self, positions: Positions) -> None:
        """Keep `positions` for the group."""
        group = self._own_group()
        ids = {lane: lane_id for lane_id, lane in self._lanes.items()}
        rows = [(group, ids[lane], offset) for lane, offset in positions.items() if lane in ids]
        await self._write_seat.run(partial(_keep, rows))

    async def wait_until(self, condition: Callable[[Positions], bool], *, timeout: float) -> Positions:  # noqa: ASYNC109  the port's own name
        """Return the ends once they satisfy `condition`; raise `TimeoutError` after `timeout` seconds."""
        deadline = steady() + timeout
        while True:
            mark = self._bell.mark()
            ends = await self.ends()
            if condition(ends):
                return ends
            if not await self._bell.beyond(mark, max(0.0, deadline - steady())) and steady() >= deadline:
                raise TimeoutError(f"the log did not get there in {timeout} seconds")

    async def close(self) -> None:
        """Nothing to let go of: the journal holds the file."""

    async def _look(self, limit: int, mark: int) -> Sequence[Stored]:
        if mark == self._quiet:
            return []
        moves = self._moves
        wanted = [(lane_id, self._lanes[lane_id], at) for lane_id, at in self._places.items()]
        found = await self._read_seat.run(partial(_read, wanted, limit))
        if found.lanes != self._charted:
            await self._chart()
            return await self._look(limit, mark)
        if moves != self._moves:  # a seek came between
            return await self._look(limit, mark)
        self._places.update(found.places)
        self._quiet = -1 if found.records else mark
        return found.records

    async def _chart(self) -> Mapping[int, int]:
        """Return the end of every lane in the file, and take in lanes that are new and ours."""
        return self._charted_from(await self._read_seat.run(_lanes))

    def _charted_from(self, rows: Sequence[tuple[int, Lane, int]]) -> Mapping[int, int]:
        for lane_id, lane, _ in rows:
            if lane_id not in self._lanes and self._follows(lane.topic):
                self._lanes[lane_id] = lane
                self._places[lane_id] = self._starts.get(lane, 0)
        self._charted = len(rows)
        return {lane_id: end for lane_id, _, end in rows}

    def _follows(self, topic: str) -> bool:
        return any(_matches(topic, name) for name in self._topics)

    def _own_group(self) -> str:
        if self._group is None:
            raise Misuse("this follower has no group to keep positions for; name one when it is made")
        return self._group


def _matches(topic: str, name: str) -> bool:
    return topic.startswith(name[:-1]) if name.endswith("*") else topic == name


def _lanes(connection: sqlite3.Connection) -> Sequence[tuple[int, Lane, int]]:
    rows = connection.execute(SQL["lanes"])
    return [(lane_id, Lane(topic, partition), end) for lane_id, topic, partition, end in rows]


def _settled_lanes(connection: sqlite3.Connection) -> Sequence[tuple[int, Lane, int]]:
    with transaction(connection):
        return _lanes(connection)


def _read(wanted: Sequence[tuple[int, Lane, int]], limit: int, connection: sqlite3.Connection) -> _Found:
    """Read a fair share of every lane that has news, all as of one moment."""
    connection.execute("BEGIN")
    try:
        ends = dict(connection.execute(SQL["ends"]))
        behind = [(lane_id, lane, at) for lane_id, lane, at in wanted if ends[lane_id] > at]
        shares = _shares([ends[lane_id] - at for lane_id, _, at in behind], limit)
        records: list[Stored] = []
        places: dict[int, int] = {}
        for (lane_id, lane, at), share in zip(behind, shares, strict=True):
            rows = _read_lane(connection, lane_id, at, share)
            records += stored_of(lane, lane_id << PLACE_BITS, rows)
            places[lane_id] = _after(rows, at, share, ends[lane_id])
        return _Found(len(ends), records, places)
    finally:
        connection.execute("COMMIT")


def _shares(news: Sequence[int], limit: int) -> Sequence[int]:
    """Divide `limit` over lanes with so many news each: the short ones in full, the rest evenly.

    >>> _shares([1, 50, 50], 21)
    [1, 10, 10]
    """
    shares = [0] * len(news)
    left, lanes = limit, len(news)
    for index in sorted(range(len(news)), key=news.__getitem__):
        shares[index] = min(news[index], left // lanes)
        left -= shares[index]
        lanes -= 1
    return shares


def _read_lane(connection: sqlite3.Connection, lane_id: int, at: int, share: int) -> Sequence[Row]:
    base = lane_id << PLACE_BITS
    return connection.execute(SQL["read"], (base + at, base + _OFFSETS, share)).fetchall()


def _after(rows: Sequence[Row], at: int, share: int, end: int) -> int:
    """Return the position after `rows`: past the last one, or the end when all that was left has expired."""
    if rows:
        return (rows[-1][0] & _OFFSETS) + 1
    return end if share else at


def _kept(group: str, connection: sqlite3.Connection) -> Sequence[tuple[int, int]]:
    return connection.execute(SQL["kept"], (group,)).fetchall()


def _keep(rows: Sequence[tuple[str, int, int]], connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.executemany(SQL["keep"], rows)
