"""Settling what is parked: replaying it, discarding it, and letting go what waited behind it.

Each step may be repeated. The copy is appended before the marker, so that a crash between the two leaves a
repeated fact (recognised by its id) and never a lost one; what waited is let go last, and whoever starts next
finishes that if it was broken off.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from klantbus.bus.codec import decode
from klantbus.bus.errors import UnknownParked, Unreadable
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.parked import PARKED_LIMIT_BYTES, REPLAY_OF, Lot, Mark, Parked, marker, place_of
from klantbus.bus.parking import next_batch, parked_in, reached
from klantbus.bus.ports import Log, Place, Record, Stored
from klantbus.bus.reading import read_all, record_of
from klantbus.bus.topics import PARKED


class Survey(NamedTuple):
    """All of `klantbus.parked`, in the order it was written: the lot, and what is said of each place."""

    lot: Lot
    parked: Mapping[Place, Parked]

    def standing(self) -> Sequence[Parked]:
        """Return what is parked or waiting now."""
        return [
            one for place, one in self.parked.items() if self.lot.mark(place) in {Mark.PARKED, Mark.WAITING}
        ]

    def find(self, parked_id: str) -> Parked:
        """Return what is parked or waiting under an id; raise `UnknownParked` when nothing is."""
        found = self.parked.get(place_of(parked_id))
        mark = self.lot.mark(place_of(parked_id))
        if found is None or mark is None:
            raise UnknownParked(f"nothing is parked under {parked_id}; see: klantbus parked list")
        if mark in {Mark.REPLAYED, Mark.DISCARDED}:
            raise UnknownParked(f"{parked_id} was {mark} before")
        return found


async def survey(log: Log) -> Survey:
    """Read `klantbus.parked` from its start to its end."""
    follower = await log.follower([PARKED])
    ends = await follower.ends()
    lot = Lot()
    found: dict[Place, Parked] = {}
    while not reached(follower.positions(), ends):
        for _, parked in parked_in(await next_batch(follower)):
            if lot.learn(parked) and parked.mark in {Mark.PARKED, Mark.WAITING}:
                found.setdefault(parked.place, parked)
    await follower.close()
    return Survey(lot, found)


async def replay(log: Log, parked_id: str, *, by: str, value: bytes | None = None) -> Sequence[Parked]:
    """Append a parked record to its topic again, and after it all that it held up; return these, in order.

    `value` are corrected bytes (framed, as on the log); their headers are made anew. Raises `Unreadable` when
    they still cannot be read, `UnknownParked` for an id that is not parked.
    """
    parked = (await survey(log)).find(parked_id)
    await _settle(log, [parked], [_copy(parked, value)], Mark.REPLAYED, by)
    return [parked, *await finish(log, by=by)]


async def discard(log: Log, parked_id: str, *, by: str) -> Sequence[Parked]:
    """Set a parked record aside for good; return what it held up and now went on, in order."""
    parked = (await survey(log)).find(parked_id)
    await _settle(log, [parked], [], Mark.DISCARDED, by)
    return await finish(log, by=by)


async def finish(log: Log, *, by: str) -> Sequence[Parked]:
    """Replay everything that waits behind nothing any more; return it, in order."""
    seen = await survey(log)
    free = [seen.parked[place] for place in seen.lot.free()]
    await _settle(log, free, [_again(parked) for parked in free], Mark.REPLAYED, by)
    return free


async def _settle(log: Log, parked: Sequence[Parked], copies: Sequence[Record], mark: Mark, by: str) -> None:
    if not parked:
        return
    publisher = await log.publisher(limit=PARKED_LIMIT_BYTES)
    try:
        await publisher.publish(copies)
        await publisher.publish([marker(one, mark, by) for one in parked])
    finally:
        await publisher.close()


def _copy(parked: Parked, value: bytes | None) -> Record:
    """Return the record to append again, once it is sure that it can be read this time."""
    if not parked.whole and value is None:
        raise Unreadable("too_large", "it was too large to be parked whole: give its bytes, or discard it")
    copy = _again(parked) if value is None else _corrected(parked, value)
    [read] = read_all([_as_stored(copy)])
    if isinstance(read, Unreadable):
        raise read
    return copy


def _again(parked: Parked) -> Record:
    _, _, _, _, key, value, headers = parked.original
    kept = tuple(header for header in headers if header[0] != REPLAY_OF)
    return Record(parked.original.topic, key, value, (*kept, _replay_of(parked)))


def _corrected(parked: Parked, value: bytes) -> Record:
    record = record_of(decode(value), parked.original.topic)
    return record._replace(headers=(*record.headers, _replay_of(parked)))


def _replay_of(parked: Parked) -> tuple[str, bytes]:
    return REPLAY_OF, parked.id.encode()


def _as_stored(record: Record) -> Stored:
    return Stored(record.topic, partition_of(record.key), 0, 0, record.key, record.value, record.headers)
