"""What waits for evidence, found by what evidence can name: the kind of promise, its order, an article.

Lists and no dictionaries for orders and articles: nearly always there is one promise to each.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from klantbus.domain.empties import NOTHING_YET, own
from klantbus.domain.promise import Promise
from klantbus.domain.words import K

NOBODY: Final[Mapping[str, Promise]] = {}
_NONE: Final[tuple[Promise, ...]] = ()


class Waiting:
    """The promises that are not done and not ended; `count` is how many. Mutable."""

    __slots__ = ("_by_article", "_by_kind", "_by_order", "count")

    def __init__(self) -> None:
        self._by_kind: dict[str, dict[str, Promise]] = {}
        self._by_order: Mapping[str, list[Promise]] = NOTHING_YET
        self._by_article: Mapping[str, list[Promise]] = NOTHING_YET
        self.count = 0

    def enlist(self, promise: Promise) -> None:
        """Let evidence find the promise."""
        of_kind = self._by_kind.get(promise.word)
        if of_kind is None:
            self._by_kind[promise.word] = {promise.id: promise}
        elif promise.id in of_kind:
            return
        else:
            of_kind[promise.id] = promise
        self.count += 1
        order = promise.said.order
        if order is not None:
            self._by_order = orders = own(self._by_order)
            _add(orders, order, promise)
        for sku in _articles(promise):
            self._by_article = articles = own(self._by_article)
            _add(articles, sku, promise)

    def strike(self, promise: Promise) -> None:
        """Let evidence find the promise no more."""
        of_kind = self._by_kind.get(promise.word)
        if of_kind is None or of_kind.pop(promise.id, None) is None:
            return
        self.count -= 1
        if not of_kind:
            del self._by_kind[promise.word]
        order = promise.said.order
        if order is not None:
            _drop(own(self._by_order), order, promise)
        for sku in _articles(promise):
            _drop(own(self._by_article), sku, promise)

    def of_kind(self, word: str) -> Mapping[str, Promise]:
        """Return the promises of a kind, by id."""
        return self._by_kind.get(word, NOBODY)

    def of_order(self, word: str, order: str) -> list[Promise]:
        """Return the promises of a kind and an order."""
        return [one for one in self._by_order.get(order, _NONE) if one.word == word]

    def of_article(self, sku: str) -> Iterable[Promise]:
        """Return the promises to deliver an article."""
        return self._by_article.get(sku, _NONE)

    def all(self) -> list[Promise]:
        """Return every promise that waits."""
        return [promise for of_kind in self._by_kind.values() for promise in of_kind.values()]


def _articles(promise: Promise) -> Iterable[str]:
    if promise.kind is not K.DELIVERY:
        return ()
    wants = promise.wants
    if len(wants) == 1:
        return (wants[0].sku,) if wants[0].sku else ()
    return dict.fromkeys([want.sku for want in wants if want.sku])


def _add(found: dict[str, list[Promise]], name: str, promise: Promise) -> None:
    there = found.get(name)
    if there is None:
        found[name] = [promise]
    else:
        there.append(promise)


def _drop(found: dict[str, list[Promise]], name: str, promise: Promise) -> None:
    there = found[name]
    if len(there) == 1:
        del found[name]
    else:
        there.remove(promise)
