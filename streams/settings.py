"""What a worker is told from outside. Frozen; read once, by whoever starts it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.memory import ROOM


@dataclass(frozen=True, slots=True)
class Settings:
    """A worker's settings. Seconds where time is meant.

    `bound` limits the records that are fetched and not yet judged; `worker` is the static member name, of
    which no two may run at once; `data` holds its state. The silence of `watched` departments is judged.
    `room` is how many facts, and customers, are kept decoded (see `memory.room_in`).
    """

    data: Path
    worker: str = "w0"
    bootstrap: str = ""
    group: str = "klantbus-watch"
    bound: int = 40_000
    tick: float = 0.1
    discover_every: float = 3.0
    session_timeout: float = 10.0
    credentials: Any = None
    watched: tuple[str, ...] = ()
    room: int = ROOM
