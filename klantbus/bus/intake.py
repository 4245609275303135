"""Between the log and whoever reads facts: decodes, and parks what nobody can read before going on.

`sort_out` decides, without touching the log; `Intake` does it for a follower. A reader that gets its records
by another way (Faust hands the streams whole batches) uses `sort_out`, `Parking` and `put_aside` itself.

What is promised: a record is delivered as a fact or stands in `klantbus.parked`, written and confirmed,
before the positions after it are handed out. Facts may come twice (at least once); their id tells. Facts of
a customer keep their order per topic, save that what had to wait comes after what did not.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Self

from klantbus.bus.errors import TooManyParked, Unreadable
from klantbus.bus.parked import REPLAY_OF, Lot, Mark, Parked
from klantbus.bus.parking import Parking
from klantbus.bus.ports import Batch, Follower, Log, Place, Positions, Stored
from klantbus.bus.reading import read_all
from klantbus.bus.replay import finish
from klantbus.domain.events import Fact
from klantbus.domain.micros import moment

RUN_LIMIT = 1_000
"""So many unreadable records in a row, with no readable one between, stop a reader."""

_WHY_WAIT = "an earlier record of this customer could not be read"


class Arrival(NamedTuple):
    """A fact as it came out of the log: where it stands, and when the log took it in (aware, UTC)."""

    fact: Fact
    place: Place
    published: datetime


class Facts(NamedTuple):
    """Facts in order per lane, and the positions after them, to be kept with what the facts led to."""

    arrivals: Sequence[Arrival]
    positions: Positions


class Sorted(NamedTuple):
    """What to do with some records. `run` counts the unreadable ones since the last readable one."""

    arrivals: Sequence[Arrival]
    roots: Sequence[Parked]
    waiting: Sequence[tuple[Parked, Arrival]]
    run: int


def sort_out(
    records: Sequence[Stored], lot: Lot, *, by: str, run: int = 0, run_limit: int = RUN_LIMIT
) -> Sorted:
    """Return what to deliver, what to park and what has to wait. Nothing is done yet.

    `by` names the reader, `run` is the count from the records before. Raises `TooManyParked` at `run_limit`.
    """
    fresh = [record for record in records if lot.mark(_place(record)) is None]
    piles = _Piles(lot, by, run)
    for record, read in zip(fresh, read_all(fresh), strict=True):
        if isinstance(read, Unreadable):
            piles.park(record, read)
            _stop_at(run_limit, piles)
        else:
            piles.deliver(record, read)
    return Sorted(piles.arrivals, piles.roots, piles.waiting, piles.run)


class Intake:
    """Follows topics and hands out facts; parks what nobody can read. Made by `Intake.open`."""

    def __init__(self, follower: Follower, parking: Parking, *, by: str, run_limit: int = RUN_LIMIT) -> None:
        self._follower = follower
        self._parking = parking
        self._by = by
        self._run_limit = run_limit
        self._run = 0
        self._handed = follower.positions()
        self._pending: Batch | None = None  # read, and not yet handed out

    @classmethod
    async def open(
        cls,
        log: Log,
        topics: Sequence[str],
        *,
        by: str,
        group: str | None = None,
        start: Positions | None = None,
        run_limit: int = RUN_LIMIT,
    ) -> Self:
        """Return an intake of `topics` for the reader `by`; see `ports.Log.follower` for where it starts.

        First finishes what a broken-off replay left. After `run_limit` unreadable records in a row it stops.
        """
        await finish(log, by=by)
        parking = await Parking.open(log)
        return cls(await log.follower(topics, group=group, start=start), parking, by=by, run_limit=run_limit)

    async def batch(self, *, limit: int = 10_000, wait: float = 1.0) -> Facts:
        """Return up to `limit` facts; none when nothing came in `wait` seconds, or nothing readable.

        Raises `TooManyParked`, with nothing of this batch parked, and `LogUnavailable` when parking was not
        confirmed. The next call takes up the same records.
        """
        batch = self._pending or await self._follower.batch(limit=limit, wait=wait)
        self._pending = batch
        await self._parking.learn()
        piles = sort_out(
            batch.records, self._parking.lot, by=self._by, run=self._run, run_limit=self._run_limit
        )
        freed = await put_aside(piles, self._parking)
        self._run, self._pending, self._handed = piles.run, None, batch.positions
        return Facts([*piles.arrivals, *freed], batch.positions)

    def positions(self) -> Positions:
        """Return the positions after the facts that were handed out."""
        return self._handed

    async def seek(self, positions: Positions) -> None:
        """Read on from `positions`; lanes not named stay where they are."""
        await self._follower.seek({**self._handed, **positions})
        self._handed, self._pending = self._follower.positions(), None

    async def ends(self) -> Positions:
        """Return for every lane the offset that the next record will get."""
        return await self._follower.ends()

    async def keep(self, positions: Positions) -> None:
        """Keep `positions` for the group."""
        await self._follower.keep(positions)

    async def close(self) -> None:
        """Let go of the log."""
        await self._follower.close()
        await self._parking.close()


async def put_aside(piles: Sorted, parking: Parking) -> Sequence[Arrival]:
    """Park what has to be parked, confirmed; return the facts that turned out not to have to wait."""
    lines = [parked for parked, _ in piles.waiting]
    stands = await parking.put_aside([*piles.roots, *lines])
    waits = stands[len(piles.roots) :]
    return [arrival for (_, arrival), stays in zip(piles.waiting, waits, strict=True) if not stays]


class _Piles:
    """The piles of `sort_out` as they grow."""

    def __init__(self, lot: Lot, by: str, run: int) -> None:
        self.arrivals: list[Arrival] = []
        self.roots: list[Parked] = []
        self.waiting: list[tuple[Parked, Arrival]] = []
        self.run = run
        self._lot = lot
        self._by = by
        self._blocked: set[bytes | None] = set()

    def park(self, record: Stored, trouble: Unreadable) -> None:
        self.run += 1
        self.roots.append(Parked(Mark.PARKED, record, trouble.code, trouble.reason, self._by))
        if record.key is not None:
            self._blocked.add(record.key)

    def deliver(self, record: Stored, fact: Fact) -> None:
        self.run = 0
        arrival = Arrival(fact, _place(record), moment(record.appended))
        if self._has_to_wait(record):
            parked = Parked(Mark.WAITING, record, "waiting", _WHY_WAIT, self._by)
            self.waiting.append((parked, arrival))
        else:
            self.arrivals.append(arrival)

    def _has_to_wait(self, record: Stored) -> bool:
        blocked = record.key in self._blocked or self._lot.blocks(record.key)
        return blocked and not any(name == REPLAY_OF for name, _ in record.headers)


def _stop_at(run_limit: int, piles: _Piles) -> None:
    if piles.run < run_limit:
        return
    last = piles.roots[-1]
    raise TooManyParked(
        f"{piles.run} records in a row were unreadable, the last one {last.id} ({last.code}: {last.reason}); "
        "find out what writes them before starting again"
    )


def _place(record: Stored) -> Place:
    return Place(record.topic, record.partition, record.offset)
