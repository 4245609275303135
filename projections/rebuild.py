"""The read models once more, from the beginning of the log: to compare with live, or to replace it."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from klantbus.bus.ports import Batch, Follower, Lane, Log, Positions, Stored
from projections.arrivals import Turn, decoded, joined, unswept
from projections.editions import FOLDER, Edition, attach
from projections.errors import AlreadyOwned
from projections.fence import owned
from projections.hashes import Fingerprint, differences, fingerprints, fingerprints_since
from projections.models import read_models
from projections.projector import TOPICS, latest_edition
from projections.rebuilt import READY, hand_over, move_in, workshop
from projections.store import MAIN, PERSONAL, WORKING, Means, Store

READ_AT_ONCE: Final = 10_000
"""Records are the dear part in memory, a twentieth of it in Arrow; fewer at once cost Kafka's client more."""

TAKEN_AT_ONCE: Final = 250_000
"""Rows: several of DuckDB's row groups, which it writes out as they are and works on with two threads. A
rebuild has no reader to hurry for; a first smaller batch, to begin sooner, cost more than it saved."""

TAKEN_BYTES: Final = 96 * 2**20
"""Fewer rows where they are long ones: a batch stands in memory twice, and the next one besides."""

IN_MEMORY: Final = 1_000_000
"""So many rows before a checkpoint: each writes every table's last row group anew, old rows and all, which
after every batch was two fifths of all SQL."""

MEANS: Final = Means("256MB", threads=2, recovery="no_wal_writes")
"""Less memory than live: what is decoded and ready needs its share of a gigabyte. Nobody goes on with a
rebuild that died, so nothing is written twice to be safe from that."""

Progress = Callable[[int], None]
"""Is told how many records were read since it was told last."""


@dataclass(frozen=True)
class Comparison:
    """Live beside rebuilt, table by table. Of another version of the tables no difference is told.

    `forgotten` names the lanes whose beginning the log no longer holds, and where they begin now. Where there
    are any, only facts as they came are compared, from there on.
    """

    live: Mapping[str, Fingerprint]
    rebuilt: Mapping[str, Fingerprint]
    other_version: bool
    forgotten: Positions = field(default_factory=dict)

    @property
    def different(self) -> tuple[str, ...]:
        """The tables that differ."""
        return () if self.other_version else differences(self.live, self.rebuilt)


async def rebuild(
    log: Log, place: Path, progress: Progress, *, topics: Sequence[str] = TOPICS
) -> Comparison | None:
    """Make the read models of `place` once more in its workshop, up to the newest edition; compare.

    None where there is no edition to compare with; then they are made up to the end of the log.
    """
    edition = latest_edition(place)
    until = edition.positions if edition else await ends_of(log, topics)
    begins = await build(log, workshop(place), until, progress, topics=topics)
    return await asyncio.to_thread(compared, edition, workshop(place), begins) if edition else None


def take_over(place: Path) -> bool:
    """Let the workshop replace the running files; False when a projector will do that itself."""
    hand_over(place)
    try:
        with owned(place, patience=0):
            move_in(place)
    except AlreadyOwned:
        return False
    return True


def forget(place: Path) -> None:
    """Remove the read models and their editions, for a log that begins anew. Raises `AlreadyOwned`."""
    with owned(place):
        for name in (WORKING, READY, FOLDER):
            shutil.rmtree(place / name, ignore_errors=True)


async def ends_of(log: Log, topics: Sequence[str] = TOPICS) -> Positions:
    """Return where the lanes that the read models follow end now."""
    follower = await log.follower(topics)
    try:
        return await follower.ends()
    finally:
        await follower.close()


async def build(
    log: Log, folder: Path, until: Positions, progress: Progress, *, topics: Sequence[str] = TOPICS
) -> Positions:
    """Make the files under `folder` from everything the log has before `until`; return where lanes begin."""
    shutil.rmtree(folder, ignore_errors=True)
    store = await asyncio.to_thread(Store, folder, read_models(), MEANS)
    try:
        follower = await log.follower(topics)
        try:
            with unswept():
                return await _fill(store, follower, until, progress)
        finally:
            await follower.close()
    finally:
        await asyncio.to_thread(store.close)


