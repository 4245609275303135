"""The promise watch inside somebody else's process: the plain loop on an open log, until told to stop."""

import asyncio
from collections.abc import Callable

from klantbus.bus.ports import INNER_LIMIT_BYTES, Log
from klantbus.bus.topics import EVERY_DEPARTMENT, PULSES, RELAY
from streams.figures import Figures
from streams.host import Host
from streams.loop import Loop
from streams.memory import buffer_for
from streams.pace import Pace
from streams.parts import Collector, judges_of, reading
from streams.promises import PromiseJudge
from streams.reading import OrderedParking
from streams.settings import Settings
from streams.store import Store
from streams.watch import Watch


async def judge_until(
    stop: asyncio.Event,
    log: Log,
    settings: Settings,
    judge: PromiseJudge,
    *,
    show: Callable[[Figures], None],
    tell: Callable[[str], None],
) -> None:
    """Judge `log` until `stop`. `show` is handed the figures once, `tell` says a line to a person."""
    store = Store(settings.data / settings.worker, judge.version, buffer_for(settings.room))
    collector = Collector()
    try:
        publisher, parking = await log.publisher(limit=INNER_LIMIT_BYTES), await OrderedParking.open(log)
        watch = Watch(store, judges_of(judge, settings), publisher, parking, reading, tell=tell)
        watch.pace = Pace(settings.room)
        watch.after = collector.after
        show(watch.figures)
        follower = await log.follower([EVERY_DEPARTMENT, RELAY, PULSES], group=settings.group)
        await Loop(Host(watch, bound=settings.bound), follower).run(stop)
    finally:
        collector.close()
        store.close()
