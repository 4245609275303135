"""The fields of verdicts and edges in Avro: each is appended to a list of pieces, and none is checked.

What the judge decides stands on facts that were checked when they were read; lists are shortened by whoever
calls. `klantbus.bus.avro` writes whole facts from models, and says the same (a test compares).
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from klantbus.bus.avro.pieces import FIRST, LAST, put_amount, put_micros, put_number, put_size
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


def text(a: list[bytes], value: str) -> None:
    """Write a text."""
    written = value.encode()
    a.append(put_size(len(written)))
    a.append(written)


def maybe(a: list[bytes], value: str | None) -> None:
    """Write a text or nothing."""
    if value is None:
        a.append(NULL)
    else:
        a.append(SOME)
        text(a, value)


def texts(a: list[bytes], values: tuple[str, ...]) -> None:
    """Write a list of texts."""
    if values:
        a.append(put_size(len(values)))
        for value in values:
            text(a, value)
    a.append(END)


def when(a: list[bytes], instant: int | None) -> None:
    """Write an instant (µs) or nothing."""
    if instant is None:
        a.append(NULL)
    else:
        a.append(SOME)
        a.append(put_micros(min(max(instant, FIRST), LAST)))  # a day of 1900 may begin in 1899


def count(a: list[bytes], value: int | None) -> None:
    """Write a number or nothing."""
    if value is None:
        a.append(NULL)
    else:
        a.append(SOME)
        a.append(put_number(value))


def money(a: list[bytes], value: Decimal | None) -> None:
    """Write an amount of money or nothing."""
    if value is None:
        a.append(NULL)
    else:
        a.append(SOME)
        a.append(put_amount(value, 2, _MONEY))


def word(a: list[bytes], words: Mapping[str, bytes], value: str | None) -> None:
    """Write one of `words` or nothing."""
    if value is None:
        a.append(NULL)
    else:
        a.append(SOME)
        a.append(words[value])


def flags_in(a: list[bytes], flags: tuple[Flag, ...]) -> None:
    """Write flags in order of name."""
    if flags:
        a.append(put_size(len(flags)))
        a.extend([_FLAGS[flag] for flag in sorted(flags)])
    a.append(END)


def lines_in(a: list[bytes], lines: tuple[Counted, ...]) -> None:
    """Write the lines of a promise that has any: without, it is counted as one that has no article."""
    told = [line for line in lines if line.sku]
    if told:
        a.append(put_size(len(told)))
        for line in told:
            text(a, line.sku)
            text(a, line.uom or PIECES)
            a.append(_quantity(line.promised))
            a.append(_quantity(line.fulfilled))
    a.append(END)


def evidence_in(a: list[bytes], proofs: tuple[Proof, ...]) -> None:
    """Write the evidence that counts."""
    if proofs:
        a.append(put_size(len(proofs)))
        for proof in proofs:
            text(a, proof.event_id)
            a.append(put_micros(proof.time))
            a.append(_TIERS.get(proof.tier, _OTHER_TIER))
            maybe(a, proof.sku or None)
            a.append(SOME)
            a.append(_quantity(proof.quantity))
    a.append(END)


def why_in(a: list[bytes], reasons: tuple[Reason, ...], most: int) -> None:
    """Write up to `most` reasons, the latest; the first says what was promised, and always stays."""
    told = reasons if len(reasons) <= most else (reasons[0], *reasons[1 - most :])
    if told:
        a.append(put_size(len(told)))
        for reason in told:
            maybe(a, reason.event_id)
            text(a, reason.rule)
    a.append(END)


def _quantity(value: Decimal) -> bytes:
    found = _quantities.get(value)
    if found is None:
        if len(_quantities) > _REMEMBERED:
            _quantities.clear()
        found = _quantities[value] = put_amount(value, 6, _DIGITS)
    return found
