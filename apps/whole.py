"""The whole bus, one command: promise watch, projector and alerter beside each other.

On a journal all in one process; on Kafka the promise watch is a crew of Faust workers, processes of their
own. Each part keeps its own position beside its own files, so that any process may be killed at any point:
what it did is there, what it had not done is done after the next start.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alerts.channels.local import Console, FileOutbox
from alerts.channels.port import Channel
from alerts.letter import Letter
from apps.alerting import AlertSettings, channels_of, heart_path, ledger_path, tell
from apps.aside import aside
from apps.crew import GROUP, Crew, Member
from apps.editions import place_of
from apps.health import Health
from apps.judging import rules_of
from apps.logs import opened
from apps.settings import Settings
from klantbus.bus.clock import now_micros
from klantbus.bus.departments import load_departments
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Log
from projections.projector import project
from streams.embedded import judge_until
from streams.memory import room_in
from streams.promises import PromiseJudge
from streams.settings import Settings as StreamSettings

Channels = Callable[[Settings, AlertSettings], Mapping[str, Channel]]
"""Makes the channels that letters go through."""

_HOUR = 3600.0


@dataclass(frozen=True)
class Outbox:
    """Where letters go until a channel is set: a file each in a folder, and a line on the console."""

    folder: Path

    async def send(self, letter: Letter, to: str) -> str:
        """Write the letter to the folder, and show it."""
        written = await FileOutbox().send(letter, str(self.folder))
        await Console().send(letter, to)
        return written


def local_channels(settings: Settings, alerting: AlertSettings) -> Mapping[str, Channel]:
    """Return the channels; mail goes to the outbox folder until a mail server is set."""
    channels = dict(channels_of(alerting))
    if "smtp_host" not in alerting.model_fields_set:
        channels["mail"] = Outbox(settings.data / "outbox")
    return channels


async def run_whole(
    settings: Settings,
    stop: asyncio.Event,
    say: Callable[[str], None],
    workers: Sequence[Member] = (),
    *,
    channels: Channels = local_channels,
) -> None:
    """Run all parts until `stop`; `say` tells a line to a person. `workers` judge, else this process does.

    The alerter works aside: a morning on which everything breaks may not hold up what others ask.

    Raises what a part raises; the others are stopped then.
    """
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(opened(settings))
        health = stack.enter_context(
            Health(settings.host, settings.port, place_of(settings), heart_path(settings))
        )
        try:
            async with asyncio.TaskGroup() as parts:
                if workers:
                    parts.create_task(Crew(workers, say).run_until(stop))
                else:
                    parts.create_task(_judge(settings, log, health, stop, say))
                parts.create_task(project(log, place_of(settings), stop))
                parts.create_task(aside(partial(_tell, settings, channels), stop))
                parts.create_task(_forget(log, stop))
                say(f"health and metrics: {health.address}/health and /metrics")
        except BaseExceptionGroup as group:
            raise _first(group) from group


async def _judge(
    settings: Settings, log: Log, health: Health, stop: asyncio.Event, say: Callable[[str], None]
) -> None:
    watched = tuple(load_departments(settings.departments).watched())
    room = room_in(settings.memory)
    own = StreamSettings(settings.data / "streams", group=GROUP, watched=watched, room=room)
    judge = PromiseJudge(rules_of(settings))
    await judge_until(stop, log, own, judge, show=health.show, tell=say)


async def _tell(settings: Settings, channels: Channels, stop: asyncio.Event) -> None:
    hands = channels(settings, AlertSettings())
    await tell(settings, ledger_path(settings), heart_path(settings), stop, channels=hands)


async def _forget(log: Log, stop: asyncio.Event) -> None:
    """Let a journal forget what its topics need not keep any longer, now and every hour."""
    while not stop.is_set():
        if isinstance(log, Journal):
            await log.expire(now_micros())
        try:
            async with asyncio.timeout(_HOUR):
                await stop.wait()
        except TimeoutError:
            continue


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first thing that went wrong: the others were stopped because of it."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
