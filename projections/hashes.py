"""Canonical hashes: the same rows give the same figure, whatever the order in which they came or lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from klantbus.bus.ports import Positions

_OWN: Final = frozenset({"edition"})
"""Counts batches, and those differ between a life and a rebuild."""

_SINCE: Final = (
    'ANTI JOIN begins AS b ON b.topic = t.topic AND b.partition = t.partition AND t."offset" < b.first'
)
_NEW: Final = (
    f"{_SINCE} ANTI JOIN before AS w "
    "ON w.topic = t.topic AND w.partition = t.partition AND w.event_id = t.event_id"
)
_AS_THEY_CAME: Final = {
    "klantbus.event_log": f"SELECT * EXCLUDE (repeat_of) FROM klantbus.event_log AS t {_NEW}",  # noqa: S608  names of this file
    "klantbus.unreadable": f"SELECT * FROM klantbus.unreadable AS t {_SINCE}",  # noqa: S608  names of this file
    "personal.event_text": f"SELECT * FROM personal.event_text AS t {_NEW}",  # noqa: S608  names of this file
}

Fingerprint = tuple[int, int, int]
"""Rows, the sum of their hashes, and all of them xored."""


def fingerprints(con: duckdb.DuckDBPyConnection) -> Mapping[str, Fingerprint]:
    """Return the fingerprint of every table in the databases `klantbus` and `personal` of `con`, by name."""
    names = con.execute(
        "SELECT database_name, table_name FROM duckdb_tables() "
        "WHERE NOT internal AND NOT temporary AND database_name IN ('klantbus', 'personal') ORDER BY ALL"
    ).fetchall()
    return {f"{catalog}.{table}": _of(con, catalog, table) for catalog, table in names if table not in _OWN}


def fingerprints_since(
    con: duckdb.DuckDBPyConnection, begins: Positions, live: Path
) -> Mapping[str, Fingerprint]:
    """Return the fingerprints of the tables that hold facts as they came, from `begins` of each lane on.

    `live` is a database that knows what came before: of that, what comes again is left out, and nobody looks
    whom a fact repeats.
    """
    con.execute("CREATE TEMP TABLE begins (topic VARCHAR, partition INTEGER, first BIGINT)")
    con.executemany("INSERT INTO begins VALUES ($1, $2, $3)", [(*lane, at) for lane, at in begins.items()])
    con.execute(f"ATTACH IF NOT EXISTS '{str(live).replace(chr(39), chr(39) * 2)}' AS live (READ_ONLY)")
    con.execute(
        "CREATE TEMP TABLE before AS SELECT e.topic, e.partition, e.event_id FROM live.event_log AS e "
        'JOIN begins AS b ON b.topic = e.topic AND b.partition = e.partition AND e."offset" < b.first'
    )
    return {table: _print(con, rows) for table, rows in _AS_THEY_CAME.items()}


def differences(one: Mapping[str, Fingerprint], other: Mapping[str, Fingerprint]) -> tuple[str, ...]:
    """Return the names of the tables that are not the same in both."""
    return tuple(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))


def _of(con: duckdb.DuckDBPyConnection, catalog: str, table: str) -> Fingerprint:
    return _print(con, f'SELECT * FROM "{catalog}"."{table}"')  # noqa: S608  names from the catalog itself, quoted


def _print(con: duckdb.DuckDBPyConnection, rows: str) -> Fingerprint:
    row = con.execute(
        f"SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0), coalesce(bit_xor(hash(t)), 0) FROM ({rows}) AS t"  # noqa: S608, E501  one of the two above
    ).fetchall()[0]
    return (row[0], row[1], row[2])
