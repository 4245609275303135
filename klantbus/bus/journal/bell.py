"""Wakes followers after an append, also one by another process, and costs next to nothing while all is quiet.

SQLite's `data_version` changes when another connection committed. Asking takes 5 µs and no lock that anyone
waits for, so it is asked every 25 ms, and only while somebody waits.
"""

import asyncio
import sqlite3

from klantbus.bus.journal.file import FORM
from klantbus.bus.seat import MEMORY, connect, our_words

_EVERY = 0.025  # seconds; a follower must wake within 0.05 of an append


class Bell:
    """Counts how often something may have changed; followers wait for the count to pass what they saw."""

    def __init__(self, path: str) -> None:
        with our_words(FORM):
            self._listener = None if path == MEMORY else _listener(path)
        self._version = 0
        self._count = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def mark(self) -> int:
        """Return the present count. Take it before looking, then wait `beyond` it."""
        self._listen()
        return self._count

    def ring(self) -> None:
        """Wake everyone who waits."""
        self._count += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def beyond(self, mark: int, seconds: float) -> bool:
        """Return True once the count passed `mark`, False when it did not in so many seconds."""
        if self._count != mark:
            return True
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        self._start()
        try:
            await asyncio.wait((future,), timeout=seconds)
            return self._count != mark
        finally:
            self._waiting.discard(future)

    def close(self) -> None:
        """Let everyone go and stop listening."""
        self.ring()
        if self._timer is not None:
            self._timer.cancel()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _start(self) -> None:
        if self._timer is None and self._listener is not None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._listen()
        if self._waiting:
            self._start()

    def _listen(self) -> None:
        if self._listener is None:
            return
        version = _version(self._listener)
        if version != self._version:
            self._version = version
            self.ring()


def _listener(path: str) -> sqlite3.Connection:
    connection = connect(FORM, path)
    connection.execute("PRAGMA busy_timeout = 0")  # it is asked on the event loop, which must not wait
    return connection


def _version(listener: sqlite3.Connection) -> int:
    try:
        [(version,)] = listener.execute("PRAGMA data_version")
    except sqlite3.OperationalError:
        return -1  # locked for a moment: count it as a change, looking once too often does no harm
    return int(version)
