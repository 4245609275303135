"""The printer: a process of its own that copies the working files into an edition.

It must be another process: opening and closing a database file within the projector's would drop DuckDB's
lock. It knows no DuckDB and imports little, so that it starts at once. Its arguments are the place, and the
bytes beyond which a spare is worth it. It is told on stdin what to print, a colophon a line, and answers with
the edition's number, or with `failed: why`. It ends when its stdin does.

Nothing is ever half an edition: files are made under a name that nobody reads, the folder gets its own name
when it is whole, and then `current` moves in one rename.

Where it can it makes the new edition out of an old one that nobody reads any more, and writes only blocks
that differ (copying.py); of large files it has a spare copy for when all are read (spare.py). DuckDB's
readers hold a lock on what they read, so whoever gets the write lock knows that he is alone with the file.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final

from projections.copying import make_same
from projections.spare import WORTH_IT, Spare

FILES: Final = (("klantbus.duckdb", 0o644), ("personal.duckdb", 0o600))
KEPT: Final = 2
"""So many editions stay as they are: a reader who just looked up the newest can still open it."""

READ: Final = 1
"""So many older ones that somebody reads stay too: he may be done before the next edition."""


class Printer:
    """Prints the editions of one place. Of files beyond `worth` bytes it keeps a spare copy."""

    def __init__(self, place: Path, worth: int = WORTH_IT) -> None:
        self._place = place
        self._editions = place / "editions"
        self._spare = Spare(place, FILES, worth)

    def print(self, colophon: dict[str, Any]) -> int:
        """Copy the working files into an edition with `colophon`; return its number."""
        unfinished = self._editions / f"printing-{os.getpid()}"
        with ExitStack() as held:
            if not (_recycle(self._editions, unfinished, held) or self._spare.give(unfinished)):
                unfinished.mkdir(parents=True)
            self._spare.leave()  # nobody copies while an edition is waited for
            for name, mode in FILES:
                make_same(self._place / "working" / name, unfinished / name, mode)
            (unfinished / "edition.json").write_text(json.dumps(colophon), encoding="utf-8")
            for part in (*(unfinished / name for name, _ in FILES), unfinished / "edition.json", unfinished):
                _settle(part)
        number = int(colophon["number"])
        self._publish(unfinished, f"{number:012d}")
        return number

    def make_ready(self) -> None:
        """Do beforehand what can be done, while nobody waits."""
        self._spare.make()

    def tidy(self) -> None:
        """Remove what an earlier printer left unfinished."""
        for folder in self._editions.glob("printing-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Leave off copying."""
        self._spare.leave()

    def _publish(self, unfinished: Path, name: str) -> None:
        unfinished.rename(self._editions / name)
        _point_at(self._editions, name)
        _settle(self._editions)


def _recycle(editions: Path, unfinished: Path, held: ExitStack) -> bool:
    """Put the oldest edition that nobody reads under the name `unfinished`, locked.

    False when there is none; then all but the newest `READ` of them are removed. An edition that is removed
    while somebody reads it stays readable to them.
    """
    retired = _retired(editions)
    for folder in retired:
        if _alone_with(folder, held):
            folder.rename(unfinished)
            return True
    for folder in retired[:-READ]:
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


def serve(printer: Printer, asked: IO[str], answer: IO[str]) -> None:
    """Print what is asked for, until there is nothing more to ask."""
    for line in asked:
        try:
            printer.tidy()
            said = str(printer.print(json.loads(line)))
        except OSError as error:
            said = f"failed: {error.strerror or error}"
        answer.write(said + "\n")
        answer.flush()
        printer.make_ready()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks; without anybody to ask, this ends
    serve(Printer(Path(sys.argv[1]), int(sys.argv[2])), sys.stdin, sys.stdout)
