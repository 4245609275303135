"""The judge of the domain as the streams ask for it: one customer's promises, alerts and their numbers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Final, NamedTuple

import orjson

from klantbus.bus.codec import note
from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Stored
from klantbus.bus.reading import note_all
from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Decision, Verdict
from klantbus.domain.forgetting import learn
from klantbus.domain.grouping import regroup
from klantbus.domain.micros import micros
from klantbus.domain.noting import noted
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known
from streams.judging import Heard
from streams.naming import named
from streams.telling import Ruling, Told

NEVER_RESOLVED = frozenset({"info.late_publication"})
RULES_READ = "3"
"""Raise it when the rules of the domain are read otherwise: every state is rebuilt then."""
_ALERTS: Final = bytes.fromhex("0f7f4b43 8bb5 5d0a 9b0e 7a1a0a6d5c11")


@dataclass(slots=True)
class Case:
    """A customer before the judge, and since when (µs) each of its alerts stands raised."""

    customer: Customer
    raised: dict[str, int] = field(default_factory=dict)


class Cause(NamedTuple):
    """The fact that says who is who, and when it was published (µs)."""

    id: str
    at: int


class Regrouped(NamedTuple):
    """The cases as they are now, by number, and what was said because of it."""

    cases: dict[str, Case]
    rulings: list[Ruling]


class PromiseJudge:
    """Judges by `rules`. A state is the customer's facts, its clock, and what stands raised."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.version = f"{RULES_READ}-{_fingerprint(rules)}"

    def copy(self) -> "PromiseJudge":
        """Return a judge for one partition: its rules may come to differ by when it hears of calendars."""
        return PromiseJudge(self.rules)

    def fresh(self, customer: str) -> Case:
        """Return a customer of whom nothing is known."""
        return Case(Customer(customer, self.rules))

    def knows(self, state: Case, fact: Heard, published: int) -> bool:
        """Return whether the fact came before, or is too old to change anything."""
        customer = state.customer
        if customer.forgotten > 0:
            happened = fact.time if isinstance(fact, Known) else micros(fact.time)
            if min(published, happened) < customer.forgotten:
                return True
        known = customer.facts.get(fact.id)
        return known is not None and known.published <= published

    def size(self, state: Case) -> int:
        """Return how many facts are kept of the customer."""
        return len(state.customer.facts)

    def remembers(self, state: Case, fact: Heard) -> bool:
        """Return whether the fact was not let go."""
        return fact.id in state.customer.facts

    def forgotten(self, state: Case) -> int:
        """Return up to when (µs) facts were let go."""
        return state.customer.forgotten

    def read(self, records: Sequence[Stored]) -> Sequence[Heard | Unreadable]:
        """Return what is kept of each, or why that is nothing."""
        return note_all(records)

    def recall(self, value: bytes, published: int) -> Heard:
        """Return what is kept of a fact in the store."""
        return note(value, published)

    def learn(self, state: Case, facts: Sequence[Heard], published: int) -> Sequence[Ruling]:
        """Learn `facts`, after all that time brought about before them."""
        return rulings_of(state, learn(state.customer, [_known(fact, published) for fact in facts]))

    def judge(self, state: Case, until: int) -> Sequence[Ruling]:
        """Rule what time brings about up to `until`."""
        return rulings_of(state, state.customer.judge(until))

    def next_look(self, state: Case) -> int | None:
        """Return the next instant at which time alone changes something."""
        return state.customer.next_look()

    def pack(self, state: Case) -> bytes:
        """Return the clock, what stands raised and what was forgotten; the facts are kept one by one."""
        customer = state.customer
        return orjson.dumps([customer.clock, state.raised, customer.forgotten, customer.figures])

    def unpack(self, customer: str, data: bytes, facts: Sequence[tuple[Heard, int]]) -> Case:
        """Return the customer as it was: its facts folded, and all that was said of them counted as said."""
        clock, raised, forgotten, figures = orjson.loads(data)
        fresh = Customer(customer, self.rules)
        fresh.forgotten, fresh.figures = forgotten, figures
        return Case(restored(fresh, facts, clock), raised)

    def regroup(self, cases: Sequence[Case], groups: Mapping[str, str], at: int, cause: Cause) -> Regrouped:
        """Deal the facts of `cases` over the numbers of `groups` (by subject), because of `cause`.

        All are judged up to `at` (µs) first. What follows from the cause itself carries the cause's instant:
        that the partitions needed a moment to tell each other is nobody's business.
        """
        rulings = [ruling for case in cases for ruling in self.judge(case, at)]
        clock = max([at, *(case.customer.clock for case in cases)])
        dealt: dict[str, dict[str, Known]] = {}
        for case in cases:
            for known in case.customer.facts.values():
                group = groups.get(known.subject, known.subject)
                dealt.setdefault(group, {})[known.id] = known
        old = [case.customer for case in cases]
        facts = {group: theirs.values() for group, theirs in dealt.items()}
        after, said = regroup(old, facts, self.rules, clock, cause.id)
        raised = {name: since for case in cases for name, since in case.raised.items()}
        whole = Case(Customer("", self.rules), raised)
        rulings += rulings_of(whole, [_dated(decision, clock, cause.at) for decision in said])
        return Regrouped({new.key: Case(new, _standing(new, raised)) for new in after}, rulings)


