"""The job of every peer that lands: one row a fact, decoded, in a DuckDB table, a transaction per batch.

It knows neither repeats, nor corrections, nor read models, nor personal text apart, and keeps no position
with the rows: all of that is to the peers' advantage.
"""

import os
from collections.abc import Sequence
from typing import Any

import duckdb
import orjson
import pyarrow as pa
from tally import Progress

AT_ONCE = 20_000
TABLE = "CREATE TABLE fact (id VARCHAR, type VARCHAR, subject VARCHAR, time TIMESTAMPTZ, payload VARCHAR)"
INSERT = "INSERT INTO fact SELECT id, type, subject, time, payload FROM arrived"
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("type", pa.string()),
        ("subject", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("payload", pa.string()),
    ]
)

Line = tuple[str, str, str, Any, bytes]


def opened() -> duckdb.DuckDBPyConnection:
    """Return a connection to a new file with the table."""
    con = duckdb.connect("landed.duckdb")
    con.execute(TABLE)
    return con


def line(event: dict[str, Any]) -> Line:
    """Return a decoded event as a row."""
    payload = orjson.dumps(event["data"], default=str)
    return event["id"], event["type"], event["subject"], event["time"], payload


class Landing:
    """Rows on their way into the table, so many at once; tells its progress when they are in."""

    def __init__(self) -> None:
        self._con = opened()
        self._rows: list[Line] = []
        self._progress = Progress()
        self._wanted = int(os.environ["PEER_EVENTS"])

    def take(self, rows: Sequence[Line]) -> None:
        """Take rows; land them when there are enough, or when they are the last."""
        self._rows += rows
        if len(self._rows) >= AT_ONCE or self._progress.done + len(self._rows) >= self._wanted:
            self.flush()

    def flush(self) -> None:
        """Land what is here."""
        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        self._con.register("arrived", pa.Table.from_arrays(arrays, schema=_SCHEMA))
        self._con.execute(INSERT)
        self._progress.done += len(self._rows)
        self._rows.clear()
        self._progress.tell()
