"""klantbus: the information bus that makes a company keep its word.

For who only asks, the newest answers are two lines away:

    import klantbus
    klantbus.connect(".klantbus").sql("FROM broken_now").show()

This is the one arrow that runs up: whoever installs the bus looks here for its answers, not in a room of it.
Nothing of it is loaded before somebody connects, and the bus itself never does.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["connect", "connect_personal"]


def connect(folder: Path | str = ".klantbus") -> "DuckDBPyConnection":
    """Return a connection to the newest edition in a bus's data folder, read-only, without personal text.

    It keeps its edition for as long as it is open; connect again for a newer one. Raises `NoEdition`.
    """
    from projections import editions  # noqa: PLC0415  DuckDB is loaded by who connects, by nobody else

    return editions.connect(Path(folder) / "projections")


def connect_personal(folder: Path | str = ".klantbus") -> "DuckDBPyConnection":
    """Return a connection as `connect` does, with the views on personal text in the schema `personal`."""
    from projections import editions  # noqa: PLC0415  the same

    return editions.connect_personal(Path(folder) / "projections")
