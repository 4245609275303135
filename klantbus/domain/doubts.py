"""Facts that cannot be as they say (RULES 6, info.implausible): they wait for a correction, unjudged.

A due before the promise was made is judged all the same: scenario S49 calls it broken at once, and the
scenario wins. What only shows beside other facts (a currency, a second promise of one number) is doubted
where it shows: `money`, `matching`, `steps`.
"""

from collections.abc import Callable
from typing import Any, Final, cast

from klantbus.domain.micros import DAY, HOUR
from klantbus.domain.policy import Policy
from klantbus.domain.said import Credited, Delivered, Invoiced, Known, Line, Made, Moved, Paid, Term
from klantbus.domain.wants import NOTHING

UNIX_DAY: Final = 719_163
"""The ordinal of 1 January 1970."""


def doubt_of(known: Known, policy: Policy) -> str | None:
    """Return why a fact cannot be as it says, in one word, or None."""
    if known.time > known.told + policy.clock_skew:
        return "future"
    check = _CHECKS.get(type(known.said))
    return check(known, known.said, policy) if check is not None else None


def _moved(known: Known, said: Moved, policy: Policy) -> str | None:
    return _due(said.due, known.time, policy)


def _delivered(_: Known, said: Delivered, policy: Policy) -> str | None:
    return _lines(said.lines, policy)


def _charged(_: Known, said: Invoiced | Credited, __: Policy) -> str | None:
    return _quantities(said.lines)


def _paid(_: Known, said: Paid, __: Policy) -> str | None:
    return "negative" if said.amount < NOTHING else None


def _promised(known: Known, said: Made, policy: Policy) -> str | None:
    if said.amount is not None and said.amount < 0:
        return "negative"
    if said.prices and any(price.unit_net < 0 for price in said.prices):
        return "negative"
    return (_lines(said.lines, policy) if said.lines else None) or _due(said.due, known.time, policy)


def _lines(lines: tuple[Line, ...], policy: Policy) -> str | None:
    for line in lines:
        if line.uom != "pcs" and policy.unit(line.uom) is None:
            return "unit"
    return _quantities(lines)


def _quantities(lines: tuple[Line, ...]) -> str | None:
    for line in lines:
        if line.quantity < NOTHING or (line.price is not None and line.price < NOTHING):
            return "negative"
    return None


def _due(due: Term | None, time: int, policy: Policy) -> str | None:
    """Doubt a due far away: a typing error. Days and hours count as if the house were always open."""
    if due is None:
        return None
    if due.form in {"working_days", "business_hours"}:
        if due.value < 0:
            return "negative"
        length = int(due.value * (DAY if due.form == "working_days" else HOUR))
        return "far" if length > policy.far_future else None
    last = due.until if due.form == "window" else cast("int", due.value)
    if due.form == "date":
        last = (last - UNIX_DAY) * DAY
    return "far" if last - time > policy.far_future else None


_CHECKS: Final[dict[type, Callable[[Known, Any, Policy], str | None]]] = {
    Made: _promised,
    Moved: _moved,
    Delivered: _delivered,
    Invoiced: _charged,
    Credited: _charged,
    Paid: _paid,
}
