"""One customer before the judge: `learn`, `judge`, `next_look` (ARCHITECTURE, The judge).

Logical time: before a fact published at T is learned, everything that time brought about up to T is decided
with its own instant; then the fact, at T. A fact is one small step; when it is about other facts, or others
that came after it in the world feel it (see `bearing`), all are folded again, and what differs is said.
The state is a function of the facts and of the clock (the latest instant looked at), so only those are kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from klantbus.domain.counting import Change, Counting
from klantbus.domain.decisions import Decision
from klantbus.domain.dossier import Dossier
from klantbus.domain.empties import NOTHING_YET, own
from klantbus.domain.events import Fact
from klantbus.domain.fold import apply, fold
from klantbus.domain.grafting import graft
from klantbus.domain.item import NEVER, Item
from klantbus.domain.items import claim, identity
from klantbus.domain.lateness import lateness
from klantbus.domain.mending import META, came_first, mend, repeat_key, target_of
from klantbus.domain.noting import noted
from klantbus.domain.places import BEFORE, Places
from klantbus.domain.promise import Promise
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known, place_of
from klantbus.domain.saying import edges_of, verdict_gone
from klantbus.domain.settling import settle, settle_alone

NOTHING: Final = 0
STEP: Final = 1
CHANGE: Final = 2
ALL: Final = 3
"""What a new fact means: nothing, a small step, that others count otherwise, or that all are folded again."""


class Customer:
    """The facts of one customer (or of several that were merged), and what was last said of them.

    `key` is the number that alerts about the customer as a whole carry. Mutable: `learn` and `judge` return
    what is new to say, once.
    """

    __slots__ = (
        "_gone",
        "clock",
        "counting",
        "dossier",
        "facts",
        "figures",
        "forgotten",
        "heard",
        "key",
        "places",
        "refs",
        "rules",
    )

    def __init__(self, key: str, rules: Rules) -> None:
        self.key = key
        self.rules = rules
        self.facts: dict[str, Known] = {}
        self.refs: Mapping[tuple[str, str, str], tuple[int, str]] = NOTHING_YET
        self.counting: Counting | None = None
        self.clock = BEFORE[0]
        self.figures: dict[str, int] = {}
        self.forgotten = self.heard = BEFORE[0]
        self.places = Places()
        self.dossier = Dossier(key, rules)
        self._gone: Sequence[Item] = ()

    def judge_by(self, rules: Rules) -> None:
        """Judge by `rules` from now on: a calendar has a new version. What was promised keeps its D."""
        self.rules = self.dossier.rules = rules

    # -- time

    def judge(self, now: int) -> list[Decision]:
        """Decide all that time brought about up to `now` (µs, inclusive), each with its own instant."""
        out: list[Decision] = []
        self._advance(now, out)
        return out

    def next_look(self) -> int | None:
        """Return the next instant at which time alone changes something, or None."""
        return self.dossier.looks.first()

    def _advance(self, now: int, out: list[Decision]) -> None:
        looks = self.dossier.looks
        while looks.none_before <= now and (item := looks.due(now)) is not None:
            settle(self.dossier, item, item.said_look, None, out)
        self.clock = max(self.clock, now)

    # -- facts

    def learn(self, fact: Fact, published: int) -> list[Decision]:
        """Learn a fact that the log got at `published` (µs), after all that time brought about before it."""
        return self._learn(noted(fact, published))

    def learn_all(self, told: Sequence[Known]) -> list[Decision]:
        """Learn facts that the log got at one instant, together: what follows has the first as its cause.

        One that came before changes nothing (RULES 6, Duplicates).
        """
        new = [known for known in told if not self._has(known)]
        if len(new) <= 1:
            return self._learn(new[0]) if new else []
        new.sort(key=place_of)
        out: list[Decision] = []
        self._advance(new[0].published, out)
        folded = True
        for known in new:
            if not self._has(known):  # else twice at one instant
                how = self._note(known, out)
                folded = folded and self._take(how, known)
        if not folded:
            self._fold_again(new[0].id, out)
        self._settle_touched(new[0].id, out)
        return out

    def _learn(self, known: Known) -> list[Decision]:
        """As `learn_all`, of one fact."""
        out: list[Decision] = []
        if self._has(known):
            return out
        self._advance(known.published, out)
        if not self._take(self._note(known, out), known):
            self._fold_again(known.id, out)
        self._settle_touched(known.id, out)
        return out

    def _settle_touched(self, cause: str, out: list[Decision]) -> None:
        """Say what facts changed."""
        if self._gone:
            self.let_go(self._gone, cause, out)
            self._gone = ()
        if self.dossier.touched:
            for item in self.dossier.touched:
                settle(self.dossier, item, self.clock, cause, out)
            self.dossier.untouch()

    def _has(self, known: Known) -> bool:
        before = self.facts.get(known.id)
        if before is not None and came_first(before, known):
            return True
        return min(known.published, known.time) < self.forgotten  # it was let go, or can change nothing

    def _note(self, known: Known, out: list[Decision]) -> int:
        """Note a new fact. Return what it means for the dossier."""
        facts, before = self.facts, len(self.facts)
        facts[known.id] = known
        if known.subject == self.key:
            known.subject = self.key  # one text instead of one a fact
        self.heard = max(self.heard, known.published)
        first = known.ref is None or self._is_first(known)
        if len(facts) == before:
            return ALL
        if first is None:
            return CHANGE
        if not first:
            self._count().otherwise[known.id] = None
            return NOTHING
        if known.published - known.time > self.rules.policy.late_publication:
            late = lateness(known, self.rules, self.key)
            out += (late,) if late is not None else ()
        return CHANGE if self._changes_what_was(known) else STEP

    def _is_first(self, known: Known) -> bool | None:
        """Return whether no fact with its second key came before it; None when one came after it."""
        came, key = (known.published, known.id), repeat_key(known)
        if key is None:
            return True
        self.refs = refs = own(self.refs)
        first = refs.setdefault(key, came)
        refs[key] = min(first, came)
        return None if first > came else first == came

    def _take(self, how: int, known: Known) -> bool:
        """Let a noted fact change the dossier; return False when all must be folded again for it."""
        if how == STEP:
            return self._step(known)
        if how == CHANGE:
            change = self._count().change(known, self.dossier.links)
            return change is not None and self._graft(change)
        return how == NOTHING

    def _step(self, known: Known) -> bool:
        """Apply a fact; fold its neighbours as well when one that was applied comes after it and feels it."""
        if self.places.take(self.dossier, known):
            apply(self.dossier, known)
            return True
        return self._graft(Change([], [known]))

    def _graft(self, change: Change) -> bool:
        changed = graft(self.dossier, self.places, self._count(), change)
        if changed is None:
            return False
        pool = {identity(item): item for item in (*self._gone, *changed.was)}
        claim(pool, changed.now)
        self._gone = tuple(pool.values())
        self.dossier.leave(changed.was)
        for item in changed.was:
            self.dossier.looks.note(item, NEVER)
        for item in changed.now:
            self.dossier.touch(item)
        return True

    def _count(self) -> Counting:
        """Return what counts of the facts. Of most customers all do, and nothing is written down."""
        if self.counting is None:
            self.counting = Counting(self.facts)
        return self.counting

    def _changes_what_was(self, known: Known) -> bool:
        """Return whether a fact is about one that was folded, or is one that others were about already."""
        if known.type not in META:
            return self.counting is not None and known.id in self.counting.about
        counting = self._count()
        counting.note_target(known)
        return known.id in counting.about or target_of(known) in self.facts

    def _fold_again(self, cause: str | None, out: list[Decision]) -> None:
        """Fold all facts again, and say what differs from what was said."""
        before = [*self._gone, *self.dossier.items()]
        self._gone = ()
        self.fold()
        self.take_over(before, cause, out)

    def fold(self, empty: Dossier | None = None) -> None:
        """Make the dossier from the facts, of an `empty` one if there is; nothing of it has been said."""
        mending = mend(list(self.facts.values()))
        self.dossier = fold(self.key, self.rules, mending, empty)
        self.places = Places(mending.facts)
        facts = self.facts.values()
        self.counting = None
        if mending.changed:
            counting = Counting(self.facts)
            counting.note(mending)
            self.counting = counting if counting.otherwise or counting.about else None
        self.heard = max((fact.published for fact in facts), default=self.heard)
        self.refs = NOTHING_YET
        for fact in facts:
            if fact.ref is not None:
                self._is_first(fact)

    def keep_only(self, rest: "Customer", figures: dict[str, int], forgotten: int) -> None:
        """Go on with the facts of `rest`, which say the same; see `forgetting`."""
        self.facts, self.dossier = rest.facts, rest.dossier
        self.places, self.counting, self.refs = rest.places, rest.counting, rest.refs
        self.figures, self.forgotten = figures, forgotten

    def take_over(self, before: Iterable[Item], cause: str | None, out: list[Decision]) -> None:
        """Say what differs from what was said of the items `before`."""
        pool = {identity(item): item for item in before}
        claim(pool, self.dossier.items())
        self.let_go(pool.values(), cause, out)
        self.say_all(cause, out)

    def let_go(self, items: Iterable[Item], cause: str | None, out: list[Decision]) -> None:
        """Say of items that are here no longer that what was said of them is over."""
        for item in items:
            self._drop(item, cause, out)

    def say_all(self, cause: str | None, out: list[Decision]) -> None:
        """Say of every item what is new."""
        for item in self.dossier.items():
            settle_alone(self.dossier, item, self.clock, cause, out)

    # -- saying

    def _drop(self, item: Item, cause: str | None, out: list[Decision]) -> None:
        """Say that something is no longer there: its fact was taken back or is another customer's."""
        if isinstance(item, Promise) and item.said_state is not None:
            out.append(verdict_gone(item, self.key, self.clock, cause))
        out += edges_of(self.dossier, item, (), self.clock, cause)
