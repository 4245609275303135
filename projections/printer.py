"""The printer: a process of its own that copies the working files into an edition.

It must be another process: opening and closing a database file within the projector's would drop DuckDB's
lock. It knows no DuckDB and imports little, so that it starts at once. It is told on stdin, one line of JSON
a time, `{"place": ..., "colophon": {...}}`, and answers with the edition's number, or with `failed: why`.
It ends when its stdin does.

Nothing is ever half an edition: files are made under a name that nobody reads, the folder gets its own name
when it is whole, and then `current` moves in one rename.

Where it can it makes the new edition out of an old one that nobody reads any more, and writes only blocks
that differ: writing half a gigabyte several times a second is more than a disk can take. DuckDB's readers
hold a lock on what they read, so whoever gets the write lock knows that he is alone with the file.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

FILES = (("klantbus.duckdb", 0o644), ("personal.duckdb", 0o600))
KEPT = 2
"""So many editions stay as they are: a reader who just looked up the newest can still open it."""

_CHUNK = 2**20


def print_edition(place: Path, colophon: dict[str, Any]) -> int:
    """Copy the working files under `place` into an edition with `colophon`; return its number."""
    editions = place / "editions"
    number = int(colophon["number"])
    unfinished = editions / f"printing-{os.getpid()}"
    with ExitStack() as held:
        if not _recycle(editions, unfinished, held):
            unfinished.mkdir(parents=True)
        for name, mode in FILES:
            _copy(place / "working" / name, unfinished / name, mode)
        (unfinished / "edition.json").write_text(json.dumps(colophon), encoding="utf-8")
        for part in (*(unfinished / name for name, _ in FILES), unfinished / "edition.json", unfinished):
            _settle(part)
    whole = editions / f"{number:012d}"
    unfinished.rename(whole)
    _point_at(editions, whole.name)
    _settle(editions)
    return number


def tidy(place: Path) -> None:
    """Remove what an earlier printer left unfinished."""
    for folder in (place / "editions").glob("printing-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _recycle(editions: Path, unfinished: Path, held: ExitStack) -> bool:
    """Put the oldest edition that nobody reads under the name `unfinished`, locked; remove older ones in use.

    False when there is none. An edition that is removed while somebody reads it stays readable to them.
    """
    for folder in _retired(editions):
        if _alone_with(folder, held):
            folder.rename(unfinished)
            return True
        shutil.rmtree(folder, ignore_errors=True)
    return False


def _retired(editions: Path) -> list[Path]:
    whole = sorted(folder for folder in editions.glob("[0-9]*") if folder.is_dir())
    pointer = editions / "current"
    current = pointer.readlink().name if pointer.is_symlink() else ""
    return [folder for folder in whole[:-KEPT] if folder.name != current]


def _alone_with(folder: Path, held: ExitStack) -> bool:
    """Take the write lock on both files until `held` ends; False when somebody reads one of them."""
    locks = ExitStack()
    try:
        for name, _ in FILES:
            file = locks.enter_context((folder / name).open("r+b"))
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        locks.close()
        return False
    held.push(locks)
    return True


def _copy(source: Path, target: Path, mode: int) -> None:
    """Make `target` the same as `source`; what is the same already is not written."""
    target.touch(mode)  # before anything is in it
    read, written = os.open(source, os.O_RDONLY), os.open(target, os.O_RDWR)
    try:
        size = os.fstat(read).st_size
        os.truncate(written, min(size, os.fstat(written).st_size))
        for at in range(0, size, _CHUNK):
            new = os.pread(read, _CHUNK, at)
            if os.pread(written, _CHUNK, at) != new:
                _write(written, new, at)
    finally:
        os.close(read)
        os.close(written)


def _write(file: int, data: bytes, at: int) -> None:
    while data:
        done = os.pwrite(file, data, at)
        data, at = data[done:], at + done


def _settle(path: Path) -> None:
    """Wait until the disk itself has a file, or the names in a folder: a power cut leaves no half edition."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _point_at(editions: Path, name: str) -> None:
    pointer = editions / f"printing-{os.getpid()}-current"
    pointer.symlink_to(name)
    pointer.replace(editions / "current")


def serve(asked: IO[str], answer: IO[str]) -> None:
    """Print what is asked for, until there is nothing more to ask."""
    for line in asked:
        order = json.loads(line)
        place = Path(order["place"])
        try:
            tidy(place)
            said = str(print_edition(place, order["colophon"]))
        except OSError as error:
            said = f"failed: {error.strerror or error}"
        answer.write(said + "\n")
        answer.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks; without anybody to ask, this ends
    serve(sys.stdin, sys.stdout)
