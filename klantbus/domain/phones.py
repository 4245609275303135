"""Telephone numbers as one text each, E.164: `+`, the country's calling code, the number, digits only."""

import re

HOME = "31"
"""The calling code of a number that names no country."""

E164 = r"^\+[1-9][0-9]{6,14}$"
_DECORATION = re.compile(r"\(0\)|[\s().\-/\u2010-\u2015]")


def e164(said: str, home: str = HOME) -> str:
    """Return a number as people write it as E.164: `020 - 555 01 23` is `+31205550123`.

    Raises ValueError, without the number in it, where no telephone number can be meant.
    """
    digits = _DECORATION.sub("", said.strip())
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif digits.startswith("0"):
        digits = f"+{home}{digits[1:]}"
    if not re.match(E164, digits, re.ASCII):
        raise ValueError("a telephone number is asked for, such as +31 20 555 0123 or 020 555 0123")
    return digits
