"""Confluent framing: byte 0, the schema id in four bytes big-endian, then the Avro body."""

from klantbus.bus.errors import Unreadable

HEAD = 5
"""Length of the frame's head in bytes; the body starts there."""

VALUE_LIMIT = 256 * 1024
"""Default limit of a value in bytes."""


def head_of(schema_id: int) -> bytes:
    """Return the five bytes that go before a body."""
    return b"\x00" + schema_id.to_bytes(4, "big")


def framed(value: bytes | None, limit: int = VALUE_LIMIT) -> bytes:
    """Return a value that has a frame, or say why there is none.

    Raises `Unreadable` with code tombstone, too_large or framing.
    """
    if value is None:
        raise Unreadable(
            "tombstone", "the record has no value; facts are corrected or retracted, never deleted"
        )
    if len(value) > limit:
        raise Unreadable("too_large", f"the value has {len(value)} bytes; the limit is {limit}")
    if len(value) < HEAD or value[0]:
        raise Unreadable("framing", "the value does not begin with byte 0 and a schema id of four bytes")
    return value


def id_of(value: bytes) -> int:
    """Return the schema id of a framed value."""
    return int.from_bytes(value[1:HEAD], "big")
