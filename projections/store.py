"""The projector's two working files, and how a batch gets in: rows and position together or not at all.

`klantbus.duckdb` holds everything but personal text, `personal.duckdb` only that. DuckDB writes one file
per transaction, so each file keeps its own position and the second follows the first: after a crash in
between, the batch comes again, the first file knows every fact of it by id, and the second takes what it
misses.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import duckdb

from klantbus.bus.ports import Lane, Positions
from projections.amend import Amendment, mended
from projections.errors import DiskFull, ForeignFile
from projections.models import ReadModel, shape_of, statements, statements_of

if TYPE_CHECKING:  # Arrow takes 26 MB: a bus to which nothing comes in does without
    import pyarrow as pa

    from projections.arrivals import Arrived

WORKING: Final = "working"
"""The folder of the files that the projector writes; only it opens them."""

MAIN: Final = "klantbus.duckdb"
PERSONAL: Final = "personal.duckdb"
MEMORY: Final = "768MB"
"""What DuckDB may hold of its files in memory; beyond that it reads and spills."""

SPILL: Final = "spill"
"""Where DuckDB puts for a moment what does not fit in memory."""

Recovery = Literal["default", "no_wal_writes"]
"""Whether a batch is safe from the moment it is in, or only what was there at the last checkpoint."""


class Means(NamedTuple):
    """What DuckDB may use for the files. A second thread has nothing to do in a batch of one row group."""

    memory: str = MEMORY
    threads: int = 1
    recovery: Recovery = "default"


_LIVE: Final = Means()

ROW_GROUP: Final = 30_720
"""Rows that DuckDB keeps together, a quarter of what it does by itself. Each checkpoint writes the last group
of every table that grew anew, and a batch with a whole group in it writes that once, as it will stay. Less
again costs more room than it saves time."""

WAL_LIMIT: Final = 64 * 2**20
"""Replaying 100 MB of WAL takes 1.7 s at the next start, so a checkpoint is asked for before that."""

_SETTINGS: Final = {
    # A checkpoint only when the projector says so: one that runs during a copy would spoil the copy.
    "checkpoint_threshold": "1TB",
    "preserve_insertion_order": "false",
    "enable_external_access": "true",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class Store:
    """The read models in their files, owned by this process alone (see fence.py). Not for several threads."""

    def __init__(self, place: Path, models: Sequence[ReadModel], means: Means = _LIVE) -> None:
        """Open the files under `place`, or make them. Raises `ForeignFile` and `DiskFull`."""
        self.place = place
        self._models = models
        self._shape = shape_of(models)
        place.mkdir(
            mode=0o700, parents=True, exist_ok=True
        )  # personal text, also in a WAL, is its owner's alone
        self._con = _open(place, means)
        with self._sentences():
            self._prepare()

    def positions(self) -> Positions:
        """Return the next offset to read of every lane: where the file that is behind stands."""
        main, personal = self._kept("klantbus.position"), self._kept("personal.position")
        return {lane: min(main.get(lane, 0), personal.get(lane, 0)) for lane in main | personal}

    def number(self) -> int:
        """Return how many batches went in. It numbers the editions."""
        return int(self._one("SELECT number FROM klantbus.edition"))

    def as_of(self) -> datetime | None:
        """Return the moment the tables speak of: the log's time of the last fact in them."""
        moment: datetime | None = self._one("SELECT as_of FROM klantbus.edition")
        return moment

    def count_from(self, number: int) -> None:
        """Go on from `number`, where the store is younger than its editions."""
        self._con.execute("UPDATE klantbus.edition SET number = $1", [number])

    def take(self, batch: "Arrived", reached: Positions) -> None:
        """Take in a batch and the positions after it. Raises `DiskFull`, and then nothing of it stays."""
        from projections.arrivals import places  # noqa: PLC0415  Arrow, from the first batch on

        self._con.register("arrived", batch.facts)
        self._con.register("reached", places(reached))
        with self._sentences():
            # Before the transaction: what a transaction made itself is read by one thread alone.
            self._run(statements_of("fresh.sql"))
            with self._transaction():
                self._take_facts(batch)
            with self._transaction():
                self._run(statements_of("keep_personal.sql"))

    def checkpoint(self) -> None:
        """Write the WAL of both files into them, so that a copy of a file is whole."""
        with self._sentences():
            self._con.execute("CHECKPOINT klantbus")
            self._con.execute("CHECKPOINT personal")

    def wal_bytes(self) -> int:
        """Return the size of the larger WAL."""
        sizes = [_size(self.place / f"{name}.wal") for name in (MAIN, PERSONAL)]
        return max(sizes)

    def close(self) -> None:
        """Let go of the files; a clean close leaves no WAL."""
        self._con.close()

    def _take_facts(self, batch: "Arrived") -> None:
        """Take in what is new. Any statement costs two ms: what has nothing to do is left out."""
        again, referring, amending = self._con.execute(*statements(statements_of("seen.sql"))).fetchall()[0]
        if again:
            self._run(statements_of("again.sql"))
        if referring:
            self._run(statements_of("repeat.sql"))
        self._run(statements_of("log.sql"))
        withdrawn = self._withdrawn() if amending else frozenset()
        if not withdrawn:
            self._run(statements_of("plain.sql"))
        types = withdrawn | batch.types
        for model in self._models:
            self._run_all(tuple(model.steps(types, withdrawn)))
        if batch.unreadable.num_rows:
            self._con.register("illegible", batch.unreadable)
            self._run(statements_of("unreadable.sql"))
        self._run(statements_of("keep.sql"))

    def _withdrawn(self) -> frozenset[str]:
        """Put facts that are not what they were into the batch as they stand; return their types."""
        self._run(statements_of("amend.sql"))
        types = self._con.execute(
            "SELECT DISTINCT e.type FROM event_log AS e "
            "SEMI JOIN withdrawn AS w ON w.id_key = e.id_key AND w.event_id = e.event_id"
        ).fetchall()
        if types:
            self._con.register("mended", self._mended())
            self._run(statements_of("batch.sql"))
        return frozenset(row[0] for row in types)

    def _mended(self) -> "pa.Table":
        import pyarrow as pa  # noqa: PLC0415  Arrow, from the first batch on

        from projections.arrivals import BATCH  # noqa: PLC0415  the same

        facts = self._con.sql(statements_of("aimed_at.sql")).to_arrow_table().to_pylist()
        rows = self._con.execute(statements_of("amendments.sql")).fetchall()
        return pa.Table.from_pylist(list(mended(facts, map(Amendment._make, rows))), schema=BATCH)

    def _kept(self, table: str) -> dict[Lane, int]:
        rows = self._con.execute(f"SELECT topic, partition, next FROM {table}").fetchall()  # noqa: S608  one of two names
        return {Lane(topic, partition): following for topic, partition, following in rows}

    def _prepare(self) -> None:
        if not self._has("klantbus", "edition"):
            self._make_main()
        if not self._has("personal", "edition"):
            self._make_personal()
        for file, table in ((MAIN, "klantbus.edition"), (PERSONAL, "personal.edition")):
            if self._one(f"SELECT shape FROM {table}") != self._shape:  # noqa: S608  one of two names
                raise ForeignFile(self.place / file, "was made by another version of the read models")
        self._answer()

    def _make_main(self) -> None:
        with self._transaction():
            self._run(statements_of("tables.sql"))
            for model in self._models:
                self._run_all(model.tables)
            self._con.execute("INSERT INTO edition VALUES (0, NULL, $1)", [self._shape])

    def _make_personal(self) -> None:
        with self._transaction():
            self._run(statements_of("personal_tables.sql"))
            self._con.execute("INSERT INTO personal.edition VALUES (0, $1)", [self._shape])

    def _answer(self) -> None:
        self._run(statements_of("temporary.sql"))
        with self._transaction():
            self._run(statements_of("keys.sql"))
            self._run(statements_of("views.sql"))
            for model in self._models:
                self._run_all(model.questions)
        with self._transaction():
            self._run(statements_of("personal_views.sql"))
            for model in self._models:
                self._run_all(model.personal)

    def _has(self, catalog: str, table: str) -> bool:
        found = self._con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = $1 AND table_name = $2",
            [catalog, table],
        ).fetchall()
        return bool(found[0][0])

    def _one(self, sql: str) -> Any:  # noqa: ANN401  whatever the column holds
        return self._con.execute(sql).fetchall()[0][0]

    def _run(self, text: str) -> None:
        self._run_all(statements(text))

    def _run_all(self, each: Sequence[duckdb.Statement]) -> None:
        for statement in each:
            self._con.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._con.begin()
        with ExitStack() as undo:
            undo.callback(self._con.rollback)
            yield
            undo.pop_all()
        self._con.commit()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn DuckDB's word for a full disk into ours."""
        try:
            yield
        except duckdb.Error as error:
            if any(words in str(error) for words in _FULL):
                raise DiskFull(self.place) from error
            raise


_FULL = ("No space left", "File too large", "Could not write", "Disk quota exceeded")


def _open(place: Path, means: Means) -> duckdb.DuckDBPyConnection:
    file = place / MAIN
    config: dict[str, str | int | float | list[str]] = {**_SETTINGS, "memory_limit": means.memory}
    con = duckdb.connect(config={**config, "threads": means.threads, "temp_directory": str(place / SPILL)})
    try:
        _attach(con, file, "klantbus", means.recovery)
        file = place / PERSONAL
        _attach(con, file, "personal", means.recovery)
    except (duckdb.IOException, duckdb.SerializationException, duckdb.CatalogException) as error:
        if any(words in str(error) for words in _FULL):
            raise DiskFull(place) from error
        raise ForeignFile(file, "cannot be read as a database of ours") from error
    con.execute("USE klantbus")
    con.execute("SET enable_progress_bar = false")
    return con


def _attach(con: duckdb.DuckDBPyConnection, file: Path, name: str, recovery: Recovery) -> None:
    path = str(file).replace("'", "''")
    con.execute(f"ATTACH '{path}' AS {name} (RECOVERY_MODE '{recovery}', ROW_GROUP_SIZE {ROW_GROUP})")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
