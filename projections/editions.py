"""Editions: read-only copies of the read models at a known position; all that readers ever open.

```
place/editions/current -> 000000000042/
place/editions/000000000042/edition.json     its number, the moment it speaks of, the position in the log
place/editions/000000000042/klantbus.duckdb  everything but personal text; plain `duckdb` opens it
place/editions/000000000042/personal.duckdb  only personal text, readable by the owner of the files alone
```
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import orjson

from klantbus.bus import clock
from klantbus.bus.ports import Lane, Place, Positions
from projections.errors import NoEdition, NotYet

FOLDER: Final = "editions"
CURRENT: Final = "current"
COLOPHON: Final = "edition.json"


@dataclass(frozen=True)
class Edition:
    """One edition. `as_of` is None while nothing has been published."""

    folder: Path
    number: int
    as_of: datetime | None
    positions: Positions

    @property
    def main(self) -> Path:
        """The database without personal text."""
        return self.folder / "klantbus.duckdb"

    @property
    def personal(self) -> Path:
        """The database with only personal text."""
        return self.folder / "personal.duckdb"

    def has(self, wanted: Positions) -> bool:
        """Tell whether everything before `wanted` is in it."""
        return all(self.positions.get(lane, 0) >= following for lane, following in wanted.items())


def current_edition(place: Path) -> Edition:
    """Return the newest edition under `place`. Raises `NoEdition`."""
    try:
        folder = (place / FOLDER / CURRENT).resolve(strict=True)
        return edition_in(folder)
    except FileNotFoundError as error:
        raise NoEdition(place) from error


def edition_in(folder: Path) -> Edition:
    """Return the edition whose files stand in `folder`."""
    said = orjson.loads((folder / COLOPHON).read_bytes())
    as_of = datetime.fromisoformat(said["as_of"]) if said["as_of"] else None
    positions = {Lane(topic, partition): following for topic, partition, following in said["positions"]}
    return Edition(folder, said["number"], as_of, positions)


def colophon(number: int, as_of: datetime | None, positions: Positions) -> Mapping[str, Any]:
    """Return what `edition_in` reads back."""
    return {
        "number": number,
        "as_of": as_of.isoformat() if as_of else None,
        "positions": sorted([*lane, following] for lane, following in positions.items()),
    }


def connect(place: Path | str) -> duckdb.DuckDBPyConnection:
    """Return a connection to the newest edition under `place`, read-only, without personal text.

    The connection keeps its edition for as long as it is open; connect again for a newer one. Several
    editions may be open in one process. Raises `NoEdition`.
    """
    return _attached(_firmly(Path(place), _open_main))


def connect_personal(place: Path | str) -> duckdb.DuckDBPyConnection:
    """Return a connection as `connect` does, with the views on personal text in the schema `personal`."""
    return _attached(_firmly(Path(place), _open_both))


def wait_for(place: Path | str, wanted: Positions | Iterable[Place], *, timeout: float = 10.0) -> Edition:
    """Return the first edition that has everything before `wanted`: read your own writes.

    `wanted` is a position, or the places that a publisher returned. Raises `NotYet` after `timeout` seconds.
    """
    lanes = wanted if isinstance(wanted, Mapping) else after(wanted)
    until = clock.steady() + timeout
    while clock.steady() < until:
        edition = _current_or_none(Path(place))
        if edition is not None and edition.has(lanes):
            return edition
        time.sleep(0.02)
    raise NotYet(f"no edition of {place} has that position after {timeout} s; is the projector running?")


def after(places: Iterable[Place]) -> Positions:
    """Return the position after all of `places`."""
    lanes: dict[Lane, int] = {}
    for place in places:
        lane = Lane(place.topic, place.partition)
        lanes[lane] = max(lanes.get(lane, 0), place.offset + 1)
    return lanes


def attach(con: duckdb.DuckDBPyConnection, file: Path, name: str) -> None:
    """Attach a database file to `con`, read-only, under `name`."""
    con.execute(f"ATTACH '{os.fspath(file).replace(chr(39), chr(39) * 2)}' AS {name} (READ_ONLY)")


def _current_or_none(place: Path) -> Edition | None:
    try:
        return current_edition(place)
    except NoEdition:
        return None


def _firmly(place: Path, opened: Callable[[Edition], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    """Open the newest edition; once more when it was retired just between finding and opening it."""
    try:
        return opened(current_edition(place))
    except duckdb.IOException:
        return opened(current_edition(place))


def _open_main(edition: Edition) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    attach(con, edition.main, "klantbus")
    return con


def _open_both(edition: Edition) -> duckdb.DuckDBPyConnection:
    con = _open_main(edition)
    attach(con, edition.personal, "personal")
    return con


def _attached(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    con.execute("USE klantbus")
    con.execute("SET enable_progress_bar = false")
    return con
