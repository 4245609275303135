"""One customer before the judge: `learn`, `judge`, `next_look` (ARCHITECTURE, The judge).

Logical time: before a fact published at T is learned, everything that time brought about up to T is decided
with its own instant; then the fact, at T. In the order of the world a fact is one small step; out of order,
or about other facts, all facts of the customer are folded again, and what differs is said.

The state is a function of the facts and of the clock (the latest instant looked at), so only those are kept.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from klantbus.domain.attention import item_alerts, item_look, promise_alerts
from klantbus.domain.decisions import Decision
from klantbus.domain.dossier import Dossier
from klantbus.domain.events import Fact
from klantbus.domain.flags import flags_at
from klantbus.domain.fold import apply, fold
from klantbus.domain.items import Item
from klantbus.domain.lateness import lateness
from klantbus.domain.mending import META, mend, repeat_key, target_of
from klantbus.domain.noting import noted
from klantbus.domain.promise import Promise, state_at
from klantbus.domain.promise import next_look as promise_look
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known
from klantbus.domain.saying import edges_of, verdict_gone, verdict_on
from klantbus.domain.why import sight, why_state

BEFORE = (-(2**63), 0, 0, "")
"""Before every fact."""


class Customer:
    """The facts of one customer (or of several that were merged), and what was last said of them.

    `key` is the number that alerts about the customer as a whole carry. Mutable: `learn` and `judge` return
    what is new to say, once.
    """

    __slots__ = (
        "_looks",
        "_order",
        "clock",
        "dossier",
        "facts",
        "figures",
        "forgotten",
        "key",
        "last",
        "refs",
        "rules",
        "targets",
    )

    def __init__(self, key: str, rules: Rules) -> None:
        self.key = key
        self.rules = rules
        self.facts: dict[str, Known] = {}
        self.refs: set[tuple[str, str, str]] = set()
        self.targets: set[str] = set()
        self.clock = BEFORE[0]
        self.figures: dict[str, int] = {}
        self.forgotten = BEFORE[0]
        self.last: tuple[int, int, int, str] = BEFORE
        self.dossier = Dossier(key, rules, {})
        self._looks: list[tuple[int, int, Item]] = []
        self._order = count()

    # -- time

    def judge(self, now: int) -> list[Decision]:
        """Decide all that time brought about up to `now` (µs, inclusive), each with its own instant."""
        out: list[Decision] = []
        self._advance(now, out)
        return out

    def next_look(self) -> int | None:
        """Return the next instant at which time alone changes something, or None."""
        looks = self._looks
        while looks and looks[0][2].said_look != looks[0][0]:
            heappop(looks)
        return looks[0][0] if looks else None

    def _advance(self, now: int, out: list[Decision]) -> None:
        looks = self._looks
        while looks and looks[0][0] <= now:
            instant, _, item = heappop(looks)
            if item.said_look == instant:
                item.said_look = None
                self._settle(item, instant, None, out)
        self.clock = max(self.clock, now)

    # -- facts

    def learn(self, fact: Fact, published: int) -> list[Decision]:
        """Learn a fact that the log got at `published` (µs), after all that time brought about before it."""
        return self.learn_known(noted(fact, published))

    def learn_known(self, known: Known) -> list[Decision]:
        """Learn a fact already noted. One that came before changes nothing (RULES 6, Duplicates)."""
        before = self.facts.get(known.id)
        if known.published < self.forgotten or (before is not None and _came_first(before, known)):
            return []
        out: list[Decision] = []
        self._advance(known.published, out)
        self.facts[known.id] = known
        if before is None and not self._repeats(known):
            if known.published - known.time > self.rules.policy.late_publication:
                late = lateness(known, self.rules, self.key)
                out += [late] if late is not None else []
            self._take_in(known, out)
        else:
            self._fold_again(known.id, out)
        return out

    def _repeats(self, known: Known) -> bool:
        """Note the fact's second key; return whether another fact had it."""
        key = repeat_key(known) if known.ref is not None else None
        if key is None:
            return False
        if key in self.refs:
            return True
        self.refs.add(key)
        return False

    def _take_in(self, known: Known, out: list[Decision]) -> None:
        place = known[:4]
        if self._changes_what_was(known) or (place < self.last and known.type not in META):
            self._fold_again(known.id, out)
            return
        self.last = max(self.last, place)
        dossier = self.dossier
        apply(dossier, known)
        touched, dossier.touched = dossier.touched, {}
        for item in touched:
            self._settle(item, self.clock, known.id, out)

    def _changes_what_was(self, known: Known) -> bool:
        """Return whether a fact is about one that was folded, or is one that others were about already."""
        about = target_of(known) if known.type in META else None
        if about is not None:
            self.targets.add(about)
        return known.id in self.targets or (about is not None and about in self.facts)

    def _fold_again(self, cause: str | None, out: list[Decision]) -> None:
        """Fold all facts again, and say what differs from what was said."""
        before = list(self.dossier.items())
        self.fold()
        self.take_over(before, cause, out)

    def fold(self) -> None:
        """Make the dossier from the facts; nothing of it has been said yet."""
        mending = mend(list(self.facts.values()))
        self.dossier = fold(self.key, self.rules, mending)
        self._looks = []
        self.last = mending.facts[-1][:4] if mending.facts else BEFORE
        facts = self.facts.values()
        self.targets = {about for fact in facts if fact.type in META and (about := target_of(fact))}
        self.refs = {key for fact in facts if fact.ref is not None and (key := repeat_key(fact))}

    def keep_only(self, rest: "Customer", figures: dict[str, int], forgotten: int) -> None:
        """Go on with the facts of `rest`, which say the same; see `forgetting`."""
        self.facts, self.dossier, self._looks = rest.facts, rest.dossier, rest._looks  # noqa: SLF001  its own kind
        self.last, self.targets, self.refs = rest.last, rest.targets, rest.refs
        self._order = rest._order  # noqa: SLF001  its own kind
        self.figures, self.forgotten = figures, forgotten

    def take_over(self, before: Iterable[Item], cause: str | None, out: list[Decision]) -> None:
        """Say what differs from what was said of the items `before`."""
        pool = {identity(item): item for item in before}
        self.claim(pool)
        self.let_go(pool.values(), cause, out)
        self.say_all(cause, out)

    def claim(self, pool: dict[tuple[type, str], Item]) -> None:
        """Take from the pool what was last said of the items that are here now."""
        for item in self.dossier.items():
            old = pool.pop(identity(item), None)
            if old is not None:
                _remember(item, old)

    def let_go(self, items: Iterable[Item], cause: str | None, out: list[Decision]) -> None:
        """Say of items that are here no longer that what was said of them is over."""
        for item in items:
            self._drop(item, cause, out)

    def say_all(self, cause: str | None, out: list[Decision]) -> None:
        """Say of every item what is new."""
        for item in list(self.dossier.items()):
            self._settle_alone(item, self.clock, cause, out)

    # -- saying

    def _settle(self, item: Item, now: int, cause: str | None, out: list[Decision]) -> None:
        """Say what is new about an item at `now`, and about those that hang on it."""
        if not isinstance(item, Promise):
            self._settle_alone(item, now, cause, out)
            return
        before = item.said_state
        self._settle_promise(item, now, cause, out)
        if item.pairs and (cause is not None or item.said_state is not before):
            for pair in item.pairs:
                self._settle_alone(pair, now, cause, out)
                self._settle_promise(pair.other(item), now, cause, out)
        if item.said_state is not before and (item.said.parent is not None or self.dossier.chase is not None):
            self._settle_dependants(item, now, cause, out)

    def _settle_dependants(self, promise: Promise, now: int, cause: str | None, out: list[Decision]) -> None:
        """Look again at what hangs on a promise's state: what it is a hand-off of, and a chase."""
        dossier = self.dossier
        parent = dossier.promises.get(promise.said.parent) if promise.said.parent is not None else None
        if parent is not None:
            self._settle_promise(parent, now, cause, out)
        if dossier.chase is not None and promise in dossier.chase.about:
            self._settle_alone(dossier.chase, now, cause, out)

    def _settle_alone(self, item: Item, now: int, cause: str | None, out: list[Decision]) -> None:
        if isinstance(item, Promise):
            self._settle_promise(item, now, cause, out)
            return
        dossier = self.dossier
        alerts = item_alerts(dossier, item, now)
        if alerts != item.said_alerts:
            out += edges_of(dossier, item, alerts, now, cause)
        look = item_look(dossier, item, now)
        if look != item.said_look:
            self._watch(item, look)

    def _settle_promise(self, promise: Promise, now: int, cause: str | None, out: list[Decision]) -> None:
        state = state_at(promise, now)
        seen = promise.seen
        if seen is None or promise.pairs:
            seen = promise.seen = sight(promise, now)
        told = (state, flags_at(promise, state, now), why_state(promise, state, now), seen)
        if told != (promise.said_state, promise.said_flags, promise.said_why, promise.said_sight):
            out.append(verdict_on(promise, self.key, told, now, cause))
        alerts = promise_alerts(self.dossier, promise, state, now)
        if alerts != promise.said_alerts:
            out += edges_of(self.dossier, promise, alerts, now, cause, seen)
        look = promise_look(promise, now)
        if look != promise.said_look:
            self._watch(promise, look)

    def _watch(self, item: Item, look: int | None) -> None:
        item.said_look = look
        if look is not None:
            heappush(self._looks, (look, next(self._order), item))

    def _drop(self, item: Item, cause: str | None, out: list[Decision]) -> None:
        """Say that something is no longer there: its fact was taken back or is another customer's."""
        if isinstance(item, Promise) and item.said_state is not None:
            out.append(verdict_gone(item, self.key, self.clock, cause))
        out += edges_of(self.dossier, item, (), self.clock, cause)


def identity(item: Item) -> tuple[type, str]:
    """Return what makes an item the same after facts were folded again."""
    return (type(item), item.key)


def _remember(item: Item, old: Item) -> None:
    """Carry over what was last said."""
    item.said_alerts = old.said_alerts
    if isinstance(item, Promise) and isinstance(old, Promise):
        item.said_state, item.said_flags = old.said_state, old.said_flags
        item.said_why, item.said_sight = old.said_why, old.said_sight


def _came_first(before: Known, known: Known) -> bool:
    """Of two facts with one id the first published counts; at one instant any, but always the same."""
    if before.published != known.published:
        return before.published < known.published
    return before == known or repr(before) <= repr(known)
