"""A worker on the batch transport that only notes which records it was handed: a process to be killed."""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from klantbus.bus.ports import Lane, Positions, Stored
from streams.app import build_app, quiet_logs
from streams.host import Host
from streams.settings import Settings
from streams.worker import run_app


class Noting:
    """Writes down every record it was handed, then calls it done. It starts where the group is."""

    def __init__(self, notes: Path) -> None:
        self.file = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.waiting: dict[Lane, list[Stored]] = defaultdict(list)

    async def open(self, lanes: Iterable[Lane], kept: Positions) -> Positions:
        self.waiting.clear()
        return {lane: kept.get(lane, 0) for lane in lanes}

    async def close(self) -> None:
        self.waiting.clear()

    def take(self, lane: Lane, records: Sequence[Stored]) -> None:
        self.waiting[lane] += records

    def now(self) -> int | None:
        return None

    def reached(self, lanes: Iterable[Lane], until: int) -> None:
        pass

    def hungry(self) -> Iterable[Lane]:
        return ()

    def lags(self, records: int) -> None:
        pass

    async def step(self) -> Positions | None:
        taken, self.waiting = self.waiting, defaultdict(list)
        for records in taken.values():
            lines = [f"\n{r.topic} {r.partition} {r.offset}." for r in records]
            os.write(self.file, "".join([*lines, "\n"]).encode())
            await asyncio.to_thread(os.fsync, self.file)  # which takes its time, so that a kill meets some
        return {lane: records[-1].offset + 1 for lane, records in taken.items()} or None

    async def land(self) -> Positions | None:
        return None


async def main(bootstrap: str, group: str, worker: str, topic: str, folder: str) -> None:
    quiet_logs()
    settings = Settings(Path(folder), worker, bootstrap, group, session_timeout=6.0)
    host = Host(Noting(Path(folder) / f"{worker}.notes"), bound=2_000)

    async def discover() -> list[str]:
        return [topic]

    await run_app(build_app(settings, host, [topic], discover))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
