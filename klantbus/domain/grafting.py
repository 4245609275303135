"""Folding only those facts again that a late fact can be felt by, and grafting what comes of it.

What the neighbours of a late fact made of themselves (`was`) is cut out of the dossier; what they make with
it (`now`) is put in its place. Whole orders are taken, so that everything in a dossier belongs to one side.
Where a fact once bore on everything, nothing can be cut out: then all facts are folded.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from klantbus.domain.dossier import NOBODY_LINKED, Dossier
from klantbus.domain.fold import apply
from klantbus.domain.item import Item
from klantbus.domain.places import Places
from klantbus.domain.said import Known, place_of

_BY_NAME = (
    *("promises", "broke", "evidence", "doubts", "invoices", "chances", "waiting", "orphans", "superseded"),
    *("credits", "invoices_of", "twins", "plans", "promised", "delivered"),
)
_BY_ORDER = ("begun_orders", "whole_orders", "whole")


class Graft(NamedTuple):
    """The items that stood there before, and those that stand there now."""

    was: list[Item]
    now: list[Item]


def graft(dossier: Dossier, places: Places, known: Known) -> Graft | None:
    """Let a late fact change the dossier together with its neighbours; None when it has too many."""
    neighbours = places.neighbours(dossier, known)
    if neighbours is None:
        return None
    was = _folded(dossier, neighbours)
    now = _folded(dossier, [*neighbours, known])
    before = list(_like(dossier, was))
    _cut(dossier, was)
    _put(dossier, now)
    places.note([known, *neighbours])  # a step of a promise that nobody knew bears on its order from now on
    return Graft(before, list(now.items()))


def _folded(dossier: Dossier, facts: Iterable[Known]) -> Dossier:
    fresh = Dossier(dossier.customer, dossier.rules, NOBODY_LINKED)
    for known in sorted(facts, key=place_of):
        apply(fresh, known)
    fresh.untouch()
    return fresh


def _like(dossier: Dossier, was: Dossier) -> Iterator[Item]:
    """Yield the items of the dossier that `was` has as well."""
    for name in was.promises:
        promise = dossier.promises[name]
        yield promise
        yield from (pair for pair in promise.pairs if pair.first is promise)
    yield from (dossier.evidence[name] for name in was.evidence)
    yield from (dossier.doubts[name] for name in was.doubts)
    yield from (dossier.invoices[name] for name in was.invoices)
    yield from (dossier.chances[name] for name in was.chances)


def _cut(dossier: Dossier, was: Dossier) -> None:
    for promise_id in was.promises:
        dossier.open.strike(dossier.promises[promise_id])
    for part in _BY_NAME:
        mine = getattr(dossier, part)
        for name in getattr(was, part):
            mine.pop(name, None)
    for part in _BY_ORDER:
        getattr(dossier, part).difference_update(getattr(was, part))
    for sku in was.priced:
        dossier.priced[sku] = [one for one in dossier.priced[sku] if one.id not in was.promises]


def _put(dossier: Dossier, now: Dossier) -> None:
    for part in (*_BY_NAME, *_BY_ORDER):
        getattr(dossier, part).update(getattr(now, part))
    dossier.handed_off |= now.handed_off
    for promise in now.open.all():
        dossier.open.enlist(promise)
    for sku, priced in now.priced.items():
        dossier.priced.setdefault(sku, []).extend(priced)