def _dated(decision: Decision, clock: int, at: int) -> Decision:
    # What is so just after a whole second is said of that second, hence 1.
    return decision.dated(at) if clock - decision.at in {0, 1} else decision


def _standing(customer: Customer, raised: Mapping[str, int]) -> dict[str, int]:
    """Return since when the alerts of this customer stand raised."""
    ours = {f"{kind}|{item.key}" for item in customer.dossier.items() for kind in item.said_alerts}
    return {name: since for name, since in raised.items() if name in ours}


def _known(fact: Heard, published: int) -> Known:
    return fact if isinstance(fact, Known) else noted(fact, published)


def restored(customer: Customer, facts: Iterable[tuple[Heard, int]], clock: int) -> Customer:
    """Return `customer`, of whom nothing is known yet, with `facts`, as judged up to `clock`."""
    for fact, published in facts:
        known = customer.facts.get(fact.id)
        if known is None or published < known.published:
            customer.facts[fact.id] = _known(fact, published)
    customer.clock = clock
    customer.fold(customer.dossier)
    customer.say_all(None, [])
    return customer


def rulings_of(case: Case, decisions: Iterable[Decision]) -> list[Ruling]:
    """Return decisions as rulings; an alert has one number from when it is raised until it is resolved."""
    return [_ruling(case, decision) for decision in decisions]


def _ruling(case: Case, decision: Decision) -> Ruling:
    if isinstance(decision, Verdict):
        return decision
    fingerprint = f"{decision.kind}|{decision.key}"
    raised = decision.edge == "raised"
    if raised and decision.kind not in NEVER_RESOLVED:
        case.raised[fingerprint] = decision.at
    number = number_of(fingerprint, case.raised.get(fingerprint, decision.at))
    if not raised:
        case.raised.pop(fingerprint, None)
    stated = case.customer.facts.get(decision.event_id) if decision.event_id is not None else None
    return Told(decision, number, None if stated is None else stated.department)


def number_of(fingerprint: str, since: int) -> str:
    """Return the number of the alert that was raised at `since` (µs)."""
    return named(_ALERTS, fingerprint, "|", since)


def _fingerprint(rules: Rules) -> str:
    """Return what tells one set of rules from another: other rules, other states."""
    said = _canonical((rules.policy, rules.calendars))
    return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()


def _canonical(value: object) -> str:
    """Return equal values as equal texts, in whatever process: sets have no order of their own."""
    if is_dataclass(value) and not isinstance(value, type):
        return _canonical({part.name: getattr(value, part.name) for part in fields(value) if part.compare})
    if isinstance(value, Mapping):
        return _canonical({f"{_canonical(name)}={_canonical(part)}" for name, part in value.items()})
    if isinstance(value, frozenset | set):
        return f"<{','.join(sorted(map(_canonical, value)))}>"
    if isinstance(value, tuple | list):
        return f"[{','.join(map(_canonical, value))}]"
    return str(value)
