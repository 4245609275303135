"""One projector per place: a lock of our own beside the files.

DuckDB's lock is a POSIX lock, which is gone when anything in the process opens and closes the file. Ours is
a flock on a side file, and the printer's process inherits it: while a printer of a dead projector still
copies, no other projector can begin, so nobody can publish what was copied under another's hands.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from klantbus.bus import clock
from projections.errors import AlreadyOwned

LOCK: Final = "owner.lock"
PATIENCE: Final = 3.0
"""Seconds to wait for a dead projector's printer to end."""


@contextmanager
def owned(place: Path, *, patience: float = PATIENCE) -> Iterator[int]:
    """Own `place` while inside; yields the open file that holds the lock. Raises `AlreadyOwned`."""
    place.mkdir(parents=True, exist_ok=True)
    lock = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, place, clock.steady() + patience)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def is_owned(place: Path) -> bool:
    """Tell whether somebody owns `place` at this moment."""
    try:
        lock = os.open(place / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def _take(lock: int, place: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.steady() >= until:
                raise AlreadyOwned(place, os.pread(lock, 20, 0).decode() or "unknown") from None
            time.sleep(0.05)
        else:
            return
