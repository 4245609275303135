"""What but promises can call for attention (RULES 8): evidence, invoices, chances, chases, scores, doubts."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, cast

from klantbus.domain.item import Item
from klantbus.domain.promise import Promise
from klantbus.domain.said import Delivered, Invoiced, Known
from klantbus.domain.wants import Use

NOTHING_LEFT: Final[Mapping[tuple[str, str], Decimal]] = {}
NONE_ABOVE: Final[Mapping[str, str]] = {}
NONE_CREDITED: Final[Mapping[str, Decimal]] = {}
"""Most have none of these: one empty map will do for all."""


class Evidence(Item):
    """A fact that may count for promises. `found` is matched, unmatched or ambiguous (RULES 7)."""

    __slots__ = ("candidates", "found", "known", "left", "uses")

    def __init__(self, known: Known) -> None:
        super().__init__(known.id)
        self.known = known
        self.found = "matched"
        self.candidates: tuple[str, ...] = ()
        self.uses: tuple[tuple[Promise, Use], ...] = ()
        self.left = NOTHING_LEFT

    @property
    def event(self) -> str | None:
        """The fact itself."""
        return self.known.id

    @property
    def delivery_id(self) -> str | None:
        """The delivery's number, if it is one."""
        said = self.known.said
        return said.delivery_id if isinstance(said, Delivered) else None


class Doubt(Item):
    """A fact that cannot be as it says; `reason` is one word (RULES 6, info.implausible)."""

    __slots__ = ("known", "reason")

    def __init__(self, known: Known, reason: str) -> None:
        super().__init__(known.id)
        self.known = known
        self.reason = reason

    @property
    def event(self) -> str | None:
        """The fact itself."""
        return self.known.id


class Invoice(Item):
    """An invoice, what was credited of it, and the articles charged above a promised price.

    `charges` is what it has in common with those that charge the same: it holds none of them itself, or only
    the garbage collector could let it go.
    """

    __slots__ = ("above", "charges", "check_at", "credited", "credited_all", "evidence", "known", "said")

    def __init__(self, known: Known, check_at: int, charges: tuple[object, ...]) -> None:
        said = cast("Invoiced", known.said)
        super().__init__(said.invoice_no)
        self.known = known
        self.charges = charges
        self.said = said
        self.check_at = check_at
        self.above = NONE_ABOVE
        self.credited = NONE_CREDITED
        self.credited_all = False
        self.evidence: Evidence | None = None

    @property
    def event(self) -> str | None:
        """The fact by which it was issued."""
        return self.known.id


class Chance(Item):
    """An opportunity: unfollowed when nobody picked it up in time."""

    __slots__ = ("check_at", "followed", "known")

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.known: Known | None = None
        self.check_at = 0
        self.followed: Known | None = None

    @property
    def event(self) -> str | None:
        """The signal."""
        return None if self.known is None else self.known.id


class Chase(Item):
    """The customer asked again and again while promises were open; over when those are over."""

    __slots__ = ("about", "known")

    def __init__(self, key: str, known: Known, about: tuple[Promise, ...]) -> None:
        super().__init__(key)
        self.known = known
        self.about = about

    @property
    def event(self) -> str | None:
        """The last call."""
        return self.known.id


class Score(Item):
    """The last score a customer gave."""

    __slots__ = ("known", "low")

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.known: Known | None = None
        self.low = False

    @property
    def event(self) -> str | None:
        """The fact by which it was given."""
        return None if self.known is None else self.known.id


def identity(item: Item) -> tuple[type, str]:
    """Return what makes an item the same after facts were folded again."""
    return (type(item), item.key)


def claim(pool: dict[tuple[type, str], Item], items: Iterable[Item]) -> None:
    """Take from the pool of items, by identity, what was last said of those that are here now."""
    for item in items:
        old = pool.pop(identity(item), None)
        if old is not None:
            _remember(item, old)


def _remember(item: Item, old: Item) -> None:
    item.said_alerts = old.said_alerts
    if isinstance(item, Promise) and isinstance(old, Promise):
        item.said_state, item.said_flags = old.said_state, old.said_flags
        item.said_why, item.said_sight = old.said_why, old.said_sight
