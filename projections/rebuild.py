"""The read models once more, from the beginning of the log: to compare with live, or to replace it."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from klantbus.bus.ports import Batch, Follower, Lane, Log, Positions, Stored
from projections.editions import Edition, attach
from projections.hashes import Fingerprint, differences, fingerprints
from projections.models import read_models, shape_of
from projections.projector import TOPICS, decoded
from projections.store import MAIN, PERSONAL, WAL_LIMIT, Store

AT_ONCE: Final = 50_000
"""Larger batches than live: a rebuild has no reader to hurry for."""

Progress = Callable[[int], None]
"""Is told how many records were read since it was told last."""


@dataclass(frozen=True)
class Comparison:
    """Live beside rebuilt, table by table. Of another version of the tables no difference is told."""

    live: Mapping[str, Fingerprint]
    rebuilt: Mapping[str, Fingerprint]
    other_version: bool

    @property
    def different(self) -> tuple[str, ...]:
        """The tables that differ."""
        return () if self.other_version else differences(self.live, self.rebuilt)


async def build(log: Log, place: Path, until: Positions, progress: Progress) -> None:
    """Make the files under `place` from everything the log has before `until`."""
    shutil.rmtree(place, ignore_errors=True)
    store = await asyncio.to_thread(Store, place, read_models())
    try:
        follower = await log.follower(TOPICS)
        try:
            await _fill(store, follower, until, progress)
        finally:
            await follower.close()
    finally:
        await asyncio.to_thread(store.close)


def compared(edition: Edition, place: Path) -> Comparison:
    """Compare an edition with the rebuilt files under `place`."""
    with duckdb.connect(":memory:") as con:
        attach(con, edition.main, "klantbus")
        shape = con.execute("SELECT shape FROM klantbus.edition").fetchall()[0][0]
        attach(con, edition.personal, "personal")
        live = fingerprints(con)
    with duckdb.connect(":memory:") as con:
        attach(con, place / MAIN, "klantbus")
        attach(con, place / PERSONAL, "personal")
        return Comparison(live, fingerprints(con), other_version=shape != shape_of(read_models()))


def total(until: Positions) -> int:
    """Return how many records lie before `until`, as far as offsets tell."""
    return sum(until.values())


async def _fill(store: Store, follower: Follower, until: Positions, progress: Progress) -> None:
    while not _reached(follower.positions(), until):
        batch = await follower.batch(limit=AT_ONCE, wait=0.5)
        within = _before(batch, until)
        await asyncio.to_thread(store.take, *decoded(within))
        if store.wal_bytes() > WAL_LIMIT:
            await asyncio.to_thread(store.checkpoint)
        progress(len(within.records))


def _reached(positions: Positions, until: Positions) -> bool:
    return all(positions.get(lane, 0) >= at for lane, at in until.items())


def _before(batch: Batch, until: Positions) -> Batch:
    records = [record for record in batch.records if record.offset < until.get(_lane(record), 0)]
    return Batch(
        records, {lane: min(at, until[lane]) for lane, at in batch.positions.items() if lane in until}
    )


def _lane(record: Stored) -> Lane:
    return Lane(record.topic, record.partition)
