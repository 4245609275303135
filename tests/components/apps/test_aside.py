import asyncio
import threading

import pytest

from apps.aside import aside

PATIENCE = 60


async def test_a_part_that_lets_nobody_else_work_leaves_the_loop_free():
    began, free = threading.Event(), threading.Event()
    freed = []

    async def part(_stop):
        began.set()
        freed.append(free.wait(PATIENCE))

    working = asyncio.create_task(aside(part, asyncio.Event()))
    assert await asyncio.to_thread(began.wait, PATIENCE)
    free.set()
    await working
    assert freed == [True]


async def test_a_part_is_told_to_stop_in_its_own_loop_and_waited_for():
    stop, loops = asyncio.Event(), []

    async def part(own):
        stop_from_here = asyncio.get_running_loop()
        await own.wait()
        loops.append(stop_from_here)

    working = asyncio.create_task(aside(part, stop))
    stop.set()
    await working
    assert loops
    assert loops != [asyncio.get_running_loop()]


async def test_what_a_part_raises_is_raised_by_whoever_waits_for_it():
    async def part(_stop):
        raise LookupError("no ledger")

    with pytest.raises(LookupError, match="no ledger"):
        await aside(part, asyncio.Event())


async def test_when_the_caller_is_cancelled_the_part_ends_first():
    began, ended = threading.Event(), []

    async def part(own):
        began.set()
        await own.wait()
        ended.append("part")

    working = asyncio.create_task(aside(part, asyncio.Event()))
    assert await asyncio.to_thread(began.wait, PATIENCE)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert ended == ["part"]
