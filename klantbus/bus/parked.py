"""What nobody can read, put aside with its reason, and what waits behind it.

A parked record keeps the original's key, bytes and headers as they were; seven headers of ours come after
them and say where it stood and what is the matter. So it lies in the partition of its customer, and who
reads `klantbus.parked` from its start knows the same as every other reader: the order of that lane decides.

* **parked** is a *root*: unreadable. Its customer is blocked until it is replayed or discarded.
* **waiting** is readable, but its customer is blocked. Written when no root is open (any more) it is *void*:
  it means nothing, and the reader who wrote it goes on with the fact as if it had never waited.
* **replayed** (its bytes, or corrected ones, were appended to its topic again) and **discarded** settle it.

The id of a parked record is its place, so a repeat by another reader, or after a crash, is recognised. The
topic keeps at least as long as those of the departments: it says what a reader that starts from the beginning
has to leave out.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from klantbus.bus.errors import UnknownParked
from klantbus.bus.ports import INNER_LIMIT_BYTES, Headers, Place, Record, Stored, weigh
from klantbus.bus.topics import PARKED

PARKED_LIMIT_BYTES = INNER_LIMIT_BYTES
"""The largest parked record: nearly four facts at their limit, and what a Kafka takes that nobody tuned."""

REPLAY_OF = "parked_replay"
"""The header of a replayed record: the id under which it was parked. Such a record never waits."""

_OURS = (
    "parked_mark",
    "parked_id",
    "parked_code",
    "parked_reason",
    "parked_appended",
    "parked_by",
    "parked_bytes",
)
_REASON_LENGTH = 400


class Mark(StrEnum):
    """What a record in `klantbus.parked` says."""

    PARKED = "parked"
    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class Parked(NamedTuple):
    """A record of `klantbus.parked`: the original as it stood, and what is said of it.

    `code` is one word for counting, `reason` a sentence, `by` the reader (or the number of the person) that
    says it. `whole` is False when the original was too large even to park: then its bytes stayed behind.
    """

    mark: Mark
    original: Stored
    code: str
    reason: str
    by: str
    whole: bool = True

    @property
    def place(self) -> Place:
        """Where the original stands."""
        return Place(self.original.topic, self.original.partition, self.original.offset)

    @property
    def id(self) -> str:
        """Its name: `topic:partition:offset`."""
        return id_of(self.place)


def id_of(place: Place) -> str:
    """Return the id of what was parked from `place`."""
    return f"{place.topic}:{place.partition}:{place.offset}"


def place_of(parked_id: str) -> Place:
    """Return the place that an id names; raise `UnknownParked` when it names none."""
    topic, *numbers = parked_id.rsplit(":", 2)
    if len(numbers) != 2 or not all(number.isdecimal() and number.isascii() for number in numbers):  # noqa: PLR2004  two numbers, as the sentence says
        raise UnknownParked(f"{parked_id!r} is no parked id; it looks like klantbus.events.sales:3:17")
    return Place(topic, int(numbers[0]), int(numbers[1]))


def to_record(parked: Parked) -> Record:
    """Return what is written to `klantbus.parked`. Bytes that do not fit are left where they stand."""
    record = _record(parked)
    if weigh(record) <= PARKED_LIMIT_BYTES:
        return record
    original = parked.original._replace(value=None, headers=())
    return _record(parked._replace(original=original, whole=False))


def marker(parked: Parked, mark: Mark, by: str) -> Record:
    """Return the record that settles `parked`."""
    original = parked.original._replace(value=None, headers=())
    return _record(Parked(mark, original, parked.code, "", by))


def from_stored(stored: Stored) -> Parked | None:
    """Return what a record of `klantbus.parked` says; None for one that is none of ours."""
    ours = dict(stored.headers[-len(_OURS) :])
    if tuple(ours) != _OURS:
        return None
    texts = {name: value.decode(errors="replace") for name, value in ours.items()}
    try:
        place = place_of(texts["parked_id"])
        appended = int(texts["parked_appended"])
        mark = Mark(texts["parked_mark"])
    except (UnknownParked, ValueError):
        return None
    headers = stored.headers[: -len(_OURS)]
    original = Stored(*place, appended, stored.key, stored.value, headers)
    whole = texts["parked_bytes"] == "here"
    return Parked(mark, original, texts["parked_code"], texts["parked_reason"], texts["parked_by"], whole)


def _record(parked: Parked) -> Record:
    said = (
        parked.mark,
        parked.id,
        parked.code,
        parked.reason[:_REASON_LENGTH],
        str(parked.original.appended),
        parked.by,
        "here" if parked.whole else "left in place",
    )
    ours: Headers = tuple((name, text.encode()) for name, text in zip(_OURS, said, strict=True))
    return Record(PARKED, parked.original.key, parked.original.value, (*parked.original.headers, *ours))


class Lot:
    """What is parked now, learned from `klantbus.parked` record by record, in the order of its lanes."""

    def __init__(self) -> None:
        self._marks: dict[Place, Mark] = {}
        self._roots: dict[bytes, set[Place]] = {}
        self._waiting: dict[bytes, dict[Place, None]] = {}

    def learn(self, parked: Parked) -> bool:
        """Take in one record; return whether its place is now put aside (False: it was void)."""
        place, key = parked.place, parked.original.key
        known = place in self._marks
        if parked.mark in {Mark.REPLAYED, Mark.DISCARDED}:
            self._settle(place, key, parked.mark)
        elif not known and parked.mark is Mark.PARKED:
            self._marks[place] = Mark.PARKED
            if key is not None:
                self._roots.setdefault(key, set()).add(place)
        elif not known and key is not None and self.blocks(key):
            self._marks[place] = Mark.WAITING
            self._waiting.setdefault(key, {})[place] = None
        return place in self._marks

    def mark(self, place: Place) -> Mark | None:
        """Return what became of the record at `place`; None when it was never put aside."""
        return self._marks.get(place)

    def blocks(self, key: bytes | None) -> bool:
        """Return whether facts of `key` have to wait."""
        return key in self._roots

    def free(self) -> Sequence[Place]:
        """Return what still waits behind nothing, in order: its root was settled, it was not yet replayed."""
        return [place for key, line in self._waiting.items() if key not in self._roots for place in line]

    def counts(self) -> Mapping[Mark, int]:
        """Return how many places there are under each mark."""
        marks = list(self._marks.values())
        return {mark: marks.count(mark) for mark in Mark}

    def _settle(self, place: Place, key: bytes | None, mark: Mark) -> None:
        if self._marks.get(place) not in {Mark.REPLAYED, Mark.DISCARDED}:
            self._marks[place] = mark
        if key is not None:
            self._let_go(place, key)

    def _let_go(self, place: Place, key: bytes) -> None:
        roots, line = self._roots.get(key, set()), self._waiting.get(key, {})
        roots.discard(place)
        line.pop(place, None)
        if not roots:
            self._roots.pop(key, None)
        if not line:
            self._waiting.pop(key, None)
