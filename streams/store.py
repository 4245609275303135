"""What a worker remembers: states, looks and positions of its partitions, in one RocksDB under its name.

One write per batch holds the states, the index of next looks and the position they stand for, so that they
never disagree. A kill leaves what was written; a power cut an older, whole state: the log has the rest. The
store opens in milliseconds, and nothing in it is ever needed: it is rebuilt from the log when it is lost, of
another format, or left behind on another machine.

Keys begin with the partition's number (two bytes) and a letter: `s` state of a unit (its next look in front),
`f` its facts one by one as they stood in the log, `n` next look, `p` position of a topic, `t` until when was
judged, `x` whatever else is small and goes along.
"""

import shutil
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

from rocksdict import Options, Rdict, WriteBatch

from klantbus.bus.errors import Misuse

NEVER = (1 << 63) - 1
"""A next look that does not come."""
FORMAT = b"format"
LAYOUT = "2"
"""Raise it when the keys or values here change their meaning."""
BUFFER = 16 << 20
MOST_BUFFERED = 64 << 20
_TWO = struct.Struct(">QQ")
_ONE = struct.Struct(">Q")


class StoreTaken(Misuse):
    """Another process has the store open."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder.name}: another worker runs under this name; give each its own")


class Spot(NamedTuple):
    """How far a topic of the partition was judged: the next offset, and the last append time (µs)."""

    offset: int
    stamp: int


class Kept(NamedTuple):
    """A unit's state as it is kept: when to look at it next (µs, or NEVER), and its bytes."""

    look: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Write:
    """All that one batch changes, to be written at once. `looks` are those that stood until now.

    `facts` are only those that came new: by unit and place, when they were published and their bytes. Of the
    units in `dropped` the facts are forgotten first.
    """

    states: Mapping[bytes, Kept] = field(default_factory=dict)
    looks: Mapping[bytes, int] = field(default_factory=dict)
    spots: Mapping[str, Spot] = field(default_factory=dict)
    until: int | None = None
    extra: Mapping[bytes, bytes] = field(default_factory=dict)
    facts: Mapping[tuple[bytes, bytes], tuple[int, bytes]] = field(default_factory=dict)
    dropped: Sequence[bytes] = ()


class _Refusal:
    """Holds back what RocksDB raises, which is `Exception` itself; what is a kind of it is a bug of ours."""

    def __init__(self) -> None:
        self.said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.said = str(error or "")
        return kind is Exception


class Store:
    """The store in `folder`, made when it is not there. `version` names what the states in it mean.

    `buffer` is how many bytes are collected before a file is written of them: where a worker has a million
    customers, more of it spares a quarter of all that writing costs.
    """

    def __init__(self, folder: Path, version: str, buffer: int = BUFFER) -> None:
        self.folder = folder
        self._buffer = buffer
        self.rebuilt = False
        self._version = f"{LAYOUT}/{version}".encode()
        self._db = self._opened()

    def _opened(self) -> Rdict:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        db: Rdict | None = None
        with _Refusal() as refusal:
            db = Rdict(str(self.folder), _options(self._buffer))
        if db is None:
            if "lock" in refusal.said.lower():
                raise StoreTaken(self.folder)
            return self._anew()
        found = db.get(FORMAT)
        if found == self._version:
            return db
        if found is None and not any(True for _ in db.items()):
            db.put(FORMAT, self._version)
            return db
        db.close()
        return self._anew()

    def _anew(self) -> Rdict:
        self.rebuilt = True
        shutil.rmtree(self.folder, ignore_errors=True)
        db = Rdict(str(self.folder), _options(self._buffer))
        db.put(FORMAT, self._version)
        return db

    def part(self, number: int) -> "Part":
        """Return what is kept for one partition."""
        return Part(self._db, number)

    def close(self) -> None:
        """Let go; what was written stays."""
        self._db.close()


