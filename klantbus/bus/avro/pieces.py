"""The pieces of the Avro encoding that the compiled readers and writers call. Positions are byte offsets.

A reader takes the bytes and a position and gives the value and the next position. It may run past the end:
then the next index fails, or the last position lies beyond the end; both mean truncated.
"""

import datetime as dt
import struct
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from klantbus.bus.avro.shape import EPOCH, EPOCH_DAY
from klantbus.bus.errors import Unreadable
from klantbus.domain.events import FIRST_YEAR, LAST_YEAR

Piece = Callable[[bytes, int], tuple[Any, int]]

LONGEST_NUMBER = 10
"""A 64-bit number takes at most ten bytes."""

_ONE = dt.timedelta(microseconds=1)
FIRST = (dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC) - EPOCH) // _ONE
LAST = (dt.datetime(LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC) - EPOCH) // _ONE - 1
"""The first and the last instant (µs) that a fact may hold."""
FIRST_DAY = dt.date(FIRST_YEAR, 1, 1).toordinal()
LAST_DAY = dt.date(LAST_YEAR, 12, 31).toordinal()
_WIDE = Context(prec=40)
_MORE = 0x80
_MARKS = 0x8080808080808080
_SEVEN_MARKS = 0x0080808080808080
_EIGHT = struct.Struct("<Q").unpack_from


def number(b: bytes, p: int) -> tuple[int, int]:
    """Read a zig-zag number of any length."""
    value = shift = 0
    for at in range(p, p + LONGEST_NUMBER):
        byte = b[at]
        value |= (byte & 0x7F) << shift
        if byte < _MORE:
            return (value >> 1) ^ -(value & 1), at + 1
        shift += 7
    raise Unreadable("wrong_type", "a number runs on for more than ten bytes")


def text(b: bytes, p: int, longest: int) -> tuple[str, int]:
    """Read a text of any length; `longest` in characters."""
    size, p = number(b, p)
    if not 0 <= size <= 4 * longest:
        raise Unreadable("contract", f"a text of {size} bytes where {longest} characters are allowed")
    value = b[p : p + size].decode()
    if len(value) > longest:
        raise Unreadable("contract", f"a text of {len(value)} characters where {longest} are allowed")
    return value, p + size


def empty() -> None:
    """Refuse an empty text."""
    raise Unreadable("contract", "a text is empty that may not be")


def foreign() -> None:
    """Refuse the number of a symbol or of a union's branch, or a boolean's byte, that does not exist."""
    raise Unreadable("wrong_type", "a choice that the schema does not know")


def micros(b: bytes, p: int) -> tuple[int, int]:
    """Read an instant as a number. Eight bytes, as those from 1978 on take, are joined without a loop."""
    (x,) = _EIGHT(b, p) if len(b) - p > 7 else (0,)  # noqa: PLR2004  because it is the size of what follows
    if x & _MARKS == _SEVEN_MARKS:
        x = (x & 0x007F007F007F007F) | (x & 0x7F007F007F007F00) >> 1
        x = (x & 0x00003FFF00003FFF) | (x & 0x3FFF00003FFF0000) >> 2
        x = (x & 0x000000000FFFFFFF) | (x & 0x0FFFFFFF00000000) >> 4
        value, p = (x >> 1) ^ -(x & 1), p + 8
    else:
        value, p = number(b, p)
    if FIRST <= value <= LAST:
        return value, p
    raise Unreadable("contract", f"an instant outside the years {FIRST_YEAR} to {LAST_YEAR}")


def moment(b: bytes, p: int) -> tuple[dt.datetime, int]:
    """Read an instant."""
    value, p = micros(b, p)
    return EPOCH + dt.timedelta(0, 0, value), p


