"""The states of one partition in memory: those that were touched last, as many as there is room for.

A customer of years takes a hundred times what a new one takes, so room is counted in facts. What is let go is
read from the store when it is touched again: its facts are decoded and folded.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from streams.judging import Judge
from streams.store import BUFFER, MOST_BUFFERED, NEVER, Kept, Part

ROOM: Final = 300_000
"""Facts, and customers, that a worker keeps decoded, of all its partitions together."""


def room_in(megabytes: int) -> int:
    """Return how many facts and customers can be kept in so much memory; each takes some 2 kB."""
    return megabytes * 500


def buffer_for(room: int) -> int:
    """Return how many bytes the store may collect, where there is room for so many facts and customers."""
    return min(max(BUFFER, room * 50), MOST_BUFFERED)


class Held:
    """A customer's state in memory, the look that stands in the store for it, and how much room it takes."""

    __slots__ = ("look", "size", "state")

    def __init__(self, state: Any, look: int, size: int) -> None:  # noqa: ANN401  the judge's own
        self.state = state
        self.look = look
        self.size = size


class Memory:
    """The states in memory, the one that was touched last behind all others. `touched` are to be written.

    `room` is how many facts, and customers, are kept.
    """

    def __init__(self, part: Part, judge: Judge, room: int) -> None:
        self.touched: set[str] = set()
        self._part = part
        self._judge = judge
        self._room = room
        self._taken = 0
        self._held: dict[str, Held] = {}

    def of(self, customer: str) -> Held | None:
        """Return what is held of a customer, if it is here."""
        return self._held.get(customer)

    def fetch(self, customers: Collection[str]) -> None:
        """Have the states of `customers`, each named once, in memory."""
        missing: list[str] = []
        for customer in customers:
            held = self._held.pop(customer, None)
            if held is None:
                missing.append(customer)
            else:
                self._held[customer] = held
        if not missing:
            return
        units = [customer.encode() for customer in missing]
        kept = self._part.states(units)
        known = [unit for unit, one in zip(units, kept, strict=True) if one is not None]
        facts = dict(zip(known, self._part.facts_of(known), strict=True))
        for customer, unit, one in zip(missing, units, kept, strict=True):
            self._hold(customer, self.unpacked(customer, one, facts.get(unit, ())))
        if self._taken > self._room:
            self._make_room(frozenset(customers))

    def _hold(self, customer: str, held: Held) -> None:
        self._held[customer] = held
        self._taken += held.size

    def _make_room(self, present: Collection[str]) -> None:
        """Let a quarter go, of those that were not touched for longest: at once, which costs less."""
        excess = self._taken - self._room * 3 // 4
        held: dict[str, Held] = {}
        for customer, one in self._held.items():
            if excess > 0 and customer not in present and customer not in self.touched:
                excess -= one.size
                self._taken -= one.size
            else:
                held[customer] = one
        self._held = held

    def unpacked(self, customer: str, kept: Kept | None, facts: Sequence[tuple[int, bytes]]) -> Held:
        """Return a customer's state as it stands in the store."""
        if kept is None:
            return Held(self._judge.fresh(customer), NEVER, 1)
        told = [(self._judge.recall(value, published), published) for published, value in facts]
        return Held(self._judge.unpack(customer, kept.state, told), kept.look, len(facts) + 1)

    def touch(self, customer: str) -> Held:
        """Return the state of a customer that was fetched, to be changed and written."""
        self.touched.add(customer)
        return self._held[customer]

    def written(self) -> list[tuple[str, Held]]:
        """Return what was touched, to be written now."""
        found = [(customer, self._held[customer]) for customer in self.touched]
        self.touched.clear()
        for _, held in found:
            size = self._judge.size(held.state) + 1
            self._taken += size - held.size
            held.size = size
        return found

    def forget(self) -> None:
        """Let go of all that is not to be written: it is judged by other rules from now on."""
        self._held = {customer: self._held[customer] for customer in self.touched}
        self._taken = sum(held.size for held in self._held.values())
