"""Making and listing the journal's topics."""

import sqlite3
from collections.abc import Sequence

from klantbus.bus.journal.file import SQL
from klantbus.bus.ports import TopicSpec
from klantbus.bus.seat import transaction


def create(specs: Sequence[TopicSpec], connection: sqlite3.Connection) -> Sequence[str]:
    """Make the topics that are not there, with their lanes; return the names made."""
    with transaction(connection):
        return [spec.name for spec in specs if _add(spec, connection)]


def topics(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the partition count of every topic."""
    return dict(connection.execute(SQL["topics"]))


def _add(spec: TopicSpec, connection: sqlite3.Connection) -> bool:
    row = (spec.name, spec.partitions, spec.retention_days)
    if not connection.execute(SQL["add_topic"], row).rowcount:
        return False
    lanes = [(partition, spec.name) for partition in range(spec.partitions)]
    connection.executemany(SQL["add_lane"], lanes)
    return True
