"""The ledger asked for many things in one statement: a list goes in as JSON, and comes out as rows."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from pydantic import TypeAdapter

from alerts.model import Alert, Edge, Fingerprint
from klantbus.bus.statements import statements
from klantbus.domain.micros import micros

_ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)


class Bulk:
    """Questions on a ledger's connection, each about any number of things."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._say = statements("alerts.sql", "bulk.sql")

    def known(self, edges: Iterable[Edge]) -> set[str]:
        """Return the ids of those edges that are known."""
        return {name for (name,) in self._run("known", [edge.id for edge in edges])}

    def keep(self, edges: Iterable[Edge]) -> None:
        """Keep edges; what is known already stays as it is."""
        rows = [(one.id, one.alert, one.word, one.kind, one.key, micros(one.at)) for one in edges]
        self._connection.executemany(self._say["keep"], rows)

    def last_of(self, prints: Collection[Fingerprint]) -> Sequence[Alert]:
        """Return the last alert of each fingerprint that has one, open or not."""
        return self._alerts("last_of", prints)

    def named(self, names: Collection[str]) -> Sequence[Alert]:
        """Return the alerts of these ids."""
        return self._alerts("named", names)

    def answered(self, names: Collection[str]) -> set[str]:
        """Return which of these alerts people answered to."""
        return {name for (name,) in self._run("answered", names)}

    def carers(self, customers: Collection[str]) -> Mapping[str, str]:
        """Return the account owners of those customers that have one."""
        return dict(self._run("carers", customers).fetchall())

    def causes(self) -> set[str]:
        """Return the alerts that keep others silent."""
        return {name for (name,) in self._connection.execute(self._say["causes"])}

    def _alerts(self, name: str, values: Collection[object]) -> Sequence[Alert]:
        return [_ALERT.validate_json(body) for (body,) in self._run(name, values)]

    def _run(self, name: str, values: Collection[object]) -> sqlite3.Cursor:
        return self._connection.execute(self._say[name], (orjson.dumps([*values]).decode(),))
