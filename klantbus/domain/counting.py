"""Which facts of a customer count, and as what: kept up to date fact by fact (RULES 6; see `mending`).

Most facts count as they were told. Only those that were corrected, taken back or told twice are written down
here, and only they and what is about them are looked at again when one more such fact comes.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from klantbus.domain.dossier import Links
from klantbus.domain.mending import META, Mending, mend, repeat_key, target_of
from klantbus.domain.names import names_of
from klantbus.domain.said import Known

_NONE: Final[list[str]] = []


class Change(NamedTuple):
    """Facts that count no longer, and those that count instead; `links` None are as they were."""

    was: list[Known]
    now: list[Known]
    links: Links | None = None


class Counting:
    """What counts of `facts`, which others add to. Mutable.

    `otherwise` holds what became of a fact that does not count as it was told, None when it counts for
    nothing; `about` for a fact's id the facts that are about it. `refused` are corrections that cannot be.
    """

    __slots__ = ("_named", "_names", "about", "facts", "otherwise", "refused")

    def __init__(self, facts: dict[str, Known]) -> None:
        self.facts = facts
        self.otherwise: dict[str, Known | None] = {}
        self.about: dict[str, list[str]] = {}
        self.refused: set[str] = set()
        self._names: dict[str, list[str]] = {}
        self._named = 0

    def note(self, mending: Mending) -> None:
        """Note what counts, when all facts were looked at."""
        self.refused = {known.id for known in mending.refused}
        if len(mending.facts) != len(self.facts):
            self.otherwise = dict.fromkeys(self.facts)
        for known in mending.facts:
            if self.facts[known.id] is not known:
                self.otherwise[known.id] = known
            else:
                self.otherwise.pop(known.id, None)
        for known in self.facts.values():
            self.note_target(known)

    def note_target(self, known: Known) -> None:
        """Note what a fact is about, if it is about another."""
        target = target_of(known) if known.type in META else None
        if target is not None:
            self.about.setdefault(target, []).append(known.id)

    def get(self, name: str) -> Known | None:
        """Return a fact as it counts, or None."""
        otherwise = self.otherwise
        return otherwise[name] if name in otherwise else self.facts.get(name)

    def all(self) -> Iterable[Known]:
        """Return every fact that counts, as it does."""
        otherwise = self.otherwise
        if not otherwise:
            return self.facts.values()
        rest = [known for name, known in self.facts.items() if name not in otherwise]
        return rest + [known for known in otherwise.values() if known is not None]

    def naming(self, name: str) -> list[str]:
        """Return the facts, by id, that name an order, a promise, a delivery, an invoice or a chance.

        Those that were told since this was last asked are noted first.
        """
        for known in islice(self.facts.values(), self._named, None):
            self._note_names(known)
            otherwise = self.otherwise.get(known.id)
            if otherwise is not None:
                self._note_names(otherwise)
        self._named = len(self.facts)
        return self._names.get(name, _NONE)

    def _note_names(self, known: Known) -> None:
        for name in names_of(known):
            if name is not None:
                self._names.setdefault(name, []).append(known.id)

    def change(self, new: Known, links: Links) -> Change | None:
        """Note what a new fact makes of others that it is about, or they of it; None when all must be asked.

        `links` are those of before.
        """
        concerned = self._concerned(new)
        mending = mend(list(concerned.values()))
        if mending.refused or not self.refused.isdisjoint(concerned):
            return None
        counts = {known.id: known for known in mending.facts}
        change = Change([], [], _relinked(links, concerned, mending.links))
        for name, told in concerned.items():
            before = None if told is new else self.get(name)
            now = counts.get(name)
            if before is not None and now is not None and _same(before, now):
                now = before
            if now is told:
                self.otherwise.pop(name, None)
            else:
                self.otherwise[name] = now
                if now is not None:
                    self._note_names(now)  # it may name others by now
            if now is not before or links.get(name) != mending.links.get(name):
                change.was.extend(() if before is None else (before,))
                change.now.extend(() if now is None else (now,))
        return change

    def _concerned(self, new: Known) -> dict[str, Known]:
        """Return the facts that decide together on what counts of them: targets, repeats and the like."""
        found: dict[str, Known] = {}
        names = [new.id]
        while names:
            name = names.pop()
            known = self.facts.get(name)
            if known is None or name in found:
                continue
            found[name] = known
            names += self.about.get(name, ())
            target = target_of(known)
            names += () if target is None else (target,)
            if known.ref is not None:
                key = repeat_key(known)
                names += [
                    one.id for one in self.facts.values() if one.ref == known.ref and repeat_key(one) == key
                ]
        return found


def _relinked(links: Links, concerned: Iterable[str], found: Links) -> Links | None:
    if not found and not any(name in links for name in concerned):
        return None
    left = {name: pairs for name, pairs in links.items() if name not in concerned}
    return {**left, **found}


def _same(one: Known, other: Known) -> bool:
    return one is other or one.in_words() == other.in_words()
