"""The projector's side of the printer: starts it, asks for an edition, starts it again when it died."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import orjson

from projections.errors import DiskFull
from projections.spare import WORTH_IT


class Press:
    """Prints editions of `place` in a process of its own, which shares the lock `lock` (see fence.py).

    Of files beyond `worth` bytes that process keeps a spare copy.
    """

    def __init__(self, place: Path, lock: int, worth: int = WORTH_IT) -> None:
        self._place = place
        self._lock = lock
        self._worth = worth
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process number of the printer, if one was started."""
        return self._process.pid if self._process else None

    def print(self, colophon: Mapping[str, Any]) -> bool:
        """Print an edition and wait for it; False when the printer died: ask again. Raises `DiskFull`."""
        process = self._running()
        try:
            said = _ask(process, orjson.dumps(colophon))
        except BrokenPipeError:
            said = b""
        if not said:
            self._bury()
            return False
        if said.startswith(b"failed:"):
            raise DiskFull(self._place)
        return True

    def close(self) -> None:
        """Let the printer end after what it is doing."""
        self._bury()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603  our own module; the place is a path of ours
                [sys.executable, "-P", "-m", "projections.printer", str(self._place), str(self._worth)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(self._lock,),
            )
        return self._process

    def _bury(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)
        process.wait()


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # the last order was still in the buffer when the printer died
        pipe.close()


def _ask(process: subprocess.Popen[bytes], order: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        return b""
    process.stdin.write(order + b"\n")
    process.stdin.flush()
    return process.stdout.readline()
