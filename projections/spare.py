"""A spare: a copy of the working files that stands ready to be made into an edition.

Normally the next edition is made out of the oldest one. While somebody reads that, it must stay as it is, and
a copy of a gigabyte takes seconds; so one is made beforehand, while nobody waits for it. Imports little, as
the printer does.
"""

import shutil
from pathlib import Path
from threading import Event, Thread
from typing import Final

from projections.copying import go_on_copying

WORTH_IT: Final = 128 * 2**20
"""Below so many bytes a whole copy is made as fast as it is asked for."""

ROOM: Final = 3
"""A spare is made where the disk has room for so many copies: it must never be what fills a disk."""

SPARE: Final = "spare"


class Spare:
    """The spare of one place; `files` are the names to copy, each with its mode."""

    def __init__(self, place: Path, files: tuple[tuple[str, int], ...], worth: int = WORTH_IT) -> None:
        self._working = place / "working"
        self._folder = place / "editions" / SPARE
        self._files = files
        self._worth = worth
        self._enough = Event()
        self._copying: Thread | None = None

    def make(self) -> None:
        """Begin to copy in the background, or go on where it was broken off."""
        if self._copying is not None or not self._is_worth_it():
            return
        self._enough.clear()
        self._copying = Thread(target=self._copy, name="spare", daemon=True)
        self._copying.start()

    def give(self, unfinished: Path) -> bool:
        """Stop copying and put what there is under the name `unfinished`; False where there is nothing."""
        self.leave()
        if not self._folder.exists():
            return False
        self._folder.rename(unfinished)
        return True

    def leave(self) -> None:
        """Stop copying; what there is stays for another time."""
        self._enough.set()
        if self._copying is not None:
            self._copying.join()
        self._copying = None

    def _copy(self) -> None:
        self._folder.mkdir(exist_ok=True)
        for name, mode in self._files:
            if not self._copied(name, mode):
                return

    def _copied(self, name: str, mode: int) -> bool:
        try:
            return go_on_copying(self._working / name, self._folder / name, mode, self._enough.is_set)
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            return False  # the next edition will meet what is wrong, and say so

    def _is_worth_it(self) -> bool:
        files = [self._working / name for name, _ in self._files]
        size = sum(file.stat().st_size for file in files if file.exists())
        return size >= self._worth and shutil.disk_usage(self._working).free >= ROOM * size
