"""Waiting for a condition, instead of sleeping and hoping."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from threading import Event
from time import monotonic
from typing import TypeVar

import pytest

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 60) -> T:
    """Return what `condition` gives once it gives something; its name says what was waited for."""
    began = monotonic()
    while monotonic() - began < seconds:
        if found := condition():
            return found
        Event().wait(0.1)
    pytest.fail(f"waited {seconds} s until {condition.__name__}")


async def until_it(condition: Callable[[], Awaitable[T] | T], seconds: float = 60, every: float = 0.02) -> T:
    """As `until`, beside what else runs in the loop; `condition` may be a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:  # what is waited for happens in another process or task: it can only be asked
            answer = condition()
            found = await answer if isawaitable(answer) else answer
            if found:
                return found
            await asyncio.sleep(every)
