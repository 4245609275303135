"""Which partition a key belongs to: murmur2 as in Kafka's own Java client, so that any client agrees."""

from collections.abc import Callable
from functools import lru_cache

from klantbus.bus.ports import PARTITIONS
from klantbus.bus.quick import native

_SEED = 0x9747B28C
_MIX = 0x5BD1E995
_WORD = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Return the unsigned 32-bit murmur2 of `key`, seeded as Kafka does."""
    length = len(key)
    state = _SEED ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(key[at : at + 4], "little") * _MIX & _WORD
        word = (word ^ (word >> 24)) * _MIX & _WORD
        state = (state * _MIX & _WORD) ^ word
    if whole < length:
        state = (state ^ int.from_bytes(key[whole:], "little")) * _MIX & _WORD
    state = (state ^ (state >> 13)) * _MIX & _WORD
    return state ^ (state >> 15)


_hashed: Callable[[bytes], int] = native.hashed if native is not None else lru_cache(1 << 17)(murmur2)
"""A hash in Python costs 2 µs, a look-up 0.1, and customers come back."""


def partition_of(key: bytes | None, partitions: int = PARTITIONS) -> int:
    """Return the partition of `key`; without a key 0, since nothing has to keep its order."""
    return 0 if key is None else (_hashed(key) & 0x7FFFFFFF) % partitions
