"""The printer: a process of its own that copies the working files into an edition.

It must be another process: opening and closing a database file within the projector's would drop DuckDB's
lock. It knows no DuckDB and imports little, so that it starts at once. It is told on stdin, one line of
JSON a time, `{"place": ..., "colophon": {...}}`, and answers with the edition's number, or with `failed:
why`. It ends when its stdin does.

Nothing is ever half an edition: files are copied under a name that nobody reads, the folder gets its own
name when it is whole, and then `current` moves in one rename.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import IO, Any

FILES = (("klantbus.duckdb", 0o644), ("personal.duckdb", 0o600))
KEPT = 3
"""So many editions stay: a reader who just looked up the newest can still open it."""

_CHUNK = 2**30


def print_edition(place: Path, colophon: dict[str, Any]) -> int:
    """Copy the working files under `place` into an edition with `colophon`; return its number."""
    editions = place / "editions"
    number = int(colophon["number"])
    unfinished = editions / f"printing-{os.getpid()}"
    unfinished.mkdir(parents=True)
    for name, mode in FILES:
        _copy(place / "working" / name, unfinished / name, mode)
    (unfinished / "edition.json").write_text(json.dumps(colophon), encoding="utf-8")
    whole = editions / f"{number:012d}"
    unfinished.rename(whole)
    _point_at(editions, whole.name)
    return number


def tidy(place: Path) -> None:
    """Remove what an earlier printer left unfinished, and all but the last few editions."""
    editions = place / "editions"
    for folder in editions.glob("printing-*"):
        shutil.rmtree(folder, ignore_errors=True)
    kept = editions / "current"
    whole = sorted(folder for folder in editions.glob("[0-9]*") if folder.is_dir())
    for folder in whole[:-KEPT]:
        if folder.name != (kept.readlink().name if kept.is_symlink() else ""):
            shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path, mode: int) -> None:
    target.touch(mode)  # before anything is in it
    with source.open("rb") as read, target.open("wb") as written:
        size, at = os.fstat(read.fileno()).st_size, 0
        while at < size:
            moved = os.copy_file_range(read.fileno(), written.fileno(), min(_CHUNK, size - at))
            if moved == 0:
                raise OSError(f"{source} became shorter while it was copied")
            at += moved


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
    serve(sys.stdin, sys.stdout)
