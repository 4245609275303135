"""Running one Faust worker to its end: signals, a clean stop, and a watchdog for what hangs."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import cast

import faust

from klantbus.bus import clock
from streams.app import say
from streams.batches import BatchTransport

STOPPING = 20.0
"""Seconds that a stop may take: the running batch, a commit, goodbye to the group."""
STUCK = 75
"""Exit code of a worker that its watchdog ended."""


class Watchdog:
    """A thread that ends the process when `pulse` gives the same number for `limit` seconds.

    A dead group coordinator, or an await that never returns, leaves Faust idle for ever; whoever started
    the worker starts it again.
    """

    def __init__(
        self, pulse: Callable[[], object], limit: float, end: Callable[[int], None] = os._exit
    ) -> None:
        self._pulse = pulse
        self._limit = limit
        self._end = end
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()

    def _watch(self) -> None:
        seen, since = self._pulse(), clock.steady()
        while not self._over.wait(min(self._limit / 10, 1.0)):
            now = self._pulse()
            if now != seen:
                seen, since = now, clock.steady()
            elif clock.steady() - since > self._limit:
                say(f"nothing moved for {self._limit:.0f} seconds; ending, to be started again")
                self._end(STUCK)
                return


async def run_app(app: faust.App, *, stuck_after: float = 60.0) -> None:
    """Run `app` until SIGTERM, SIGINT or a crash; a crash raises."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    transport = cast("BatchTransport", app.transport)
    watchdog = Watchdog(lambda: (transport.answers, transport.host.ticks), stuck_after)
    watchdog.start()
    try:
        await app.start()
        await _until(over, app)
    finally:
        await _stop(app)
        watchdog.stop()
    if app.crashed:
        raise app.crash_reason or RuntimeError("the worker ended, and nobody said why")


async def _stop(app: faust.App) -> None:
    """Stop `app`, or end the process: after a stop that fails, Faust's tasks outlive being cancelled."""
    stopped = False
    try:
        async with asyncio.timeout(STOPPING):
            await app.stop()
        stopped = True
    finally:
        if not stopped:
            reason = type(app.crash_reason or sys.exc_info()[1]).__name__
            say(f"it could not stop cleanly after {reason}; ending, to be started again")
            os._exit(STUCK)


async def _until(over: asyncio.Event, app: faust.App) -> None:
    waits = [asyncio.ensure_future(over.wait()), asyncio.ensure_future(app.wait_until_stopped())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
