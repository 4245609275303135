"""What a promise asks for, line by line, and the evidence that counts for it (RULES 6 and 7)."""

from decimal import Decimal
from typing import Final

from mypy_extensions import mypyc_attr

from klantbus.domain.said import Made
from klantbus.domain.words import K

NOTHING: Final = Decimal(0)


@mypyc_attr(acyclic=True)
class Want:
    """One line of a promise: so much of an article, or the whole of it (`sku` empty).

    `promised` 0 asks for any quantity. `got` never exceeds a `promised` that was stated: conservation.
    """

    __slots__ = ("got", "promised", "sku", "uom", "uses")

    def __init__(self, sku: str, uom: str, promised: Decimal) -> None:
        self.sku = sku
        self.uom = uom
        self.promised = promised
        self.got = NOTHING
        self.uses = 0

    @property
    def complete(self) -> bool:
        """Whether nothing more is waited for."""
        return self.got >= self.promised if self.promised else self.uses > 0

    def room(self, offered: Decimal) -> Decimal:
        """Return how much of what is offered it can take."""
        return min(offered, self.promised - self.got) if self.promised else offered


@mypyc_attr(acyclic=True)
class Use:
    """So much of one piece of evidence counts for one line of one promise."""

    __slots__ = ("evidence", "quantity", "tier", "time", "want")

    def __init__(self, evidence: str, time: int, tier: str, want: Want, quantity: Decimal) -> None:
        self.evidence = evidence
        self.time = time
        self.tier = tier
        self.want = want
        self.quantity = quantity


def wants_of(said: Made) -> tuple[Want, ...]:
    """Return what a promise asks for, nothing of it done yet."""
    if said.kind is K.PRICE:
        return tuple([Want(price.sku, "", NOTHING) for price in said.prices]) or (Want("", "", NOTHING),)
    if said.kind is K.DELIVERY and said.lines:
        return tuple([Want(line.sku, line.uom, line.quantity) for line in said.lines])
    if said.kind is K.PAYMENT or said.kind is K.CREDIT:
        return (Want("", "", said.amount or said.value or NOTHING),)
    return (Want("", "", NOTHING),)


def article_of(said: Made) -> str:
    """Return the one article that a promise is about; "" when it is about more, or about something else."""
    asked = said.lines if said.kind is K.DELIVERY else said.prices if said.kind is K.PRICE else ()
    if not asked:
        return ""
    if len(said.lines) == 1 and not said.prices:
        return said.lines[0].sku  # as most are
    skus = {line.sku for line in said.lines} | {price.sku for price in said.prices}
    return skus.pop() if len(skus) == 1 else ""
