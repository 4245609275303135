"""Kafka's batches in C: read as aiokafka reads them, written so that it reads them, left to it where odd."""

import os
import struct
from itertools import pairwise

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from klantbus.bus import murmur2, quick
from klantbus.bus.ports import Record, Stored
from streams import fetching, summing
from streams.fetching import FetchedBytes, FetchedRecords
from streams.packing import HEAD, batches_of

LANE = TopicPartition("klantbus.events.sales", 7)
needs_c = pytest.mark.skipif(
    quick.native is None and "KLANTBUS_COMPILED" not in os.environ,
    reason="what is in C is not built here: `make compiled` builds it, `make check` tests it",
)
pytestmark = needs_c

parts = st.none() | st.binary(max_size=70)
names = st.text(st.characters(codec="ascii"), max_size=70)
headers = st.lists(st.tuples(names, parts), max_size=5)
rows = st.lists(st.tuples(st.integers(0, 2**41), parts, parts, headers), min_size=1, max_size=5)


def batch_of(rows, base=0, kind=0, marks=0):
    """Return what aiokafka writes, as it stands at offset `base` in the log, marked by `marks` as well."""
    builder = DefaultRecordBatchBuilder(2, kind, 0, -1, -1, 0, 1 << 30)
    for place, (at, key, value, said) in enumerate(rows):
        builder.append(place, at, key, value, [*said])
    whole = bytearray(builder.build())
    whole[:8] = struct.pack(">q", base)
    if marks:
        whole[22] |= marks
        whole[17:21] = struct.pack(">I", calc_crc32c(bytes(whole[21:])))
    return bytes(whole)


def read(data, position, native):
    """Return what a fetch gives: records with the offset behind each, that behind all, and any error."""
    found = FetchedRecords(LANE, FetchedBytes(data), None, position, None, None, True, READ_COMMITTED)
    records, error = [], None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "native", native)
        try:
            for record in found:
                records.append((record._replace(headers=tuple(record.headers)), found.next_fetch_offset))  # noqa: PERF401  the offset changes
        except Exception as wrong:  # noqa: BLE001  whatever it is, it is compared
            error = type(wrong)
    return records, found.next_fetch_offset, error


@settings(max_examples=200, deadline=None)
@given(batches=st.lists(rows, min_size=1, max_size=3), base=st.integers(0, 2**40), data=st.data())
def test_what_was_fetched_is_read_as_aiokafka_reads_it(batches, base, data):
    whole, gaps, marks = b"", st.integers(0, 3), st.sampled_from([0, 0, 8])
    position = data.draw(st.integers(base, base + len(batches[0])))  # Kafka sends no batch before it
    for rows_of_one in batches:  # a gap is what compaction took away, 8 says that the log stamped it
        whole += batch_of(rows_of_one, base, marks=data.draw(marks))
        base += len(rows_of_one) + data.draw(gaps)
    cut = data.draw(st.sampled_from([len(whole), data.draw(st.integers(0, len(whole)))]))
    fetched = read(whole[:cut], position, quick.native)
    assert fetched == read(whole[:cut], position, None)
    assert fetched[2] is None
    assert all(one[1] < other[1] for one, other in pairwise(fetched[0]))


@settings(max_examples=300, deadline=None)
@given(some=rows, at=st.integers(0, 10_000), byte=st.integers(0, 255), more=st.binary(max_size=3))
def test_what_was_spoilt_on_its_way_is_read_or_refused_as_aiokafka_does(some, at, byte, more):
    whole = bytearray(batch_of(some, 5))
    whole[at % len(whole)] = byte
    spoilt = bytes(whole) + more
    assert read(spoilt, 0, quick.native) == read(spoilt, 0, None)


