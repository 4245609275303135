"""How well a company keeps its word (RULES 9): rates with their n, and no figure where nothing was counted.

    rows ──by(department, month)──▶ rows of one group ──measure──▶ Share(part, n) or Spread(n, ...)

Everything is counted from plain rows, by whoever has them: the judge, a projection, a test. Instants and
lengths are microseconds. Where n is 0 the figure is None, which people read as "no data".
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from klantbus.domain.events import PromiseKind, PromiseState

_Row = TypeVar("_Row")
_Group = TypeVar("_Group", bound=Hashable)

LOW_SCORE = 2

JUDGED = frozenset(
    {PromiseState.KEPT, PromiseState.KEPT_LATE, PromiseState.BROKEN, PromiseState.PARTIALLY_KEPT}
)
"""The states that count in a kept rate, beside a cancellation that the customer did not agree to."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many out of so many: `part` of `n`. `share` is between 0 and 1, or None when there is no data."""

    part: int
    n: int

    @property
    def share(self) -> float | None:
        """Return part / n, or None when there is no data."""
        return self.part / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the far end of `n` lengths (nearest rank), or None when there is no data."""

    n: int
    p50: int | None
    p95: int | None


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """What a measure needs of one promise, as judged now.

    month          local month of D, "2026-03"; None for a vague promise
    consent        whether the customer agreed to its cancellation
    due, original_due, requested_due   D now, as first promised, and as the customer asked
    window_from    the first good moment, for a window
    done_at        when the evidence was complete
    full           whether every line was delivered in full
    """

    promise_id: str
    made_by: str
    performer: str
    kind: PromiseKind
    state: PromiseState
    month: str | None = None
    consent: bool = False
    due: int | None = None
    original_due: int | None = None
    requested_due: int | None = None
    window_from: int | None = None
    done_at: int | None = None
    full: bool = True


def by(rows: Iterable[_Row], group: Callable[[_Row], _Group]) -> dict[_Group, list[_Row]]:
    """Return the rows per group, such as `by(rows, lambda row: row.performer)`, as they appear."""
    groups: dict[_Group, list[_Row]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    return groups


def counts(row: PromiseRow) -> bool:
    """Return whether a promise counts: judged, or cancelled without consent; no customer's own payment."""
    if row.kind is PromiseKind.PAYMENT:
        return False
    return row.state in JUDGED or (row.state is PromiseState.CANCELLED and not row.consent)


def kept_rate(rows: Iterable[PromiseRow]) -> Share:
    """Return the kept rate against the agreed moment: kept out of all that count."""
    return _share(rows, lambda row: row.state is PromiseState.KEPT)


def first_word_rate(rows: Iterable[PromiseRow]) -> Share:
    """Return the kept rate against the first word: done by the original moment, however it was moved."""
    return _share(rows, _kept_first_word)


def strict_otif(rows: Iterable[PromiseRow]) -> Share:
    """Return strict on-time in-full: kept, every line full, and not before its window."""
    return _share(rows, _on_time_in_full)


def _share(rows: Iterable[PromiseRow], good: Callable[[PromiseRow], bool]) -> Share:
    judged = [row for row in rows if counts(row)]
    return Share(sum(map(good, judged)), len(judged))


def _kept_first_word(row: PromiseRow) -> bool:
    if row.state not in {PromiseState.KEPT, PromiseState.KEPT_LATE}:
        return False
    if row.original_due is None:
        return row.state is PromiseState.KEPT
    return row.done_at is not None and row.done_at <= row.original_due


def _on_time_in_full(row: PromiseRow) -> bool:
    too_early = row.window_from is not None and row.done_at is not None and row.done_at < row.window_from
    return row.state is PromiseState.KEPT and row.full and not too_early


def roominess(rows: Iterable[PromiseRow]) -> Spread:
    """Return how much later than asked is promised (D - requested): the guard against sandbagging."""
    return spread(
        row.due - row.requested_due for row in rows if row.due is not None and row.requested_due is not None
    )


def spread(lengths: Iterable[int]) -> Spread:
    """Return n, median and 95th percentile of lengths, by nearest rank: always a length that occurred."""
    ordered = sorted(lengths)
    if not ordered:
        return Spread(0, None, None)
    return Spread(len(ordered), _rank(ordered, 50), _rank(ordered, 95))


def _rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[-(-len(ordered) * percent // 100) - 1]


# -- the customer's temperature: reasons, no opaque number


class Colour(StrEnum):
    """How a customer stands with us, in the order of heat."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Reason(StrEnum):
    """Why a customer is not green."""

    BROKEN_PROMISE = "broken_promise"
    COMPLAINT = "complaint"
    CHASING = "chasing"
    CONFLICT = "conflict"
    LOW_SCORE = "low_score"


HEAT: dict[Reason, Colour] = {
    Reason.BROKEN_PROMISE: Colour.RED,
    Reason.COMPLAINT: Colour.RED,
    Reason.CHASING: Colour.RED,
    Reason.CONFLICT: Colour.AMBER,
    Reason.LOW_SCORE: Colour.AMBER,
}
"""What a reason makes of a customer: red where they wait for us now, amber where they may come to."""


@dataclass(frozen=True, slots=True)
class CustomerSigns:
    """What stands open with one customer now. `last_score` is 1 to 5, None when nobody asked."""

    broken_open: int = 0
    conflicts: int = 0
    chasing: bool = False
    last_score: int | None = None
    complaints_open: int = 0


@dataclass(frozen=True, slots=True)
class Temperature:
    """A colour and every reason for it."""

    colour: Colour
    reasons: tuple[Reason, ...]


def temperature(signs: CustomerSigns) -> Temperature:
    """Return a customer's colour: that of the hottest reason, green when there is none."""
    found = {
        Reason.BROKEN_PROMISE: signs.broken_open > 0,
        Reason.COMPLAINT: signs.complaints_open > 0,
        Reason.CHASING: signs.chasing,
        Reason.CONFLICT: signs.conflicts > 0,
        Reason.LOW_SCORE: signs.last_score is not None and signs.last_score <= LOW_SCORE,
    }
    reasons = tuple(reason for reason, stands in found.items() if stands)
    heat = [*Colour]
    colour = max((HEAT[reason] for reason in reasons), key=heat.index, default=Colour.GREEN)
    return Temperature(colour, reasons)
