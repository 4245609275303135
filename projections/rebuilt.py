"""Files that a rebuild made, waiting to take the place of the running ones.

A rebuild writes `place/rebuilding-PID/`, closes it clean and renames it to `place/rebuilt/`. Whoever owns the
place moves it in: the projector between two batches, or the rebuild itself where none runs.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from projections.store import MAIN, PERSONAL, WORKING

READY: Final = "rebuilt"


def rebuilt_waits(place: Path) -> bool:
    """Tell whether files are ready to be moved in."""
    return (place / READY).is_dir()


def workshop(place: Path) -> Path:
    """Return the folder in which this process rebuilds; what dead processes left there is removed."""
    for folder in place.glob("rebuilding-*"):
        if not _lives(folder.name.rpartition("-")[2]):
            shutil.rmtree(folder, ignore_errors=True)
    return place / f"rebuilding-{os.getpid()}"


def hand_over(place: Path) -> None:
    """Say that what stands in the workshop is whole."""
    shutil.rmtree(place / READY, ignore_errors=True)
    workshop(place).rename(place / READY)


def move_in(place: Path) -> None:
    """Put the rebuilt files in the place of the running ones. The place must be owned and its files closed.

    Each file knows its own position, so a crash between the two leaves a pair that goes on rightly.
    """
    working = place / WORKING
    working.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (MAIN, PERSONAL):
        source = place / READY / name
        if source.exists():
            (working / f"{name}.wal").unlink(missing_ok=True)  # it belongs to the file that goes
            source.replace(working / name)
    shutil.rmtree(place / READY)


def _lives(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