def day(b: bytes, p: int) -> tuple[dt.date, int]:
    """Read a day."""
    value, p = number(b, p)
    if not FIRST_DAY <= value + EPOCH_DAY <= LAST_DAY:
        raise Unreadable("contract", f"a day outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return dt.date.fromordinal(value + EPOCH_DAY), p


def unscaled(b: bytes, p: int, bound: int) -> tuple[int, int]:
    """Read the digits of a decimal, as an integer below `bound`."""
    size = b[p]
    p += 1
    if not size or size & 1 or size > 32:  # noqa: PLR2004  because it is sixteen bytes, written as a length
        raise Unreadable("wrong_type", "a decimal whose length cannot be")
    end = p + (size >> 1)
    value = int.from_bytes(b[p:end], "big", signed=True)
    if not -bound < value < bound:
        raise Unreadable("contract", "a decimal with too many digits")
    return value, end


def amount(b: bytes, p: int, scale: int, bound: int) -> tuple[Decimal, int]:
    """Read a decimal of `scale` digits behind the point."""
    value, p = unscaled(b, p, bound)
    return amount_of(value, scale), p


def amount_of(digits: int, scale: int) -> Decimal:
    """Return the decimal that has these digits, `scale` of them behind the point."""
    return _WIDE.scaleb(Decimal(digits), -scale)


def plain_amount(b: bytes, p: int, scale: int, bound: int) -> tuple[str, int]:
    """Read a decimal as text."""
    value, p = unscaled(b, p, bound)
    digits = f"{abs(value):0{scale + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-scale]}.{digits[-scale:]}", p


def whole(b: bytes, p: int, least: int, most: int) -> tuple[int, int]:
    """Read an integer from `least` to `most`."""
    value, p = number(b, p)
    if not least <= value <= most:
        raise Unreadable("contract", f"the number {value} where {least} to {most} is allowed")
    return value, p


def block(b: bytes, p: int, room: int) -> tuple[int, int]:
    """Read how many items follow; 0 is the end. An item takes a byte at least; `room` items may come."""
    count, p = number(b, p)
    if count < 0:
        count = -count
        _, p = number(b, p)
    if count > room:
        raise Unreadable("contract", "a list with more items than allowed")
    if count > len(b) - p:
        raise Unreadable("truncated", f"{count} items are announced in {len(b) - p} bytes")
    return count, p


def many(b: bytes, p: int, item: Piece, limit: int) -> tuple[tuple[Any, ...], int]:
    """Read an array."""
    values: list[Any] = []
    while True:
        count, p = block(b, p, limit - len(values))
        if not count:
            return tuple(values), p
        for _ in range(count):
            value, p = item(b, p)
            values.append(value)


def table(b: bytes, p: int, key: Piece, item: Piece, limit: int) -> tuple[dict[str, Any], int]:
    """Read a map; a key that comes twice is refused."""
    values: dict[str, Any] = {}
    seen = 0
    while True:
        count, p = block(b, p, limit - seen)
        if not count:
            return values, p
        seen += count
        for _ in range(count):
            name, p = key(b, p)
            values[name], p = item(b, p)
        if len(values) != seen:
            raise Unreadable("contract", "a name comes twice in one map")


def put_number(value: int) -> bytes:
    """Write a zig-zag number."""
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004  because seven bits go in a byte
        out.append(value & 0x7F | _MORE)
        value >>= 7
    out.append(value)
    return bytes(out)


def put_whole(value: int, least: int, most: int) -> bytes:
    """Write an integer from `least` to `most`."""
    if not least <= value <= most:
        raise ValueError(f"{value} where {least} to {most} is allowed")
    return put_number(value)


SHORT = tuple(put_number(size) for size in range(1024))
"""Numbers up to 1,023, written once."""


def put_size(size: int) -> bytes:
    """Write a length or a count."""
    return SHORT[size] if size < len(SHORT) else put_number(size)


def put_moment(value: dt.datetime) -> bytes:
    """Write an instant."""
    since = value - EPOCH
    return put_micros((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def put_micros(value: int) -> bytes:
    """Write an instant that is a number already. Eight bytes are spread without a loop."""
    x = (value << 1) ^ (value >> 63)
    if not 1 << 49 <= x < 1 << 56:
        return put_number(value)
    x = (x & 0x0000000FFFFFFF) | (x & 0xFFFFFFF0000000) << 4
    x = (x & 0x00003FFF00003FFF) | (x & 0x0FFFC0000FFFC000) << 2
    x = (x & 0x007F007F007F007F) | (x & 0x3F803F803F803F80) << 1
    return (x | _SEVEN_MARKS).to_bytes(8, "little")


def put_day(value: dt.date) -> bytes:
    """Write a day."""
    return put_number(value.toordinal() - EPOCH_DAY)


def put_amount(value: Decimal, scale: int, bound: int) -> bytes:
    """Write a decimal with `scale` digits behind the point; refuses what does not fit exactly."""
    shifted = _WIDE.scaleb(value, scale)
    exact = int(shifted)
    if exact != shifted or not -bound < exact < bound:
        raise ValueError(f"{value} does not fit in {scale} digits behind the point")
    size = (exact.bit_length() + 8) // 8
    return SHORT[size] + exact.to_bytes(size, "big", signed=True)
