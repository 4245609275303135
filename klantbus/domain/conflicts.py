"""Promises of one subject that contradict each other (RULES 5, last row).

Both external, the same kind and order, overlapping articles, and made by different departments or without
quantities: a split schedule by one department is no conflict, and a promise that is replaced is over.
Whether they really differ, in D or in a price, is looked at when either changes.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from klantbus.domain.promise import OPEN, Conflict, Promise, state_at
from klantbus.domain.words import K

if TYPE_CHECKING:
    from klantbus.domain.dossier import Dossier


def pair_up(dossier: "Dossier", promise: Promise) -> None:
    """Pair a new promise with the open ones that it may contradict."""
    if promise.internal:
        return
    for other in _rivals(dossier, promise):
        if (
            other is not promise
            and other.end is None
            and other.done_at is None
            and may_conflict(other, promise)
        ):
            pair = Conflict(other, promise)
            other.pairs = (*other.pairs, pair)
            promise.pairs = (*promise.pairs, pair)
            dossier.touch(pair)
            dossier.touch(other)


def _rivals(dossier: "Dossier", promise: Promise) -> list[Promise]:
    """Return the promises that may have the same subject: of its order, else of its articles."""
    if promise.said.order is not None:
        return dossier.open.of_order(promise.word, promise.said.order)
    found: dict[str, Promise] = {}
    for sku in sorted(_articles(promise)):
        if promise.kind is K.PRICE:
            found.update({one.id: one for one in dossier.priced[sku] if one.kind is K.PRICE})
        else:
            found.update({one.id: one for one in dossier.open.of_article(sku)})
    return list(found.values())


def may_conflict(one: Promise, other: Promise) -> bool:
    """Return whether two promises have one kind and subject, and are no split schedule."""
    if one.kind is not other.kind or one.internal or other.internal or one.said.order != other.said.order:
        return False
    if not _same_subject(one, other):
        return False
    return one.said.made_by != other.said.made_by or not (_counted(one) and _counted(other))


def _articles(promise: Promise) -> frozenset[str]:
    said = promise.said
    if said.kind is K.PRICE:
        return frozenset(price.sku for price in said.prices)
    return frozenset(line.sku for line in said.lines)


def _same_subject(one: Promise, other: Promise) -> bool:
    ours, theirs = _articles(one), _articles(other)
    if ours and theirs:
        return not ours.isdisjoint(theirs)
    topic, topic_too = one.said.topic, other.said.topic
    if topic and topic_too and topic != topic_too:
        return False
    return one.said.order is not None


def _counted(promise: Promise) -> bool:
    return bool(promise.said.lines) and all(line.quantity for line in promise.said.lines)


def contradicts(pair: Conflict, now: int) -> bool:
    """Return whether both are open now and differ in D or in a price."""
    one, other = pair.first, pair.second
    if state_at(one, now) not in OPEN or state_at(other, now) not in OPEN:
        return False
    return _other_day(one, other) or _other_price(one, other)


def _other_day(one: Promise, other: Promise) -> bool:
    return one.due is not None and other.due is not None and one.due != other.due


def _other_price(one: Promise, other: Promise) -> bool:
    ours, theirs = _asked_prices(one), _asked_prices(other)
    return any(ours[sku] != theirs[sku] for sku in ours.keys() & theirs.keys())


def _asked_prices(promise: Promise) -> dict[str, tuple[Decimal, str]]:
    return {price.sku: (price.unit_net, price.currency) for price in promise.said.prices}
