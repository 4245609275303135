"""Every threshold of the rules, in one typed place. The defaults are those of RULES; apps may load others.

Lengths are microseconds of business time unless the docstring says otherwise; money is in the company's
currency. A policy is frozen: two judges with equal policies and equal facts say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from klantbus.domain.due import (
    GRACE_CALLBACK,
    GRACE_GOODS,
    GRACE_ON_SITE,
    GRACE_PAYMENT,
    QUARTER,
    Grace,
    Lead,
)
from klantbus.domain.events import DeliveryTrouble, PromiseKind
from klantbus.domain.micros import DAY, HOUR, MINUTE

GRACES: Mapping[PromiseKind, Grace] = MappingProxyType(
    {
        PromiseKind.CALLBACK: GRACE_CALLBACK,
        PromiseKind.DELIVERY: GRACE_GOODS,
        PromiseKind.VISIT: GRACE_ON_SITE,
        PromiseKind.DOCUMENT: GRACE_ON_SITE,
        PromiseKind.HANDOFF: GRACE_ON_SITE,
        PromiseKind.PAYMENT: GRACE_PAYMENT,
        PromiseKind.CREDIT: GRACE_PAYMENT,  # RULES names none: money moves as a payment does
        PromiseKind.PRICE: GRACE_ON_SITE,  # RULES names none
        PromiseKind.OTHER: GRACE_ON_SITE,  # RULES names none
    }
)
"""RULES 4, row G."""

UNITS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("pcs", "pc", "piece", "pieces", "st", "stk", "stuk", "stuks", "ea", "each"), "pcs")
    | {
        word: word
        for word in (
            *("box", "doos", "case", "pack", "pak", "bag", "zak", "set", "pair", "paar", "dozen", "dozijn"),
            *("pallet", "crate", "krat", "roll", "rol", "reel", "bundle", "bos", "sheet", "plaat", "can"),
            *("bottle", "fles", "drum", "vat", "tube", "koker", "bucket", "emmer", "tray", "container"),
            *(
                "mm",
                "cm",
                "dm",
                "m",
                "m1",
                "km",
                "m2",
                "m3",
                "ml",
                "cl",
                "dl",
                "l",
                "mg",
                "g",
                "kg",
                "t",
                "ton",
            ),
            *("min", "hour", "h", "uur", "day", "dag", "week", "month", "maand", "kwh", "mwh"),
        )
    }
)
"""Known units of quantity, in lower case, each with the word it is compared by. Other words are doubted."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the judge holds facts against (RULES 4, 6, 7, 8)."""

    lead: Lead = QUARTER
    graces: Mapping[PromiseKind, Grace] = field(default_factory=lambda: GRACES)
    handoff_answer: int = 4 * HOUR
    """How long a performer may take to accept or decline, from publication."""
    invoice_patience: int = 4 * HOUR
    """How long a delivery note may be in flight after an invoice was published."""
    silence: int = 4 * HOUR
    """How long a watched department may say nothing."""
    late_publication: int = 60 * MINUTE
    """A fact told later than this after it happened is late."""
    serial_moves: int = 3
    chasing_contacts: int = 3
    chasing_days: int = 5
    """Working days, the first and the last contact's days included."""
    opportunity_days: int = 2
    """Working days until close of business."""
    low_score: int = 2
    price_floor: Decimal = Decimal("0.05")
    price_share: Decimal = Decimal("0.005")
    """A unit price may lie above the promised one by the larger of the floor and this share of it."""
    twin_window: int = 7 * DAY
    """By the wall clock: invoices without an order look like twins only within it."""
    critical_value: Decimal = Decimal(10_000)
    critical_breaks: int = 3
    critical_window: int = 90 * DAY
    """By the wall clock: the third break within it is critical."""
    clock_skew: int = 5 * MINUTE
    """By the wall clock: a fact may have happened so long after it was published; more is a wrong clock."""
    far_future: int = 731 * DAY
    """By the wall clock: a due further away than two years is doubted."""
    faulty: frozenset[DeliveryTrouble] = frozenset({DeliveryTrouble.DAMAGED, DeliveryTrouble.WRONG_ITEM})
    """Returns that undo what was delivered; a changed mind does not."""
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    horizon: int = 400 * DAY
    """By the wall clock: what was settled longer ago is folded into figures."""

    def price_limit(self, promised: Decimal) -> Decimal:
        """Return the highest unit price that does not break a promised one (RULES 6, Amount differs)."""
        return promised + max(self.price_floor, abs(promised) * self.price_share)

    def unit(self, word: str) -> str | None:
        """Return the word a unit is compared by, or None when nobody knows the unit."""
        return self.units.get(word.lower())


DEFAULTS = Policy()
"""RULES as they stand."""
