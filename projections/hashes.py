"""Canonical hashes: the same rows give the same figure, whatever the order in which they came or lie."""

from collections.abc import Mapping
from typing import Final

import duckdb

_OWN: Final = frozenset({"edition"})
"""Counts batches, and those differ between a life and a rebuild."""

Fingerprint = tuple[int, int, int]
"""Rows, the sum of their hashes, and all of them xored."""


def fingerprints(con: duckdb.DuckDBPyConnection) -> Mapping[str, Fingerprint]:
    """Return the fingerprint of every table in the databases `klantbus` and `personal` of `con`, by name."""
    names = con.execute(
        "SELECT database_name, table_name FROM duckdb_tables() "
        "WHERE NOT internal AND NOT temporary AND database_name IN ('klantbus', 'personal') ORDER BY ALL"
    ).fetchall()
    return {f"{catalog}.{table}": _of(con, catalog, table) for catalog, table in names if table not in _OWN}


def differences(one: Mapping[str, Fingerprint], other: Mapping[str, Fingerprint]) -> tuple[str, ...]:
    """Return the names of the tables that are not the same in both."""
    return tuple(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))


def _of(con: duckdb.DuckDBPyConnection, catalog: str, table: str) -> Fingerprint:
    row = con.execute(
        f'SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0), coalesce(bit_xor(hash(t)), 0) FROM "{catalog}"."{table}" AS t'  # noqa: S608, E501  names from the catalog itself, quoted; one statement on one line
    ).fetchall()[0]
    return (row[0], row[1], row[2])
