"""What customers and colleagues typed, made harmless: no control characters, no direction tricks.

Escaping for HTML, Slack or cards comes after this, in the channel that knows its own dangers.
"""

import unicodedata

_KEPT = {"\n", "\t"}
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Control, format (bidi overrides, zero-width joiners), surrogates, private, unassigned, line separators."""

LONGEST = 1000


def line(text: str, limit: int = 280) -> str:
    """Return `text` as one clean line of at most `limit` characters."""
    return " ".join(clean(text, limit).split())


def clean(text: str, limit: int = LONGEST) -> str:
    """Return `text` without characters that steer a terminal, a mail header or the direction of reading."""
    if len(text) <= limit and text.isprintable():
        return text  # nothing to drop, as nearly always
    kept = "".join(_safe(character) for character in text[: 4 * limit])
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _safe(character: str) -> str:
    if character in _KEPT:
        return character
    return " " if unicodedata.category(character) in _DROPPED else character
