"""Folding only those facts again that a change of facts can be felt by, and grafting what comes of it.

A fact comes late, is corrected, taken back or linked: what its neighbours (see `neighbours`) made of it all
before (`was`) is cut out of the dossier, and what they make now is put in its place. Safe by proof: only when
the chosen facts make by themselves what stands in the dossier is anything cut. Else all are folded.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from klantbus.domain.counting import Change, Counting
from klantbus.domain.dossier import Dossier, Links
from klantbus.domain.doubts import doubt_of
from klantbus.domain.empties import own
from klantbus.domain.fold import apply
from klantbus.domain.item import Item
from klantbus.domain.items import Chase
from klantbus.domain.neighbours import neighbours
from klantbus.domain.places import Places
from klantbus.domain.promise import Promise
from klantbus.domain.said import Contact, Known, place_of
from klantbus.domain.words import IN

_BY_NAME = (
    *("promises", "broke", "evidence", "doubts", "invoices", "chances", "waiting", "orphans", "superseded"),
    *("credits", "invoices_of", "twins", "plans", "promised", "delivered"),
)
_BY_ORDER = ("begun_orders", "whole_orders", "whole")
_ITEMS = ("promises", "evidence", "doubts", "invoices", "chances")
MOST = 0.5
FEW = 64
"""What part of the facts may be folded (twice) before all are folded (once), and of how few all are at once:
looking for what was open takes as long.
"""


class Graft(NamedTuple):
    """The items that stood there before, and those that stand there now."""

    was: list[Item]
    now: list[Item]


def graft(dossier: Dossier, places: Places, counting: Counting, change: Change) -> Graft | None:
    """Let a change of facts change the dossier together with its neighbours; None when it has too many."""
    facts = [*change.was, *change.now]
    if not facts:
        return Graft([], [])
    first = min([known.time for known in facts])
    for since in (first,) if change.was or change.links is not None else (None, first):
        if since is not None and len(counting.facts) < FEW:
            return None
        found = neighbours(dossier, places, counting, change, since)
        if found is not None and len(found) <= MOST * len(counting.facts):
            done = _exchange(dossier, found, change)
            if done is not None:
                places.note([*change.now, *found])  # they may bear on more, or happen later, than they did
                _remember_calls(dossier, counting, facts)
            return done
    return None


def _exchange(dossier: Dossier, found: list[Known], change: Change) -> Graft | None:
    links = dossier.links if change.links is None else change.links
    was = _folded(dossier, [*found, *change.was], dossier.links)
    now = _folded(dossier, [*found, *change.now], links)
    if not _stands(dossier, was) or (was.chase is not None and now.chase is None):
        return None  # in the latter case an older chase may hold again
    before = list(_like(dossier, was, now))
    _cut(dossier, was)
    _put(dossier, was, now)
    dossier.links = links
    return Graft(before, list(now.items()))


def _folded(dossier: Dossier, facts: Iterable[Known], links: Links) -> Dossier:
    fresh = Dossier(dossier.customer, dossier.rules, links)
    for known in sorted(facts, key=place_of):
        apply(fresh, known)
    fresh.untouch()
    return fresh


def _stands(dossier: Dossier, was: Dossier) -> bool:
    """Return whether the chosen facts make by themselves what all of them together made."""
    for part in _ITEMS:
        if not getattr(was, part).keys() <= getattr(dossier, part).keys():
            return False
    if was.chase is not None and (dossier.chase is None or dossier.chase.known is not was.chase.known):
        return False
    return all(_alike(dossier.promises[name], one) for name, one in was.promises.items()) and all(
        _used_alike(dossier, was, name) for name in was.evidence
    )


def _alike(one: Promise, other: Promise) -> bool:
    return (
        one.made is other.made
        and one.done_by == other.done_by
        and one.ended_by == other.ended_by
        and one.due == other.due
        and one.plan_by == other.plan_by
        and len(one.uses) == len(other.uses)
        and len(one.children) == len(other.children)
        and len(one.pairs) == len(other.pairs)
    )


def _used_alike(dossier: Dossier, was: Dossier, name: str) -> bool:
    one, other = dossier.evidence[name], was.evidence[name]
    return (
        one.found == other.found and one.candidates == other.candidates and len(one.uses) == len(other.uses)
    )


def _like(dossier: Dossier, was: Dossier, now: Dossier) -> Iterator[Item]:
    """Yield the items of the dossier that `was` has as well, and what `now` has instead of them."""
    for name in was.promises:
        promise = dossier.promises[name]
        yield promise
        yield from (pair for pair in promise.pairs if pair.first is promise)
    yield from (dossier.evidence[name] for name in was.evidence)
    yield from (dossier.doubts[name] for name in was.doubts)
    yield from (dossier.invoices[name] for name in was.invoices)
    yield from (dossier.chances[name] for name in was.chances)
    if dossier.chase is not None and now.chase is not None:
        yield dossier.chase
    if dossier.score is not None and was.score is not None:
        yield dossier.score


def _cut(dossier: Dossier, was: Dossier) -> None:
    for promise_id in was.promises:
        dossier.open.strike(dossier.promises[promise_id])
    for part in _BY_NAME:
        mine = getattr(dossier, part)
        for name in mine and getattr(was, part):
            mine.pop(name, None)
    for part in _BY_ORDER:
        if mine := getattr(dossier, part):
            mine.difference_update(getattr(was, part))
    dossier.priced = priced = own(dossier.priced)
    for sku in was.priced:
        priced[sku] = [one for one in priced[sku] if one.id not in was.promises]


def _put(dossier: Dossier, was: Dossier, now: Dossier) -> None:
    for part in (*_BY_NAME, *_BY_ORDER):
        if mine := getattr(dossier, part):
            mine.update(getattr(now, part))
        else:
            setattr(dossier, part, getattr(now, part))
    dossier.loose |= now.loose
    dossier.handed_off |= now.handed_off
    for promise in now.open.all():
        dossier.open.enlist(promise)
    dossier.priced = mine = own(dossier.priced)
    for sku, priced in now.priced.items():
        mine.setdefault(sku, []).extend(priced)
        mine[sku].sort(key=_by_making)  # of two prices of an article the first promised is named
    if was.score is not None or now.score is not None:
        dossier.score = now.score
    if now.chase is not None:
        dossier.chase = now.chase
    elif dossier.chase is not None:
        _point_anew(dossier, dossier.chase)


def _by_making(promise: Promise) -> tuple[int, int, int, str]:
    return place_of(promise.made)


def _point_anew(dossier: Dossier, chase: Chase) -> None:
    """Let a chase that stays be about the promises that took the place of others."""
    chase.about = tuple([dossier.promises.get(one.id, one) for one in chase.about])
    for promise in chase.about:
        promise.chased = True


def _remember_calls(dossier: Dossier, counting: Counting, changed: Iterable[Known]) -> None:
    """Note when the customer last called, if that is not as it was."""
    if not any(_is_call(known) for known in changed):
        return
    policy = dossier.rules.policy
    calls = [known for known in counting.all() if _is_call(known) and doubt_of(known, policy) is None]
    calls.sort(key=place_of)
    dossier.inbound = tuple([known.time for known in calls[-policy.chasing_contacts :]])


def _is_call(known: Known) -> bool:
    return isinstance(known.said, Contact) and known.said.direction is IN
