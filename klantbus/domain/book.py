"""A whole company before the judge, in memory: every customer, the departments, who is merged with whom.

Scenarios, explanations and tests use it; in the streams the partitions take its place.
"""

from collections.abc import Iterable

from klantbus.domain import forgetting
from klantbus.domain.calendar_moves import moved_by
from klantbus.domain.calendar_versions import BEARING, Versions
from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Decision
from klantbus.domain.departments import Departments
from klantbus.domain.events import Fact, PromiseState
from klantbus.domain.grouping import MERGES, regroup, roots
from klantbus.domain.lateness import lateness
from klantbus.domain.mending import META
from klantbus.domain.noting import noted
from klantbus.domain.promise import Promise
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known


class Book:
    """Learns facts in any order and says what follows. Mutable; every decision is returned once.

    `moves` are the facts by which calendars moved promises, and when (µs) that was learned.
    """

    def __init__(self, rules: Rules, watched: Iterable[str] = ()) -> None:
        self.rules = rules
        self.departments = Departments(watched, rules)
        self.customers: dict[str, Customer] = {}
        self.moves: list[tuple[Fact, int]] = []
        self._versions = Versions(rules)
        self._roots: dict[str, str] = {}
        self._bearing: dict[str, Known] = {}
        self._signs: set[str] = set()

    def learn(self, fact: Fact, published: int) -> list[Decision]:
        """Learn a fact that the log got at `published` (µs); return what is new to say."""
        return self.learn_all((fact,), published)

    def learn_all(self, facts: Iterable[Fact], published: int) -> list[Decision]:
        """Learn facts that the log got at one instant, those of a customer together, as the streams do.

        Who is who, and which calendars hold, changes just after them.
        """
        pairs = [(fact, noted(fact, published)) for fact in facts]
        out: list[Decision] = []
        told: dict[str, list[Known]] = {}
        for fact, known in pairs:
            ours = fact.data.about == "customer"
            if not ours or known.id not in self._customer(known.subject).facts:
                out += self._heard(known)
            if ours:
                told.setdefault(self._customer(known.subject).key, []).append(known)
        for key, theirs in told.items():
            out += forgetting.learn(self.customers[key], theirs)
        for fact, known in pairs:
            if known.type in MERGES or known.type in META:
                self._bearing.setdefault(known.id, known)
                out += self._regroup(known)
            if known.type in BEARING:
                out += self._adopt(fact, published)
        return out

    def judge(self, now: int) -> list[Decision]:
        """Decide all that time brought about up to `now` (µs), in order of time."""
        out: list[Decision] = [*self.departments.judge(now)]
        for customer in self.customers.values():
            out.extend(customer.judge(now))
        return sorted(out, key=_at)

    def next_look(self) -> int | None:
        """Return the next instant at which time alone changes something, or None."""
        looks = [customer.next_look() for customer in self.customers.values()]
        return min(
            (look for look in (*looks, self.departments.next_look()) if look is not None), default=None
        )

    def promise(self, promise_id: str) -> Promise | None:
        """Return a promise by its number, or None when nobody knows it (any more)."""
        for customer in self.customers.values():
            if promise_id in customer.dossier.promises:
                return customer.dossier.promises[promise_id]
        return None

    def state(self, promise_id: str) -> PromiseState:
        """Return the state of a promise as last judged; gone when nobody knows it."""
        promise = self.promise(promise_id)
        return PromiseState.GONE if promise is None else promise.said_state or PromiseState.GONE

    def _customer(self, subject: str) -> Customer:
        key = self._roots.get(subject, subject)
        if key not in self.customers:
            self.customers[key] = Customer(key, self.rules)
        return self.customers[key]

    def _heard(self, known: Known) -> list[Decision]:
        if known.id in self._signs:
            return []
        if known.type == "department.heartbeat":
            self._signs.add(known.id)
        said = self.departments.learn(known.department, known.published, known.id)
        late = lateness(known, self.rules, "") if known.type == "department.heartbeat" else None
        return [*said, late] if late is not None else [*said]

    def _adopt(self, fact: Fact, published: int) -> list[Decision]:
        """Judge by other calendars, and learn which open promises they move (RULES 6, N12)."""
        if not self._versions.hear(fact, published, published):
            return []
        self.rules = self._versions.rules
        self.departments.judge_by(self.rules)
        out: list[Decision] = []
        for customer in list(self.customers.values()):
            customer.judge_by(self.rules)
            out += customer.judge(published)
            moves = moved_by(self._versions, customer, published)
            self.moves += [(move, published) for move in moves]
            out += forgetting.learn(customer, [noted(move, published) for move in moves]) if moves else []
        return out

    def _regroup(self, cause: Known) -> list[Decision]:
        """Deal facts anew when a merge, its undoing or a correction of either changed who is who."""
        before, after = self._roots, roots(list(self._bearing.values()), self.rules.policy)
        if before == after:
            return []
        self._roots = after
        names = [name for name in {*before, *after} if before.get(name, name) != after.get(name, name)]
        keys = dict.fromkeys(
            key for name in sorted(names) for key in (before.get(name, name), after.get(name, name))
        )
        return self._deal([self.customers.pop(key) for key in keys if key in self.customers], cause)

    def _deal(self, old: list[Customer], cause: Known) -> list[Decision]:
        at = max([cause.published, *(customer.clock for customer in old)])
        out = [decision for customer in old for decision in customer.judge(at)]
        groups: dict[str, list[Known]] = {}
        for customer in old:
            for known in customer.facts.values():
                groups.setdefault(self._roots.get(known.subject, known.subject), []).append(known)
        after, said = regroup(old, groups, self.rules, at, cause.id)
        self.customers.update({customer.key: customer for customer in after})
        return [*out, *said]


def _at(decision: Decision) -> int:
    return decision.at
