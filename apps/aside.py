"""A part that works aside: in a thread, with an event loop of its own.

What it is at, however much, leaves the caller's loop free; they only share Python's one core.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

Part = Callable[[asyncio.Event], Coroutine[None, None, None]]
"""Works until its event is set. Everything it opens belongs to its own loop."""


async def aside(part: Part, stop: asyncio.Event) -> None:
    """Run `part` aside until `stop` is set; raise what it raises.

    When the caller is cancelled the part is told to stop too, and waited for: nothing goes on behind it.
    """
    loop, own = asyncio.new_event_loop(), asyncio.Event()
    working = asyncio.create_task(asyncio.to_thread(_run, loop, part(own)))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        with suppress(RuntimeError):  # its loop is closed: it ended by itself
            loop.call_soon_threadsafe(own.set)
        await working


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work)
