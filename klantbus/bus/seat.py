"""A SQLite file of ours: opened, recognised, made if need be; and a seat at it, a thread with a connection.

Nobody but SQLite may open such a file, not even to look: closing any handle of it drops SQLite's POSIX locks.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from time import sleep
from typing import NamedTuple, TypeVar

from klantbus.bus.clock import steady
from klantbus.bus.errors import FileRefused, LogUnavailable
from klantbus.bus.statements import statements

MEMORY = ":memory:"

_SQL = statements(__package__, "seat.sql")

_PATIENCE = 30.0  # seconds to wait for other processes' appends before the log counts as away
_WAL_PAGES = 4_000  # 16 MB between checkpoints: the default of 1,000 stops an appender four times as often

T = TypeVar("T")


class Form(NamedTuple):
    """A kind of file: its SQLite application id, its version, the package with its schema.sql, its name."""

    application_id: int
    version: int
    package: str
    name: str


class Seat:
    """One connection and the one thread that uses it."""

    def __init__(self, form: Form, path: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._form = form
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return `work(connection)`, done in the seat's thread.

        Raises `LogUnavailable` when SQLite cannot go on now (locked for long, disk full, closed),
        `FileRefused` when the file is none of ours or damaged.
        """
        if self._closed:
            raise LogUnavailable(f"the {self._form.name} was closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, work)

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with our_words(self._form):
            if self._connection is None:
                self._connection = connect(self._form, self._path)
            return work(self._connection)

    async def close(self) -> None:
        """Close the connection and end the thread; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def our_words(form: Form) -> Iterator[None]:
    """Turn what SQLite raises into errors that say whose fault it is."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LogUnavailable(f"the {form.name} cannot go on: {error}") from error
    except sqlite3.DatabaseError as error:
        raise FileRefused(f"the file is no readable {form.name}: {error}") from error


def connect(form: Form, path: str, *, patience: float = _PATIENCE) -> sqlite3.Connection:
    """Return a connection to the file at `path`, made if it was not there. `patience` in seconds.

    Raises `FileRefused` for a file of another application or of a newer version.
    """
    if path != MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    with ExitStack() as unless_all_is_well:
        unless_all_is_well.callback(connection.close)
        _recognise(form, connection)
        _tune(connection)
        unless_all_is_well.pop_all()
    return connection


def _recognise(form: Form, connection: sqlite3.Connection) -> None:
    with transaction(connection, "DEFERRED"):  # what another process lays out now is seen whole or not at all
        is_new = _is_new(form, connection)
    if not is_new:
        return
    with transaction(connection):
        if _is_new(form, connection):  # another process may have made it meanwhile
            _lay_out(form, connection)


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Hold the write lock ("DEFERRED": read at one instant); commit at the end, or roll back on an error."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _is_new(form: Form, connection: sqlite3.Connection) -> bool:
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    if application == form.application_id and version > form.version:
        raise FileRefused(
            f"the {form.name} has version {version}, this klantbus reads up to {form.version}: update"
        )
    if application == form.application_id:
        return False
    [(tables,)] = connection.execute(_SQL["tables"])
    if application or version or tables:
        raise FileRefused("the file is a database of another application; name another file")
    return True


def _lay_out(form: Form, connection: sqlite3.Connection) -> None:
    for statement in _script(form):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {form.application_id}")
    connection.execute(f"PRAGMA user_version = {form.version}")


def _script(form: Form) -> list[str]:
    text = files(form.package).joinpath("schema.sql").read_text(encoding="utf-8")
    bare = "\n".join(line.partition("--")[0] for line in text.splitlines())
    return [statement for statement in bare.split(";") if statement.strip()]


def _tune(connection: sqlite3.Connection) -> None:
    _go_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")  # an acknowledged batch is on the disk
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute("PRAGMA cache_size = -16000")


def _go_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for others here, so we try again."""
    deadline = steady() + _PATIENCE
    while not _is_wal(connection, deadline):
        sleep(0.01)


def _is_wal(connection: sqlite3.Connection, deadline: float) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        if steady() > deadline:
            raise
        return False
    return True


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    [(value,)] = connection.execute(f"PRAGMA {name}")
    return int(value)
