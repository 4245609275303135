"""All that is known of one customer, folded in the order of the world (RULES 2). Knows nothing of `now`.

A dossier only grows by `apply`; what a fact changed is noted in `touched`, so that a judge looks at that and
no further, and when time alone changes something in `looks`. Facts out of order, corrections and links make a
new dossier: see `customer`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Final, TypeAlias

from klantbus.domain.empties import NOBODY_YET, NOTHING_YET, own
from klantbus.domain.item import Item
from klantbus.domain.items import Chance, Chase, Doubt, Evidence, Invoice, Score
from klantbus.domain.looks import Looks
from klantbus.domain.plans import replan_of
from klantbus.domain.promise import Promise
from klantbus.domain.rules import Rules
from klantbus.domain.said import Credited, Known
from klantbus.domain.waiting import Waiting
from klantbus.domain.wants import Use
from klantbus.domain.words import K

Links: TypeAlias = Mapping[str, Mapping[str, bool]]
"""For a fact's id the promises that people linked it to (True) or unlinked it from (False)."""

NO_LINKS: Final[Mapping[str, bool]] = {}
NOBODY_LINKED: Final[Links] = {}
"""One for all customers: every fact asks, and what all share is near."""


class Dossier:
    """The promises of a customer, and all that bears on them, as known facts made them.

    `loose` are kinds of which there was a promise without an order: evidence of any order may keep it.
    `whole` are orders of which facts feel each other whatever article they are about; see `bearing`.
    `evident` is what the last fact was noted as. `handed_off` is whether there ever was a hand-off. `broke`
    holds the G of promises that were broken to the customer before they were done. To write to what is a
    `Mapping` or an `AbstractSet` here, see `empties`.
    """

    __slots__ = (
        "begun_orders",
        "broke",
        "chances",
        "chase",
        "credits",
        "customer",
        "delivered",
        "doubts",
        "evidence",
        "evident",
        "handed_off",
        "inbound",
        "invoices",
        "invoices_of",
        "links",
        "looks",
        "loose",
        "open",
        "orphans",
        "plans",
        "priced",
        "promised",
        "promises",
        "rules",
        "score",
        "superseded",
        "touched",
        "twins",
        "waiting",
        "whole",
        "whole_orders",
    )

    def __init__(self, customer: str, rules: Rules, links: Links = NOBODY_LINKED) -> None:
        self.customer = customer
        self.rules = rules
        self.links = links
        self.touched: list[Item] = []
        self.looks = Looks()
        self.promises: dict[str, Promise] = {}
        self.broke: Mapping[str, int] = NOTHING_YET
        self.open = Waiting()
        self.handed_off = False
        self.waiting: Mapping[str, list[Known]] = NOTHING_YET
        self.orphans: Mapping[str, list[Promise]] = NOTHING_YET
        self.superseded: Mapping[str, Known] = NOTHING_YET
        self.priced: Mapping[str, list[Promise]] = NOTHING_YET
        self.evidence: Mapping[str, Evidence] = NOTHING_YET
        self.evident: Evidence | None = None
        self.doubts: Mapping[str, Doubt] = NOTHING_YET
        self.loose: frozenset[str] = NOBODY_YET
        self.whole: AbstractSet[str] = NOBODY_YET
        self.plans: Mapping[tuple[str, ...], dict[str | None, Known]] = NOTHING_YET
        self.promised: Mapping[tuple[str, str], Decimal] = NOTHING_YET
        self.delivered: Mapping[tuple[str, str], Decimal] = NOTHING_YET
        self.begun_orders: AbstractSet[str] = NOBODY_YET
        self.whole_orders: AbstractSet[str] = NOBODY_YET
        self.invoices: Mapping[str, Invoice] = NOTHING_YET
        self.invoices_of: Mapping[str, list[Invoice]] = NOTHING_YET
        self.credits: Mapping[str, list[Credited]] = NOTHING_YET
        self.twins: Mapping[tuple[object, ...], list[Invoice]] = NOTHING_YET
        self.inbound: tuple[int, ...] = ()
        self.chase: Chase | None = None
        self.chances: Mapping[str, Chance] = NOTHING_YET
        self.score: Score | None = None

    def touch(self, item: Item) -> None:
        """Note that a fact changed it."""
        item.seen = None
        if not item.touched:
            item.touched = True
            self.touched.append(item)

    def untouch(self) -> None:
        """Note that all that facts changed was looked at."""
        for item in self.touched:
            item.touched = False
        self.touched.clear()

    def leave(self, items: Iterable[Item]) -> None:
        """Look no more at items that are here no longer."""
        for item in items:
            item.touched = False
        self.touched = [item for item in self.touched if item.touched]

    def items(self) -> list[Item]:
        """Return everything that can have a state or an alert."""
        items: list[Item] = list(self.promises.values())
        for promise in self.promises.values():
            if promise.pairs:
                items += [pair for pair in promise.pairs if pair.first is promise]
        items += self.evidence.values()
        items += self.doubts.values()
        items += self.invoices.values()
        items += self.chances.values()
        if self.chase is not None:
            items.append(self.chase)
        if self.score is not None:
            items.append(self.score)
        return items

    # -- what waits for evidence at a time, earliest deadline first (RULES 6)

    def waits(self, word: str, time: int) -> list[Promise]:
        """Return the promises of a kind that wait for evidence at `time`."""
        return _in_turn(self.open.of_kind(word).values(), time)

    def waits_of(self, word: str, order: str, time: int) -> list[Promise]:
        """Return the promises of a kind and an order that wait for evidence at `time`."""
        return _in_turn(self.open.of_order(word, order), time)

    def waits_for(self, sku: str, time: int) -> list[Promise]:
        """Return the promises that wait for a delivery of an article at `time`."""
        return _in_turn(self.open.of_article(sku), time)

    def twins_of(self, invoice: Invoice) -> Sequence[Invoice]:
        """Return the invoices that charge the same, itself among them."""
        return self.twins.get(invoice.charges, (invoice,))

    # -- evidence

    def said_links(self, evidence: str) -> Mapping[str, bool]:
        """Return what people said about a fact as evidence."""
        return self.links.get(evidence, NO_LINKS) if self.links else NO_LINKS

    def doubt(self, known: Known, reason: str) -> None:
        """Put a fact aside that cannot be as it says (RULES 6): it waits for a correction."""
        self.doubts = doubts = own(self.doubts)
        doubts[known.id] = doubt = Doubt(known, reason)
        self.touch(doubt)

    def note(self, evidence: Evidence) -> Evidence:
        """Note that the fact that is applied may be evidence."""
        self.evidence = noted = own(self.evidence)
        noted[evidence.key] = self.evident = evidence
        return evidence

    def count(self, evidence: Evidence, promise: Promise, use: Use) -> None:
        """Let so much of evidence count for a promise."""
        want = use.want
        want.got = want.got + use.quantity if want.uses else use.quantity
        want.uses += 1
        promise.uses = (*promise.uses, use)
        promise.counted = promise.proofs = None
        evidence.uses = (*evidence.uses, (promise, use))
        if promise.done_at is None and promise.complete:
            self.finish(promise, evidence.known)
        self.touch(promise)

    def finish(self, promise: Promise, known: Known) -> None:
        """Note that the last missing evidence happened."""
        promise.done_at = known.time
        promise.done_published = known.published
        promise.done_by = known.id
        promise.in_time = not promise.breached_at(known.time)
        clock = promise.clock
        promise.too_early = promise.said.early_is_breach and clock is not None and known.time < clock.first
        if clock is not None and clock.grace < known.time and _was_owed(promise):
            self.broke = broke = own(self.broke)
            broke[promise.id] = clock.grace
        self.open.strike(promise)
        replan_of(self, promise)

    def uncount(self, promise: Promise, use: Use, quantity: Decimal) -> None:
        """Take back so much of a use, because goods were faulty or an invoice was credited."""
        use.quantity -= quantity
        use.want.got -= quantity
        promise.counted = promise.proofs = None
        if use.quantity <= 0:
            use.want.uses -= 1
            promise.uses = tuple([one for one in promise.uses if one is not use])
        if promise.done_at is not None and not promise.complete:
            promise.done_at = promise.done_by = None
            promise.in_time = promise.too_early = False
            if promise.id in self.broke:
                own(self.broke).pop(promise.id)
            if promise.end is None:
                self.open.enlist(promise)
        self.touch(promise)


Step: TypeAlias = Callable[[Dossier, Known], None]


def _was_owed(promise: Promise) -> bool:
    """Return whether a promise that is done now was broken to the customer, once G had passed."""
    if promise.in_time and not promise.after_breach:
        return False  # a pause held the clock back
    return not promise.internal and promise.kind is not K.PAYMENT


def by_deadline(promise: Promise) -> tuple[float, int, str]:
    """Earliest deadline first; vague promises last, the older before the newer."""
    return (promise.clock.last if promise.clock else float("inf"), promise.made.time, promise.made.id)


def _in_turn(promises: Iterable[Promise], time: int) -> list[Promise]:
    waiting = [promise for promise in promises if promise.waits_at(time)]
    if len(waiting) > 1:
        waiting.sort(key=by_deadline)
    return waiting
