"""The Faust app of one worker: `build_app(settings, host)`. Importing this makes nothing."""

import logging
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from typing import Any, cast

import faust
from faust.transport.conductor import Conductor
from yarl import URL

from klantbus.bus.errors import LogUnavailable
from streams.batches import BatchConsumer, BatchTransport, check_faust
from streams.host import Host
from streams.settings import Settings

CHATTY = ("aiokafka", "faust", "mode", "kafka")
Discover = Callable[[], Awaitable[Sequence[str]]]


def build_app(settings: Settings, host: Host, topics: Sequence[str], discover: Discover) -> faust.App:
    """Return a worker's app that follows `topics` and hands their batches to `host`.

    `discover` returns the topics that are there now; one that was added is followed without a restart.
    """
    check_faust()
    app = faust.App(
        settings.group,
        broker=f"kafka://{settings.bootstrap}",
        broker_credentials=settings.credentials,
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 4,
        broker_rebalance_timeout=settings.session_timeout,
        broker_request_timeout=max(settings.session_timeout + 5, 30.0),
        broker_max_poll_interval=300.0,
        broker_commit_interval=1.0,
        broker_client_id=settings.worker,
        consumer_group_instance_id=f"{settings.group}-{settings.worker}",
        consumer_metadata_max_age_ms=5_000,
        consumer_max_fetch_size=256 * 1024,
        stream_wait_empty=True,
        stream_buffer_maxsize=16_384,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=str(settings.data / "faust"),
        loghandlers=[],
    )
    app.transport = BatchTransport([URL(f"kafka://{settings.bootstrap}")], app, host, settings.worker)
    cast("Conductor", app.topics)._resubscribe_sleep_lock_seconds = 1.0  # noqa: SLF001  45 s is long for a department to wait
    channel = app.topic(*topics, key_serializer="raw", value_serializer="raw", acks=False)
    app.agent(channel, name=f"{settings.group}-batches")(_hand_on(host))
    app.timer(settings.tick, name="tick")(lambda: host.tick(cast("BatchConsumer", app.consumer).ends))
    app.timer(settings.discover_every, name="discover")(_follow_new(app, discover))
    return app


def _hand_on(host: Host) -> Callable[[AsyncIterable[Any]], Awaitable[None]]:
    async def batches(stream: AsyncIterable[Any]) -> None:
        async for handed in stream:
            host.take(handed)

    return batches


def _follow_new(app: faust.App, discover: Discover) -> Callable[[], Awaitable[None]]:
    async def follow() -> None:
        try:
            found = await discover()
        except LogUnavailable:
            return  # the next look will tell
        conductor = cast("Conductor", app.topics)
        if set(found) <= conductor._topic_name_index.keys() or app.rebalancing:  # noqa: SLF001  what it subscribed to last
            return
        for channel in conductor:  # an agent listens to a copy of the channel that it was made with
            channel.topics = sorted({*channel.topics, *found})
        conductor._flag_changes()  # noqa: SLF001  Faust only notices channels, not a channel's new topics

    return follow


def quiet_logs() -> None:
    """Keep Faust's root logger from saying everything: it stays at DEBUG otherwise."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def say(line: str) -> None:
    """Tell whoever runs the worker one line."""
    sys.stderr.write(f"klantbus streams: {line}\n")
    sys.stderr.flush()
