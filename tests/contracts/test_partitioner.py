"""Keys land where Kafka's Java client puts them. The vectors are those of its own test."""

import pytest

from klantbus.bus.murmur2 import murmur2, partition_of

JAVA = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("key", "signed"), JAVA)
def test_the_hash_is_that_of_kafkas_java_client(key, signed):
    assert murmur2(key) == signed & 0xFFFFFFFF


@pytest.mark.parametrize(("key", "signed"), JAVA)
def test_the_partition_is_the_positive_hash_over_the_partitions(key, signed):
    assert partition_of(key) == (signed & 0x7FFFFFFF) % 12


def test_a_record_without_a_key_goes_to_partition_0():
    assert partition_of(None) == 0


def test_customers_spread_evenly():
    counts = [0] * 12
    for number in range(12_000):
        counts[partition_of(b"C%d" % number)] += 1
    assert 850 < min(counts) <= max(counts) < 1150
