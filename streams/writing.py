"""The fields of verdicts and edges in Avro: each is written behind the one before, and none is checked.

What the judge decides stands on facts that were checked when they were read; lists are shortened by whoever
calls. `klantbus.bus.avro` writes whole facts from models, and says the same (a test compares).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from librt.strings import BytesWriter, write_i64_le

from klantbus.bus.avro.pieces import FIRST, LAST, put_amount, put_number, put_size
from klantbus.domain.decisions import Counted, Proof, Reason
from klantbus.domain.events import (
    Flag,
    Importance,
    PromiseKind,
    PromiseState,
    Resolution,
    Scope,
    Severity,
    Tier,
)

NULL: Final = b"\x00"
SOME: Final = b"\x02"
"""The branches of a choice between nothing and something."""
END: Final = b"\x00"
"""Stands behind the last item of a list."""
PIECES: Final = "pcs"
_MONEY: Final = 10**12
_DIGITS: Final = 10**18
_REMEMBERED: Final = 10_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_LONG: Final = 64
"""A number takes one byte below it."""
_EARLIEST: Final = FIRST
_LATEST: Final = LAST
_DAY: Final = 86_400
_MINUTES: Final = tuple(b"%02d:%02d:" % divmod(minute, 60) for minute in range(1440))
_SECONDS: Final = tuple(b"%02d" % second for second in range(60))
_MILLIS: Final = tuple(b"%03d" % milli for milli in range(1000))
_days: Final[dict[int, bytes]] = {}
"""How days are written in headers: the same few come again and again."""
_quantities: Final[dict[Decimal, bytes]] = {}
"""How quantities are written: the same few come again and again."""


def _symbols(words: type[StrEnum]) -> dict[str, bytes]:
    """Return how each word is written: by its place, which a test holds to be that in the schema."""
    return {word: put_size(place) for place, word in enumerate(words)}


STATES: Final = _symbols(PromiseState)
KINDS: Final = _symbols(PromiseKind)
SCOPES: Final = _symbols(Scope)
IMPORTANCES: Final = _symbols(Importance)
SEVERITIES: Final = _symbols(Severity)
RESOLUTIONS: Final = _symbols(Resolution)
_FLAGS: Final = _symbols(Flag)
_TIERS: Final = _symbols(Tier)
_OTHER_TIER: Final = _TIERS[Tier.OTHER]


def text(a: BytesWriter, value: str) -> None:
    """Write a text."""
    written = value.encode()
    size = len(written)
    if size < _LONG:
        a.append(size << 1)
    else:
        a.write(put_size(size))
    a.write(written)


def short(a: BytesWriter, written: bytes) -> None:
    """Write a text of the envelope that is bytes already."""
    a.write(put_size(len(written)))
    a.write(written)


def maybe(a: BytesWriter, value: str | None) -> None:
    """Write a text or nothing."""
    if value is None:
        a.append(0)
    else:
        a.append(2)
        text(a, value)


def texts(a: BytesWriter, values: tuple[str, ...]) -> None:
    """Write a list of texts."""
    if values:
        size(a, len(values))
        for value in values:
            text(a, value)
    a.append(0)


def size(a: BytesWriter, count: int) -> None:
    """Write a number that is hardly ever large."""
    if 0 <= count < _LONG:
        a.append(count << 1)
    else:
        a.write(put_number(count))


def instant(a: BytesWriter, value: int) -> None:
    """Write an instant (µs). Eight bytes, as those from 1978 on take, are spread without a loop."""
    x = value << 1
    if not 1 << 49 <= x < 1 << 56:
        a.write(put_number(value))
        return
    x = (x & 0x0000000FFFFFFF) | (x & 0xFFFFFFF0000000) << 4
    x = (x & 0x00003FFF00003FFF) | (x & 0x0FFFC0000FFFC000) << 2
    x = (x & 0x007F007F007F007F) | (x & 0x3F803F803F803F80) << 1
    write_i64_le(a, x | 0x0080808080808080)


def stamp(moment: int) -> bytes:
    """Return an instant (µs) as headers hold it (as `envelope.written_of`), put together from tables."""
    seconds, rest = divmod(moment, 1_000_000)
    days, seconds = divmod(seconds, _DAY)
    minute = _MINUTES[seconds // 60]
    day = _days.get(days)
    if day is None:
        if len(_days) > _REMEMBERED:
            _days.clear()
        day = _days[days] = date.fromordinal(_EPOCH_DAY + days).isoformat().encode() + b"T"
    if not rest:
        return b"".join((day, minute, _SECONDS[seconds % 60], b"Z"))
    return b"".join(
        (day, minute, _SECONDS[seconds % 60], b".", _MILLIS[rest // 1000], _MILLIS[rest % 1000], b"Z")
    )


def when(a: BytesWriter, moment: int | None) -> None:
    """Write an instant (µs) or nothing."""
    if moment is None:
        a.append(0)
    else:
        a.append(2)
        instant(a, min(max(moment, _EARLIEST), _LATEST))  # a day of 1900 may begin in 1899


def count(a: BytesWriter, value: int | None) -> None:
    """Write a number or nothing."""
    if value is None:
        a.append(0)
    else:
        a.append(2)
        a.write(put_number(value))


def money(a: BytesWriter, value: Decimal | None) -> None:
    """Write an amount of money or nothing."""
    if value is None:
        a.append(0)
    else:
        a.append(2)
        a.write(put_amount(value, 2, _MONEY))


def word(a: BytesWriter, words: Mapping[str, bytes], value: str | None) -> None:
    """Write one of `words` or nothing."""
    if value is None:
        a.append(0)
    else:
        a.append(2)
        a.write(words[value])


def flags_in(a: BytesWriter, flags: tuple[Flag, ...]) -> None:
    """Write flags in order of name."""
    if flags:
        size(a, len(flags))
        for flag in sorted(flags):
            a.write(_FLAGS[flag])
    a.append(0)


def lines_in(a: BytesWriter, lines: tuple[Counted, ...]) -> None:
    """Write the lines of a promise that has any: without, it is counted as one that has no article."""
    told = [line for line in lines if line.sku]
    if told:
        size(a, len(told))
        for line in told:
            text(a, line.sku)
            text(a, line.uom or PIECES)
            a.write(_quantity(line.promised))
            a.write(_quantity(line.fulfilled))
    a.append(0)


def evidence_in(a: BytesWriter, proofs: tuple[Proof, ...]) -> None:
    """Write the evidence that counts."""
    if proofs:
        size(a, len(proofs))
        for proof in proofs:
            text(a, proof.event_id)
            instant(a, proof.time)
            a.write(_TIERS.get(proof.tier, _OTHER_TIER))
            maybe(a, proof.sku or None)
            a.append(2)
            a.write(_quantity(proof.quantity))
    a.append(0)


def why_in(a: BytesWriter, reasons: tuple[Reason, ...], most: int) -> None:
    """Write up to `most` reasons, the latest; the first says what was promised, and always stays."""
    told = reasons if len(reasons) <= most else (reasons[0], *reasons[1 - most :])
    if told:
        size(a, len(told))
        for reason in told:
            maybe(a, reason.event_id)
            text(a, reason.rule)
    a.append(0)


def _quantity(value: Decimal) -> bytes:
    found = _quantities.get(value)
    if found is None:
        if len(_quantities) > _REMEMBERED:
            _quantities.clear()
        found = _quantities[value] = put_amount(value, 6, _DIGITS)
    return found
