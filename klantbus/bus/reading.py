"""Records of the log to facts. Besides the bytes and headers, where a record stands has to fit what it says.

These codes come on top of the codec's:

    wrong_key         the key is not the fact's subject
    wrong_partition   not where its key belongs: its producer hashes keys another way
    wrong_department  the source names another department than the topic's
"""

from collections.abc import Sequence
from typing import Final

from klantbus.bus.codec import decode_all, encode, note
from klantbus.bus.errors import Unreadable
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Record, Stored
from klantbus.bus.topics import department_of
from klantbus.domain.events import Fact
from klantbus.domain.said import Known

_REMEMBERED: Final = 10_000
_fitting: Final[dict[tuple[str, str], bool]] = {}


def read_all(records: Sequence[Stored]) -> Sequence[Fact | Unreadable]:
    """Return for each record, in order, its fact or why it has none."""
    decoded = decode_all((record.value, record.headers) for record in records)
    return [_in_place(record, fact) for record, fact in zip(records, decoded, strict=True)]


def note_all(records: Sequence[Stored]) -> Sequence[Known | Fact | Unreadable]:
    """Return the same of each as the judge keeps it, where that is quicker than the fact."""
    return [_noted(record) for record in records]


def record_of(fact: Fact, topic: str) -> Record:
    """Return the record that states `fact` in `topic`. Raises `FactRefused`."""
    value, headers = encode(fact)
    return Record(topic, fact.subject.encode(), value, headers)


def _noted(record: Stored) -> Known | Fact | Unreadable:
    try:
        told = note(record.value, record.appended, record.headers)
    except Unreadable as error:
        return error
    if isinstance(told, Known):
        return _misplaced(record, told.subject, told.source) or told
    return _in_place(record, told)


def _in_place(record: Stored, fact: Fact | Unreadable) -> Fact | Unreadable:
    if isinstance(fact, Unreadable):
        return fact
    told = fact.__dict__  # attributes and properties of a model cost as much as reading it
    return _misplaced(record, told["subject"], told["source"]) or fact


def _fits(topic: str, source: str) -> bool:
    """Return whether a source may speak in a topic: the same few come again and again."""
    found = _fitting.get((topic, source))
    if found is None:
        if len(_fitting) > _REMEMBERED:
            _fitting.clear()
        department = department_of(topic)
        found = _fitting[topic, source] = department is None or source.split("/", 2)[1] == department
    return found


def _misplaced(record: Stored, subject: str, source: str) -> Unreadable | None:
    if record.key != subject.encode():
        return Unreadable("wrong_key", "the key of the record is not the subject of the fact")
    if record.partition != partition_of(record.key):
        return Unreadable("wrong_partition", "its producer hashes keys another way: set murmur2_random there")
    if not _fits(record.topic, source):
        return Unreadable("wrong_department", "the source of the fact is not the department of the topic")
    return None
