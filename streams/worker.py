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
from streams.batches import BatchConsumer, BatchTransport

STOPPING = 3.7
"""Seconds after which a worker that was told to stop is gone; whoever told it kills it after five."""
CRASHING = 20.0
"""Seconds after which one that crashed is gone: nobody waits for it, and why it did is told at the end."""
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
    """Run `app` until SIGTERM, SIGINT or a crash; a crash raises.

    The process is to end then, and soon it does, whatever it may still wait for.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    transport = cast("BatchTransport", app.transport)
    watchdog = Watchdog(lambda: (transport.answers, transport.host.ticks), stuck_after)
    watchdog.start()
    starting = asyncio.create_task(app.start())
    try:
        await _until(over, app, starting)
    finally:
        told = over.is_set()
        gone_soon(0 if told else STUCK, STOPPING if told else CRASHING)
        await _stop(app, starting)
        watchdog.stop()
    if not told:
        await starting  # what its start raised
    if app.crashed:
        raise app.crash_reason or RuntimeError("the worker ended, and nobody said why")


def gone_soon(code: int, limit: float, end: Callable[[int], None] = os._exit) -> threading.Timer:
    """End the process `limit` seconds from now, whatever it still waits for; return what would do so.

    What was judged is remembered beside its position at every moment: nothing is lost by it.
    """

    def cut() -> None:
        say(f"it was not done with stopping within {limit:g} seconds; ending all the same")
        end(code)

    timer = threading.Timer(limit, cut)
    timer.daemon = True
    timer.start()
    return timer


async def _until(over: asyncio.Event, app: faust.App, starting: asyncio.Task[None]) -> None:
    """Wait until `over`, also while it starts: that ends when partitions are dealt, which others hold up."""
    told = asyncio.create_task(over.wait())
    ended = asyncio.create_task(app.wait_until_stopped())
    await asyncio.wait([told, starting], return_when=asyncio.FIRST_COMPLETED)
    if starting.done() and not starting.exception():
        await asyncio.wait([told, ended], return_when=asyncio.FIRST_COMPLETED)
    for wait in (told, ended):
        wait.cancel()


async def _stop(app: faust.App, starting: asyncio.Task[None]) -> None:
    """Stop `app`, or end the process: after a stop that fails, Faust's tasks outlive being cancelled."""
    stopped = False
    try:
        consumer = cast("BatchConsumer", app.consumer)
        await consumer.wait_empty()
        await consumer.leave_the_dealing(STOPPING)
        await app.stop()
        await asyncio.wait([starting])
        stopped = True
    finally:
        if not stopped:
            reason = type(app.crash_reason or sys.exc_info()[1]).__name__
            say(f"it could not stop cleanly after {reason}; ending, to be started again")
            os._exit(STUCK)
