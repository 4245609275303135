"""Several processes of one kind, kept running: each by its own name, started again when it ends by itself.

They never outlive whoever started them, however that ends: each holds a line to it, and stops when that goes
dead.
"""

import asyncio
import os
import signal
import sys
import threading
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.settings import Settings
from klantbus.bus import clock

GROUP = "klantbus-watch"
"""Workers of one group share the partitions."""
METRICS = 8610

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
        await self.run_until(self._over)

    async def run_until(self, over: asyncio.Event) -> None:
        """Run until `over`."""
        self._over = over
        keeping = [asyncio.create_task(self._keep(member)) for member in self._members]
        await over.wait()
        await asyncio.gather(*keeping)

    async def _keep(self, member: Member) -> None:
        pause = 0.5
        while not self._over.is_set():
            began = clock.steady()
            member.process = await asyncio.create_subprocess_exec(
                *member.words, stdin=asyncio.subprocess.PIPE
            )
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
    """Return what starts `klantbus` with `words`, in this Python, on a leash."""
    return [
        sys.executable,
        "-c",
        "from apps.crew import leash; leash(); from apps.cli.main import main; main()",
        *words,
    ]


def workers_of(settings: Settings, count: int, group: str = GROUP, metrics: int = METRICS) -> list[Member]:
    """Return as many workers of the promise watch. `metrics` is the port of the first, 0 for none."""
    return [_worker(settings, number, group, metrics + number if metrics else 0) for number in range(count)]


def _worker(settings: Settings, number: int, group: str, metrics: int) -> Member:
    words = same_program(
        *("run", "streams", "--log", settings.log_url, "--data", str(settings.data)),
        *("--name", f"w{number}", "--group", group, "--metrics", str(metrics)),
    )
    return Member(f"w{number}", words)


def leash() -> None:
    """Stop this process, as Ctrl-C does, when whoever holds the other end of its stdin is gone."""

    def wait() -> None:
        while os.read(0, 1):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="leash", daemon=True).start()
