"""Worlds in which customer numbers are merged and un-merged, and what the domain's book says of them."""

from collections.abc import Callable
from pathlib import Path

from components.streams.simulated import CUSTOMERS, World

from klantbus.domain.book import Book
from klantbus.domain.events import CustomerMerged, CustomerUnmerged
from klantbus.domain.promise import Promise
from streams.promises import PromiseJudge

FEW = CUSTOMERS[:6]


class MergingWorld(World):
    """A world whose administration joins numbers and takes some back; `often`: the share of such facts."""

    def __init__(self, seed: int, folder: Path, judge: Callable[[], PromiseJudge], often: float) -> None:
        super().__init__(seed, folder, judge)
        self.often = often
        self.pairs: list[tuple[str, str]] = []

    def state_a_fact(self) -> None:
        if self.dice.random() >= self.often:
            super().state_a_fact()
            return
        if self.pairs and self.dice.random() < 0.5:
            origin, into = self.dice.choice(self.pairs)
            self._say(origin, CustomerUnmerged(from_=origin, into=into))
            return
        origin, into = self.dice.sample(FEW, 2)
        self.pairs.append((origin, into))
        self._say(origin, CustomerMerged(from_=origin, into=into))

    def unlike_the_book(self) -> list[str]:
        """Return the groups that the workers judge otherwise than the book, which knows all at once."""
        judge = self.judge()
        assert isinstance(judge, PromiseJudge)
        book, told = Book(judge.rules), [pair for pairs in self.facts().values() for pair in pairs]
        for record, fact in sorted(
            told, key=lambda p: (p[0].appended, p[0].partition, p[0].topic, p[0].offset)
        ):
            book.learn(fact, record.appended)
        book.judge(self.time)
        wanted = {key: (_said(customer), sorted(customer.facts)) for key, customer in book.customers.items()}
        found = {key: tuple(seen)[:2] for key, seen in self.found()[0].items()}
        return [
            key
            for key in sorted(wanted.keys() | found.keys())
            if wanted.get(key, ({}, [])) != found.get(key, ({}, []))
        ]


def _said(customer) -> dict[tuple[str, str], object]:
    said: dict[tuple[str, str], object] = {}
    for item in customer.dossier.items():
        state = (str(item.said_state), sorted(item.said_flags)) if isinstance(item, Promise) else ()
        said[type(item).__name__, item.key] = (sorted(item.said_alerts), state)
    return said
