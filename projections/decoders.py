"""Decoding large batches by several processes; small ones at once, here."""

import asyncio
import gc
import marshal
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from typing import IO, Final, NamedTuple, Self

import pyarrow as pa

from klantbus.bus.ports import Batch, Positions, Stored
from projections.arrivals import Arrived, arrived
from projections.decoder import messages, send

WORTH_IT: Final = 5_000
"""Below so many records the way to another process costs more than it saves."""

_MOST: Final = 4


class Turn(NamedTuple):
    """A batch, decoded, and the positions after it."""

    facts: Arrived
    reached: Positions


class Decoders:
    """So many processes that decode, started when the first large batch comes; use it with `async with`."""

    def __init__(self, count: int | None = None) -> None:
        self._count = count or min(_MOST, os.cpu_count() or 1)
        self._running: list[subprocess.Popen[bytes]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    async def decoded(self, batch: Batch) -> Turn:
        """Return a batch as rows, in its order."""
        if len(batch.records) < WORTH_IT:
            return decoded(batch)
        self._start()
        share = -(-len(batch.records) // len(self._running))
        parts = [batch.records[at : at + share] for at in range(0, len(batch.records), share)]
        work = [asyncio.to_thread(_by, *pair) for pair in zip(self._running, parts, strict=False)]
        return Turn(_joined(await asyncio.gather(*work)), batch.positions)

    def close(self) -> None:
        """Let the processes end."""
        for process in self._running:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
            process.wait()
        self._running.clear()

    def _start(self) -> None:
        while len(self._running) < self._count:
            self._running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "projections.decoder"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )


def decoded(batch: Batch) -> Turn:
    """Return a batch as rows."""
    with _no_sweeping():
        return Turn(arrived(batch.records), batch.positions)


def joined(turns: Sequence[Turn]) -> Turn:
    """Return turns that came one after the other as one."""
    return Turn(_joined([turn.facts for turn in turns]), turns[-1].reached)


@contextmanager
def _no_sweeping() -> Iterator[None]:
    """Keep the garbage collector out: facts make no rings, and looking for them costs a third of decoding."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _by(process: subprocess.Popen[bytes], records: Sequence[Stored]) -> Arrived:
    """Have a process decode, some records at a time, so that it stays small; here where it died."""
    shares = [records[at : at + WORTH_IT] for at in range(0, len(records), WORTH_IT)]
    parts: list[Arrived] = []
    message = _message(shares[0])
    for following, share in zip_longest(shares[1:], shares):
        asked = _asked(process, message)
        message = _message(following or ())  # while that one is decoded
        parts.append((_answered(process) if asked else None) or arrived(share))
    return _joined(parts)


def _message(records: Sequence[Stored]) -> bytes:
    return marshal.dumps([tuple(record) for record in records])


def _asked(process: subprocess.Popen[bytes], message: bytes) -> bool:
    """Ask a process to decode; return whether it could be asked."""
    if process.stdin is None:
        return False
    try:
        send(process.stdin, message)
    except BrokenPipeError:
        return False
    return True


def _answered(process: subprocess.Popen[bytes]) -> Arrived | None:
    """Return what a process decoded; None when it died."""
    if process.stdout is None:
        return None
    try:
        return Arrived(*_two(process.stdout))
    except StopIteration:
        return None


def _two(pipe: IO[bytes]) -> tuple[pa.Table, pa.Table]:
    coming = messages(pipe)
    return pa.ipc.open_stream(next(coming)).read_all(), pa.ipc.open_stream(next(coming)).read_all()


def _joined(parts: Sequence[Arrived]) -> Arrived:
    return Arrived(
        pa.concat_tables([part.facts for part in parts]),
        pa.concat_tables([part.unreadable for part in parts]),
    )
