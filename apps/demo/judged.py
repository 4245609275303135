"""Runs the whole bus on the demo's journal until every fact is judged and can be asked for."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from apps.editions import answer, place_of
from apps.logs import opened
from apps.settings import Settings
from apps.whole import run_whole
from klantbus.bus.ports import Log, Positions
from klantbus.bus.topics import ALERTS, EVERY_DEPARTMENT, VERDICTS
from projections import wait_for

_PATIENCE = 120.0
_QUIET = 0.7
"""Seconds in which nothing new was derived: then all is judged."""

Rows = Sequence[Mapping[str, Any]]


def running(settings: Settings, say: Callable[[str], None]) -> AbstractAsyncContextManager[None]:
    """Run the whole bus while this is entered; leave nothing running."""
    return _running(settings, say)


@asynccontextmanager
async def _running(settings: Settings, say: Callable[[str], None]) -> Any:  # noqa: ANN401  an async generator
    stop = asyncio.Event()
    whole = asyncio.create_task(run_whole(settings, stop, say))
    try:
        yield
    finally:
        stop.set()
        await whole


async def until_judged(settings: Settings) -> None:
    """Return once no new verdict comes and the newest edition has them. Raises `TimeoutError`, `NotYet`."""
    async with asyncio.timeout(_PATIENCE), opened(settings) as log:
        seen = await _ends(log)
        while True:
            await asyncio.sleep(_QUIET)
            now = await _ends(log)
            if now == seen and any(lane.topic == VERDICTS for lane in now if now[lane]):
                break
            seen = now
    await asyncio.to_thread(wait_for, place_of(settings), seen, timeout=_PATIENCE)


async def _ends(log: Log) -> Positions:
    follower = await log.follower([EVERY_DEPARTMENT, VERDICTS, ALERTS])
    try:
        return dict(await follower.ends())
    finally:
        await follower.close()


def figures(settings: Settings) -> tuple[Rows, Rows, Rows]:
    """Return promises by state, open alerts by kind, and the kept rate by performer."""
    return (
        answer(settings, "demo_states"),
        answer(settings, "demo_alerts"),
        answer(settings, "demo_kept"),
    )
