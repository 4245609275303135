"""What beside promises can call for attention (RULES 8): evidence, invoices, chances, calls, scores, doubts.

Each remembers which alerts were last said of it, and when time alone may change that (`said_look`).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias, cast

from klantbus.domain.promise import Conflict, Promise
from klantbus.domain.said import Delivered, Invoiced, Known
from klantbus.domain.wants import Use

NO_ALERTS: Final[tuple[str, ...]] = ()
NOTHING_LEFT: Final[Mapping[tuple[str, str], Decimal]] = {}
NONE_ABOVE: Final[Mapping[str, str]] = {}
NONE_CREDITED: Final[Mapping[str, Decimal]] = {}
"""Most have none of these: one empty map will do for all."""


class Evidence:
    """A fact that may count for promises. `found` is matched, unmatched or ambiguous (RULES 7)."""

    __slots__ = ("candidates", "found", "key", "known", "left", "said_alerts", "said_look", "seen", "uses")

    def __init__(self, known: Known) -> None:
        self.known = known
        self.key = known.id
        self.found = "matched"
        self.candidates: tuple[str, ...] = ()
        self.uses: tuple[tuple[Promise, Use], ...] = ()
        self.left = NOTHING_LEFT
        self.said_alerts = NO_ALERTS
        self.said_look: int | None = None
        self.seen: None = None

    @property
    def delivery_id(self) -> str | None:
        """The delivery's number, if it is one."""
        said = self.known.said
        return said.delivery_id if isinstance(said, Delivered) else None


class Doubt:
    """A fact that cannot be as it says; `reason` is one word (RULES 6, info.implausible)."""

    __slots__ = ("key", "known", "reason", "said_alerts", "said_look", "seen")

    def __init__(self, known: Known, reason: str) -> None:
        self.known = known
        self.key = known.id
        self.reason = reason
        self.said_alerts = NO_ALERTS
        self.said_look: int | None = None
        self.seen: None = None


class Invoice:
    """An invoice, what was credited of it, and the articles charged above a promised price."""

    __slots__ = (
        "above",
        "check_at",
        "credited",
        "credited_all",
        "evidence",
        "key",
        "known",
        "said",
        "said_alerts",
        "said_look",
        "seen",
        "signature",
    )

    def __init__(self, known: Known, check_at: int, signature: tuple[object, ...]) -> None:
        self.known = known
        self.signature = signature
        self.said = cast("Invoiced", known.said)
        self.key = self.said.invoice_no
        self.check_at = check_at
        self.above = NONE_ABOVE
        self.credited = NONE_CREDITED
        self.credited_all = False
        self.evidence: Evidence | None = None
        self.said_alerts = NO_ALERTS
        self.said_look: int | None = None
        self.seen: None = None


class Chance:
    """An opportunity: unfollowed when nobody picked it up in time."""

    __slots__ = ("check_at", "followed", "key", "known", "said_alerts", "said_look", "seen")

    def __init__(self, key: str) -> None:
        self.key = key
        self.known: Known | None = None
        self.check_at = 0
        self.followed: Known | None = None
        self.said_alerts = NO_ALERTS
        self.said_look: int | None = None
        self.seen: None = None


class Chase:
    """The customer asked again and again while promises were open; over when those are over."""

    __slots__ = ("about", "key", "known", "said_alerts", "said_look", "seen")

    def __init__(self, key: str, known: Known, about: tuple[Promise, ...]) -> None:
        self.key = key
        self.known = known
        self.about = about
        self.said_alerts = NO_ALERTS
        self.said_look: int | None = None
        self.seen: None = None


class Score:
    """The last score a customer gave."""

    __slots__ = ("key", "known", "low", "said_alerts", "said_look", "seen")

    def __init__(self, key: str) -> None:
        self.key = key
        self.known: Known | None = None
        self.low = False
        self.said_alerts = NO_ALERTS
        self.said_look: int | None = None
        self.seen: None = None


def identity(item: "Item") -> tuple[type, str]:
    """Return what makes an item the same after facts were folded again."""
    return (type(item), item.key)


def claim(pool: dict[tuple[type, str], "Item"], items: Iterable["Item"]) -> None:
    """Take from the pool of items, by identity, what was last said of those that are here now."""
    for item in items:
        old = pool.pop(identity(item), None)
        if old is not None:
            _remember(item, old)


def _remember(item: "Item", old: "Item") -> None:
    item.said_alerts = old.said_alerts
    if isinstance(item, Promise) and isinstance(old, Promise):
        item.said_state, item.said_flags = old.said_state, old.said_flags
        item.said_why, item.said_sight = old.said_why, old.said_sight


Item: TypeAlias = Promise | Conflict | Evidence | Doubt | Invoice | Chance | Chase | Score
"""Whatever can have an alert."""
