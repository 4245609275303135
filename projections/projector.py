"""The projector: follows the log, takes facts in by micro-batches, and has editions printed.

It starts from its own position, which lies in the same file, and the same transaction, as the rows.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from klantbus.bus import clock
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.ports import Batch, Follower, Log, Positions
from klantbus.bus.topics import ALERTS, EVERY_DEPARTMENT, VERDICTS
from projections.editions import Edition, colophon, current_edition
from projections.errors import LogTooShort, NoEdition
from projections.fence import PATIENCE, owned
from projections.models import ReadModel, read_models
from projections.press import Press
from projections.rebuilt import move_in, rebuilt_waits
from projections.spare import WORTH_IT
from projections.store import WAL_LIMIT, WORKING, Store

if TYPE_CHECKING:  # Arrow takes 26 MB: a bus to which nothing comes in does without
    from projections.arrivals import Turn

TOPICS: Final = (EVERY_DEPARTMENT, VERDICTS, ALERTS)


T = TypeVar("T")


@dataclass(frozen=True)
class Pace:
    """How the projector divides its time: seconds, records, bytes.

    Caught up, a batch is what came in during `pause`, and an edition is printed whenever something changed.
    Half of `pause` at least is rest: a batch of few facts costs nearly what one of thousands does, so that on
    a busy machine, where each takes longer, there are fewer of them.
    While it is behind it reads `limit` records at a time, takes in together what it has read while the batch
    before was taken in, up to `most` rows (many at once cost a third less each), and prints every
    `print_behind` seconds only. Of files beyond `spare` bytes a spare copy is kept.
    """

    pause: float = 0.2
    limit: int = 20_000
    most: int = 100_000
    print_behind: float = 5.0
    retry: float = 1.0
    patience: float = PATIENCE
    wal: int = WAL_LIMIT
    spare: int = WORTH_IT


class Projector:
    """The read models of one place, kept up with one log. `project` makes and runs one."""

    def __init__(self, place: Path, models: Sequence[ReadModel], press: Press, pace: Pace) -> None:
        self._place = place
        self._models = models
        self._press = press
        self._pace = pace
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="projector")
        self._press_thread = ThreadPoolExecutor(1, thread_name_prefix="press")
        self._taking: Future[None] | None = None
        self._printing: Future[bool] | None = None
        self._printed_at = clock.steady()
        self.store = opened(place, models)

    async def run(self, follower: Follower, stop: asyncio.Event) -> None:
        """Follow until `stop` is set, then print what is there."""
        waiting: list[Turn] = []
        while not stop.is_set():
            began = clock.steady()
            batch = await self._batch(follower)
            waiting += await self._decoded(batch)  # while the batch before it is still taken in
            if self._reads_on(len(batch.records), waiting):
                continue
            await self._settle()
            if waiting:
                self._taking = self._thread.submit(self._take, waiting)
                waiting = []
            await self._rest(began, len(batch.records), follower)
        await self._settle()
        await self._print()

    async def close(self) -> None:
        """Let go of the files, after the printer."""
        await self._pressed()
        self._thread.submit(self.store.close).result()
        self._thread.shutdown()
        self._press_thread.shutdown()

    async def _batch(self, follower: Follower) -> Batch:
        try:
            return await follower.batch(limit=self._pace.limit, wait=self._pace.pause)
        except LogUnavailable:
            await asyncio.sleep(self._pace.retry)
            return Batch((), follower.positions())

    async def _decoded(self, batch: Batch) -> "list[Turn]":
        if not batch.records:
            return []
        from projections.arrivals import decoded  # noqa: PLC0415  Arrow, from the first batch on

        return [await asyncio.to_thread(decoded, batch)]  # others in this loop have their turn meanwhile

    def _reads_on(self, records: int, waiting: "Sequence[Turn]") -> bool:
        """Tell whether to read more first: there is more, and what was before is not in yet."""
        if records < self._pace.limit or self._taking is None or self._taking.done():
            return False
        return sum(turn.facts.facts.num_rows for turn in waiting) + self._pace.limit <= self._pace.most

    def _take(self, turns: "Sequence[Turn]") -> None:
        from projections.arrivals import joined  # noqa: PLC0415  Arrow, from the first batch on

        self.store.take(*joined(turns))

    async def _settle(self) -> None:
        taking, self._taking = self._taking, None
        if taking is not None:
            await asyncio.wrap_future(taking)

    async def _pressed(self) -> None:
        printing, self._printing = self._printing, None
        if printing is not None:
            await asyncio.wrap_future(printing)

    async def _rest(self, began: float, records: int, follower: Follower) -> None:
        behind = records >= self._pace.limit
        if behind and clock.steady() - self._printed_at < self._pace.print_behind:
            return
        await self._settle()
        await self._swap(follower)
        await self._print()
        if not behind:
            pause = self._pace.pause
            await asyncio.sleep(max(pause / 2, began + pause - clock.steady()))

    async def _print(self) -> None:
        """Have an edition printed when there is something new and the printer is free."""
        if self._printing is not None and not self._printing.done():
            return  # it is copying: no checkpoint now
        await self._pressed()
        page = await self._in_thread(self._next_page)
        self._printed_at = clock.steady()
        if page is not None:
            self._printing = self._press_thread.submit(self._press.print, page)

    def _next_page(self) -> Mapping[str, Any] | None:
        """Make the files whole and say what is in them; None when there is nothing that readers may see."""
        latest, number, positions = latest_edition(self._place), self.store.number(), self.store.positions()
        if self.store.wal_bytes() > self._pace.wal:
            self.store.checkpoint()
        if latest is not None and (number <= latest.number or not goes_on(positions, latest.positions)):
            return (
                None  # nothing new, or younger than its editions (a file was lost): nobody goes back in time
            )
        self.store.checkpoint()
        return colophon(number, self.store.as_of(), positions)

    async def _swap(self, follower: Follower) -> None:
        """Go on with files that a rebuild left for us."""
        if not rebuilt_waits(self._place):
            return
        await self._pressed()
        await self._in_thread(self.store.close)
        move_in(self._place)
        self.store = await self._in_thread(opened, self._place, self._models)
        await follower.seek(await self._in_thread(self.store.positions))

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:  # noqa: ANN401  whatever the work takes
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


async def project(
    log: Log,
    place: Path,
    stop: asyncio.Event,
    *,
    models: Sequence[ReadModel] = (),
    topics: Sequence[str] = TOPICS,
    pace: Pace | None = None,
) -> None:
    """Keep the read models of `place` up with `topics` of `log` until `stop` is set.

    Raises `AlreadyOwned`, `ForeignFile`, `LogTooShort` and `DiskFull`.
    """
    pace = pace or Pace()
    with owned(place, patience=pace.patience) as lock:
        press = Press(place, lock, pace.spare)
        projector = Projector(place, models or read_models(), press, pace)
        try:
            follower = await log.follower(topics, start=projector.store.positions())
            refuse_short(await follower.ends(), projector.store.positions())
            await projector.run(follower, stop)
        finally:
            await projector.close()
            press.close()


def opened(place: Path, models: Sequence[ReadModel]) -> Store:
    """Return the store of `place`; one younger than its newest edition numbers on from that."""
    store = Store(place / WORKING, models)
    latest = latest_edition(place)
    if latest is not None and store.number() < latest.number:
        store.count_from(latest.number + 1)
    return store


def goes_on(positions: Positions, before: Positions) -> bool:
    """Tell whether `positions` has everything that `before` had."""
    return all(positions.get(lane, 0) >= at for lane, at in before.items())


def refuse_short(ends: Positions, positions: Positions) -> None:
    """Raise `LogTooShort` when the log ends before what was read of it."""
    for lane, at in sorted(positions.items()):
        if ends.get(lane, 0) < at:
            raise LogTooShort(lane.topic, lane.partition, ends.get(lane, 0), at)


def latest_edition(place: Path) -> Edition | None:
    """Return the newest edition of `place`, None before the first."""
    try:
        return current_edition(place)
    except NoEdition:
        return None
