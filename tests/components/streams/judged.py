"""A real worker in this process that judges a log meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from domain.histories import RULES

from klantbus.bus.ports import Log
from streams.embedded import judge_until
from streams.figures import Figures
from streams.promises import PromiseJudge
from streams.settings import Settings


@asynccontextmanager
async def judged(log: Log, folder: Path) -> AsyncIterator[tuple[asyncio.Task[None], list[Figures]]]:
    """Have a worker judge `log`; yield it, and its figures once it has them. What it raised is raised."""
    figures: list[Figures] = []
    stop, settings = asyncio.Event(), Settings(data=folder, watched=("sales", "logistics"))
    judge = PromiseJudge(RULES)
    worker = asyncio.create_task(
        judge_until(stop, log, settings, judge, show=figures.append, tell=lambda _: None)
    )
    yield worker, figures
    stop.set()
    await worker