def compared(edition: Edition, folder: Path, begins: Positions) -> Comparison:
    """Compare an edition with the rebuilt files under `folder`, made from a log whose lanes begin there."""
    forgotten = {lane: first for lane, first in begins.items() if first}
    shape, live = _read(edition.folder, forgotten, edition)
    ours, rebuilt = _read(folder, forgotten, edition)
    return Comparison(live, rebuilt, other_version=shape != ours, forgotten=forgotten)


def _read(folder: Path, forgotten: Positions, live: Edition) -> tuple[str, Mapping[str, Fingerprint]]:
    with duckdb.connect(":memory:") as con:
        attach(con, folder / MAIN, "klantbus")
        attach(con, folder / PERSONAL, "personal")
        shape = con.execute("SELECT shape FROM klantbus.edition").fetchall()[0][0]
        if forgotten:
            return str(shape), fingerprints_since(con, forgotten, live.main)
        return str(shape), fingerprints(con)


async def _fill(store: Store, follower: Follower, until: Positions, progress: Progress) -> Positions:
    begins: dict[Lane, int] = {}
    waiting: list[Turn] = []
    taker = _Taker(store)
    taking = asyncio.create_task(asyncio.sleep(0))
    async with aclosing(_ahead(follower, until)) as batches:
        async for batch in batches:
            if len(begins) < len(until):
                _note_begins(begins, batch.records)
            waiting.append(await asyncio.to_thread(decoded, batch))  # while others are still being taken in
            progress(len(batch.records))
            if _many(waiting):
                await taking
                taking = asyncio.create_task(asyncio.to_thread(taker.take, joined(waiting)))
                waiting = []
        await taking
        if waiting:
            await asyncio.to_thread(taker.take, joined(waiting))
    return {lane: begins.get(lane, at) for lane, at in until.items()}


async def _ahead(follower: Follower, until: Positions) -> AsyncGenerator[Batch, None]:
    """Yield what the log has before `until`; the next batch is read while this one is worked on."""
    if _reached(follower.positions(), until):
        return
    coming = asyncio.create_task(follower.batch(limit=READ_AT_ONCE, wait=0.5))
    try:
        while not _reached((batch := await coming).positions, until):
            coming = asyncio.create_task(follower.batch(limit=READ_AT_ONCE, wait=0.5))
            yield _before(batch, until)
        yield _before(batch, until)
    finally:
        coming.cancel()
        await asyncio.wait([coming])


def _many(turns: Sequence[Turn]) -> bool:
    """Tell whether turns together are a batch."""
    tables = [turn.facts.facts for turn in turns]
    rows, size = sum(table.num_rows for table in tables), sum(table.nbytes for table in tables)
    return rows >= TAKEN_AT_ONCE or size >= TAKEN_BYTES


class _Taker:
    """Takes batches in, with a checkpoint after so many rows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._since = 0

    def take(self, turn: Turn) -> None:
        self._store.take(*turn)
        self._since += turn.facts.facts.num_rows
        if self._since >= IN_MEMORY:
            self._store.checkpoint()
            self._since = 0


def _reached(positions: Positions, until: Positions) -> bool:
    return all(positions.get(lane, 0) >= at for lane, at in until.items())


def _before(batch: Batch, until: Positions) -> Batch:
    if all(at <= until.get(lane, 0) for lane, at in batch.positions.items()):
        return batch
    records = [record for record in batch.records if record.offset < until.get(_lane(record), 0)]
    return Batch(
        records, {lane: min(at, until[lane]) for lane, at in batch.positions.items() if lane in until}
    )


def _note_begins(begins: dict[Lane, int], records: Sequence[Stored]) -> None:
    for record in records:
        begins.setdefault(_lane(record), record.offset)


def _lane(record: Stored) -> Lane:
    return Lane(record.topic, record.partition)
