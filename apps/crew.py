"""Several processes of one kind, kept running: each by its own name, started again when it ends by itself."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from klantbus.bus import clock

PATIENCE = 5.0
"""Seconds that a member may take to stop before it is killed."""
SETTLED = 30.0
"""A member that ran so long is started again at once."""
LONGEST = 10.0


@dataclass(slots=True)
class Member:
    """One process by `name`, and the words that start it."""

    name: str
    words: Sequence[str]
    process: Process | None = None


class Crew:
    """Starts the members, starts them again, and stops them all. `tell` says a line to a person."""

    def __init__(self, members: Sequence[Member], tell: Callable[[str], None]) -> None:
        self._members = members
        self._tell = tell
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._over.set)
        keeping = [asyncio.create_task(self._keep(member)) for member in self._members]
        await self._over.wait()
        await asyncio.gather(*keeping)

    async def _keep(self, member: Member) -> None:
        pause = 0.5
        while not self._over.is_set():
            began = clock.steady()
            member.process = await asyncio.create_subprocess_exec(*member.words)
            code = await self._ended(member.process)
            if self._over.is_set():
                return
            pause = 0.5 if clock.steady() - began > SETTLED else min(pause * 2, LONGEST)
            self._tell(f"{member.name} ended with {code}; it is started again in {pause:g} s")
            await self._wait(pause)

    async def _ended(self, process: Process) -> int:
        """Return the exit code of `process`, stopping it when all is over."""
        ending = asyncio.create_task(process.wait())
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait([ending, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not ending.done():
            await _stop(process, ending)
        return await ending

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return


async def _stop(process: Process, ending: asyncio.Task[int]) -> None:
    process.terminate()
    await asyncio.wait([ending], timeout=PATIENCE)
    if not ending.done():
        process.kill()


def same_program(*words: str) -> list[str]:
    """Return what starts `klantbus` with `words`, in this Python."""
    return [sys.executable, "-c", "from apps.cli.main import main; main()", *words]