def wrong_inside(some, at, bytes_):
    """Return a batch that is wrong inside although it sums up."""
    whole = bytearray(batch_of(some, 5))
    at = HEAD + at % (len(whole) - HEAD)
    whole[at : at + len(bytes_)] = bytes_
    whole[8:12] = struct.pack(">i", len(whole) - 12)
    whole[17:21] = struct.pack(">I", calc_crc32c(bytes(whole[21:])))
    return bytes(whole)


@settings(max_examples=300, deadline=None)
@given(some=rows, at=st.integers(0, 10_000), bytes_=st.binary(min_size=1, max_size=11))
def test_a_batch_that_is_wrong_inside_is_never_read_otherwise_than_by_aiokafka(some, at, bytes_):
    data = wrong_inside(some, at, bytes_)
    found = quick.native.fetched(Stored, *LANE, data, 0, calc_crc32c)
    if found is not None:
        records, behind, error = read(data, 0, None)
        assert (error, behind) == (None, found[1])
        assert [record for record, _ in records] == found[0]


@pytest.mark.parametrize(("kind", "marks"), [(1, 0), (0, 0x10), (0, 0x20)])
def test_what_is_compressed_or_in_a_transaction_is_left_to_aiokafka(kind, marks):
    data = batch_of([(1, b"k", b"v" * 200, [])], kind=kind, marks=marks)
    assert quick.native.fetched(Stored, *LANE, data, 0, calc_crc32c) is None


def test_a_name_of_a_header_that_is_not_plain_is_left_to_aiokafka():
    data = batch_of([(1, b"k", b"v", [("naïve", b"x")])])
    assert quick.native.fetched(Stored, *LANE, data, 0, calc_crc32c) is None
    assert read(data, 0, quick.native)[0][0][0].headers == (("naïve", b"x"),)


@settings(max_examples=100, deadline=None)
@given(
    told=st.lists(st.builds(Record, st.just("t"), parts, parts, headers.map(tuple)), min_size=1),
    limit=st.integers(HEAD, 1_000),
)
def test_what_is_packed_stands_in_the_log_in_its_order_in_batches_below_the_limit(told, limit):
    batches = list(batches_of(None, told, limit))
    found, base = [], 0
    for batch in batches:
        batch._set_producer_state(77, 3, base)
        whole = bytes(batch._build())
        assert len(whole) == batch.size()
        assert len(whole) <= limit or batch.record_count() == 1
        assert struct.unpack_from(">qhi", whole, 43) == (77, 3, base)
        read_back, _, error = read(whole, 0, None)
        assert error is None
        assert len(read_back) == batch.record_count()
        found += [(one.key, one.value, one.headers) for one, _ in read_back]
        base += batch.record_count()
    assert found == [(one.key, one.value, one.headers) for one in told]


@given(
    st.lists(st.tuples(names, parts), min_size=1, max_size=9).map(tuple),
    st.integers(-12, 12),
    st.integers(-12, 12),
)
def test_headers_that_are_not_looked_at_yet_are_like_a_tuple(said, first, last):
    ((record, _),), _, _ = read(batch_of([(1, b"k", b"v", said)]), 0, None)
    (lazy,) = [
        one.headers
        for one in quick.native.fetched(Stored, *LANE, batch_of([(1, b"k", b"v", said)]), 0, calc_crc32c)[0]
    ]
    assert not isinstance(lazy, tuple)
    assert (lazy, len(lazy), [*lazy], repr(lazy)) == (said, len(said), [*said], repr(said))
    assert lazy[first:last] == said[first:last]
    assert lazy == record.headers
    assert (lazy != said[1:]) is True
    if first < len(said) and first >= -len(said):
        assert lazy[first] == said[first]
    else:
        with pytest.raises(IndexError):
            lazy[first]


@given(st.binary(max_size=100))
def test_a_batch_is_summed_as_aiokafka_sums_it(data):
    assert summing.crc32c(memoryview(data)) == calc_crc32c(data)


@given(st.binary(max_size=40))
def test_partitions_are_those_that_python_reckons(key):
    assert quick.native.hashed(key) == murmur2.murmur2(key)
