"""Puts one worker together and runs it to its end: by Faust on Kafka, by the plain loop on anything else."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import replace

from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from klantbus.bus.errors import Misuse
from klantbus.bus.kafka.security import security_from
from klantbus.bus.open import open_log
from klantbus.bus.ports import INNER_LIMIT_BYTES, Log, Publisher, TopicSpec
from klantbus.bus.topics import ALERTS, EVENTS, EVERY_DEPARTMENT, PARKED, PULSE_DAYS, PULSES, RELAY, VERDICTS
from streams.app import build_app, quiet_logs, say
from streams.exporter import exported
from streams.host import Host
from streams.loop import Loop
from streams.memory import buffer_for
from streams.pace import Pace
from streams.parts import Collector, judges_of, reading
from streams.promises import PromiseJudge
from streams.reading import OrderedParking
from streams.security import credentials_of
from streams.sending import BatchPublisher, connecting
from streams.settings import Settings
from streams.store import Store
from streams.watch import Watch
from streams.worker import run_app

INNER = (*map(TopicSpec, (VERDICTS, ALERTS, PARKED, RELAY)), TopicSpec(PULSES, retention_days=PULSE_DAYS))
"""Topics that have to be there; `klantbus topic apply` makes them with the retention that was asked for."""


async def serve(url: str, settings: Settings, judge: PromiseJudge, *, metrics: int | None = None) -> None:
    """Judge the log at `url` until SIGTERM or SIGINT. `metrics` is a loopback port for the figures.

    Raises `LogUnavailable` when the log cannot be reached at the start, and what a bug raises.
    """
    quiet_logs()
    async with AsyncExitStack() as stack:
        log = await open_log(url)
        stack.push_async_callback(log.close)
        await log.create(INNER)
        store = Store(settings.data / settings.worker, judge.version, buffer_for(settings.room))
        stack.callback(store.close)
        publisher, parking = await _voice(url, log), await OrderedParking.open(log)
        stack.push_async_callback(publisher.close)
        watch = Watch(store, judges_of(judge, settings), publisher, parking, reading, tell=say)
        watch.pace = Pace(settings.room)
        watch.after = Collector().after
        stack.enter_context(exported(watch.figures, settings.worker, metrics, say))
        host = Host(watch, bound=settings.bound)
        if url.startswith("kafka:"):
            await _by_faust(url, settings, host, log)
        else:
            follower = await log.follower([EVERY_DEPARTMENT, RELAY, PULSES], group=settings.group)
            await run_loop(Loop(host, follower))


async def run_loop(loop: Loop) -> None:
    """Run the plain loop until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await loop.run(stop)


async def _voice(url: str, log: Log) -> Publisher | BatchPublisher:
    if not url.startswith("kafka:"):
        return await log.publisher(limit=INNER_LIMIT_BYTES)
    auth = credentials_to_aiokafka_auth(credentials_of(security_from(os.environ)))
    return BatchPublisher(connecting(url.removeprefix("kafka://"), auth), log.topics, limit=INNER_LIMIT_BYTES)


async def _by_faust(url: str, settings: Settings, host: Host, log: Log) -> None:
    async def discover() -> list[str]:
        found = await log.topics()
        return sorted([*(name for name in found if name.startswith(EVENTS)), RELAY, PULSES])

    topics = await discover()
    if not any(name.startswith(EVENTS) for name in topics):
        raise Misuse("no department has a topic yet; make them with: klantbus topic apply")
    reached = replace(
        settings,
        bootstrap=url.removeprefix("kafka://"),
        credentials=credentials_of(security_from(os.environ)),
    )
    await run_app(build_app(reached, host, topics, discover))
