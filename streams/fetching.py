"""What Kafka sends, made into our records: all of a fetch at once in C, where that is built.

aiokafka makes three objects of a record, and some twenty of its headers, of which a worker needs one each.
Its own reader is asked for what is compressed, in a transaction or spoilt: see `klantbus/bus/in_c/batches.h`.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from klantbus.bus.ports import Stored
from klantbus.bus.quick import native
from streams.summing import crc32c


def read_as_ours() -> None:
    """Have aiokafka's consumers return our records: it makes them by these two names."""
    fetcher.MemoryRecords = FetchedBytes
    fetcher.PartitionRecords = FetchedRecords


class FetchedBytes(MemoryRecords):  # type: ignore[misc]  # aiokafka ships no types
    """What was fetched of one partition, still as bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class FetchedRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka ships no types
    """The records of one fetch of one partition, in order. `next_fetch_offset` goes along with them."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Stored]:
        topic, partition = self._tp
        data, at = self._records.data, self.next_fetch_offset
        found = native.fetched(Stored, topic, partition, data, at, crc32c) if native is not None else None
        if found is None:
            yield from super()._unpack_records()
            return
        records, behind = found
        for record in records:
            self.next_fetch_offset = record.offset + 1
            yield record
        self.next_fetch_offset = behind

    @staticmethod
    def _consumer_record(tp: Any, record: Any) -> Stored:  # noqa: ANN401  aiokafka ships no types
        headers, appended = tuple(record.headers), record.timestamp * 1000
        return Stored(tp.topic, tp.partition, record.offset, appended, record.key, record.value, headers)