class Part:
    """One partition's share of the store."""

    def __init__(self, db: Rdict, number: int) -> None:
        self._db = db
        self._head = number.to_bytes(2, "big")

    def spots(self) -> dict[str, Spot]:
        """Return how far each topic was judged."""
        found = self._under(b"p")
        return {name.decode(): Spot(*_TWO.unpack(value)) for name, value in found}

    def until(self) -> int:
        """Return up to when time was judged; 0 when it never was."""
        found = self._db.get(self._head + b"t")
        return _ONE.unpack(found)[0] if found else 0

    def extra(self) -> dict[bytes, bytes]:
        """Return the small things that went along."""
        return dict(self._under(b"x"))

    def states(self, units: Sequence[bytes]) -> list[Kept | None]:
        """Return the state of each unit; None for one that has none."""
        if not units:
            return []
        found = cast("list[bytes | None]", self._db.get([self._head + b"s" + unit for unit in units]))
        return [Kept(_ONE.unpack_from(value)[0], value[8:]) if value else None for value in found]

    def facts(self, unit: bytes) -> list[tuple[int, bytes]]:
        """Return a unit's facts: when each was published (µs), and its bytes."""
        return [(published, value) for _, published, value in self.placed_facts(unit)]

    def facts_of(self, units: Sequence[bytes]) -> list[list[tuple[int, bytes]]]:
        """Return the facts of each unit, by one walk: to begin one costs more than a step of it."""
        if not units:
            return []
        walk = self._db.iter()
        return [self._facts_from(walk, self._head + b"f" + unit + b"\0") for unit in units]

    @staticmethod
    def _facts_from(walk: Any, head: bytes) -> list[tuple[int, bytes]]:  # noqa: ANN401  rocksdict's own
        """As `_steps`, without a generator: customers are read back by the thousand."""
        found: list[tuple[int, bytes]] = []
        walk.seek(head)
        while walk.valid() and walk.key().startswith(head):
            value: bytes = walk.value()
            found.append((int.from_bytes(value[:8]), value[8:]))
            walk.next()
        return found

    def placed_facts(self, unit: bytes) -> list[tuple[bytes, int, bytes]]:
        """Return a unit's facts with the places they came from."""
        found = self._under(b"f" + unit + b"\0")
        return [(place, _ONE.unpack_from(value)[0], value[8:]) for place, value in found]

    def due(self, after: int, until: int, limit: int) -> list[bytes]:
        """Return up to `limit` units whose next look is past `after` and at `until` or before, oldest first.

        `after` is where the last sweep ended: what was deleted before it is not walked over again.
        """
        head = self._head + b"n"
        last = head + _ONE.pack(until) + b"\xff"
        walk = self._db.iter()
        walk.seek(head + _ONE.pack(after))
        units: list[bytes] = []
        while len(units) < limit and walk.valid() and walk.key() <= last:
            units.append(walk.key()[11:])
            walk.next()
        return units

    def next_look(self, after: int) -> int:
        """Return the first next look at `after` or later; NEVER when there is none."""
        head = self._head + b"n"
        walk = self._db.iter()
        walk.seek(head + _ONE.pack(after))
        if not walk.valid() or not walk.key().startswith(head):
            return NEVER
        return int(_ONE.unpack_from(walk.key(), 3)[0])

    def write(self, write: Write) -> None:
        """Write all of `write`, or nothing."""
        batch = WriteBatch(raw_mode=True)
        head = self._head
        state_key, look_key = head + b"s", head + b"n"
        for unit, (look, state) in write.states.items():
            at = _ONE.pack(look)
            batch.put(state_key + unit, at + state)
            stood = write.looks.get(unit, NEVER)
            if stood == look:
                continue
            if stood != NEVER:
                batch.delete(look_key + _ONE.pack(stood) + unit)
            if look != NEVER:
                batch.put(look_key + at + unit, b"")
        for unit in write.dropped:
            batch.delete_range(head + b"f" + unit + b"\0", head + b"f" + unit + b"\1")
        for (unit, place), (published, fact) in write.facts.items():
            batch.put(head + b"f" + unit + b"\0" + place, _ONE.pack(published) + fact)
        for topic, spot in write.spots.items():
            batch.put(head + b"p" + topic.encode(), _TWO.pack(*spot))
        if write.until is not None:
            batch.put(head + b"t", _ONE.pack(write.until))
        for name, value in write.extra.items():
            batch.put(head + b"x" + name, value)
        self._db.write(batch)

    def all_states(self) -> Iterable[tuple[bytes, Kept]]:
        """Return every unit and its state, for export and for tests."""
        for unit, value in self._under(b"s"):
            yield unit, Kept(_ONE.unpack_from(value)[0], value[8:])

    def _under(self, letter: bytes) -> Iterable[tuple[bytes, bytes]]:
        return self._steps(self._db.iter(), letter)

    def _steps(self, walk: Any, letter: bytes) -> Iterable[tuple[bytes, bytes]]:  # noqa: ANN401  rocksdict's own
        head = self._head + letter
        walk.seek(head)
        while walk.valid() and (key := walk.key()).startswith(head):
            yield key[len(head) :], walk.value()
            walk.next()


def _options(buffer: int) -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)  # noqa: FBT003  rocksdict's own signature
    options.set_write_buffer_size(buffer)
    options.set_max_write_buffer_number(3)
    options.set_keep_log_file_num(2)
    return options
