"""Making one file the same as another without writing what is the same already.

An edition of a gigabyte differs from an older one in some megabytes; to write all of it several times a
second is more than a disk can take. Imports little: the printer must start at once.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

_CHUNK: Final = 2**18
"""Bytes compared at a time: as many as a core's own cache holds twice."""
_PIECE: Final = 2**20
_AT_ONCE: Final = 32


def make_same(source: Path, target: Path, mode: int) -> None:
    """Make `target` the same as `source`, which nobody writes meanwhile; a new file has `mode`."""
    target.touch(mode)  # before anything is in it
    read, written = os.open(source, os.O_RDONLY), os.open(target, os.O_RDWR)
    try:
        size = os.fstat(read).st_size
        os.truncate(written, min(size, os.fstat(written).st_size))
        new, old = (
            bytearray(_CHUNK),
            bytearray(_CHUNK),
        )  # made once: new memory for each piece costs twice as much
        for at in range(0, size, _CHUNK):
            _same_chunk(read, written, at, new, old)
    finally:
        os.close(read)
        os.close(written)


def go_on_copying(source: Path, target: Path, mode: int, enough: Callable[[], bool]) -> bool:
    """Copy from where `target` ends until `source` does or it is `enough`; tell whether it got to the end.

    What is copied is on the disk, so that nobody who settles something else waits for it. `source` may be
    written meanwhile: then the copy is of no moment at all, and good only for `make_same` to begin with.
    """
    target.touch(mode)
    read, written = os.open(source, os.O_RDONLY), os.open(target, os.O_WRONLY | os.O_APPEND)
    try:
        while not enough():
            if not _append(read, written):
                return True
            os.fdatasync(written)
    finally:
        os.close(read)
        os.close(written)
    return False


def _same_chunk(read: int, written: int, at: int, new: bytearray, old: bytearray) -> None:
    size = os.preadv(read, [new], at)
    if os.preadv(written, [old], at) != size or (new != old if size == _CHUNK else new[:size] != old[:size]):
        _write(written, memoryview(new)[:size], at)


def _append(read: int, written: int) -> bool:
    """Append the next pieces of what is read; False at its end."""
    for _ in range(_AT_ONCE):
        if not (piece := os.pread(read, _PIECE, os.fstat(written).st_size)):
            return False
        os.write(written, piece)
    return True


def _write(file: int, data: memoryview, at: int) -> None:
    while data:
        done = os.pwrite(file, data, at)
        data, at = data[done:], at + done
