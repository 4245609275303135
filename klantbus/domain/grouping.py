"""Which customer numbers are one customer (RULES 6, Customer merge). Events keep their own number.

A merge or its undoing deals the facts of the customers concerned anew; what was said of them is carried over,
so that only what differs is said. Undoing a merge restores exactly what was before, for the state is a
function of the facts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Decision
from klantbus.domain.doubts import doubt_of
from klantbus.domain.item import Item
from klantbus.domain.items import claim, identity
from klantbus.domain.mending import mend
from klantbus.domain.places import BEFORE
from klantbus.domain.policy import Policy
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known, Merged

MERGES = frozenset({"customer.merged", "customer.unmerged"})


def roots(facts: Sequence[Known], policy: Policy) -> dict[str, str]:
    """Return for every number that is merged the number of its group, by merges, undoings and retractions."""
    pairs: dict[tuple[str, str], None] = {}
    for known in mend(facts).facts:
        if known.type in MERGES and doubt_of(known, policy) is None:
            said = cast("Merged", known.said)
            if known.type == "customer.merged":
                pairs[said.origin, said.into] = None
            else:
                pairs.pop((said.origin, said.into), None)
    return {name: root for group in _groups(pairs) for root in [_root(group, pairs)] for name in group}


def _groups(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    groups: list[set[str]] = []
    for pair in pairs:
        joined = set(pair).union(*(group for group in groups if not group.isdisjoint(pair)))
        groups = [group for group in groups if group.isdisjoint(pair)]
        groups.append(joined)
    return groups


def _root(group: set[str], pairs: Iterable[tuple[str, str]]) -> str:
    """Return the number that was never given up; in a ring the smallest."""
    given_up = {origin for origin, into in pairs if origin != into}
    return min(group - given_up or group)


def regroup(
    before: Sequence[Customer],
    groups: Mapping[str, Iterable[Known]],
    rules: Rules,
    at: int,
    cause: str | None,
) -> tuple[list[Customer], list[Decision]]:
    """Deal the facts of customers over new ones, `groups` by key, at the instant `at` (µs).

    Judge the old ones up to `at` first. Returns the new customers, and what is to be said.
    """
    pool: dict[tuple[type, str], Item] = {
        identity(item): item for customer in before for item in customer.dossier.items()
    }
    out: list[Decision] = []
    after = [_made(key, facts, rules, at) for key, facts in groups.items()]
    _carry_over(before, after)
    for customer in after:
        claim(pool, customer.dossier.items())
    if after:
        after[0].let_go(pool.values(), cause, out)
    for customer in after:
        customer.say_all(cause, out)
    return after, out


def _carry_over(before: Iterable[Customer], after: Iterable[Customer]) -> None:
    """Let what was forgotten go along: to whoever has the same number now, else to the first."""
    there = {customer.key: customer for customer in after}
    for customer in before:
        heir = there.get(customer.key) or next(iter(there.values()), None)
        if heir is not None and customer.figures:
            heir.figures = dict(Counter(heir.figures) + Counter(customer.figures))
    forgotten = max((customer.forgotten for customer in before), default=BEFORE[0])
    for customer in there.values():
        customer.forgotten = forgotten


def _made(key: str, facts: Iterable[Known], rules: Rules, at: int) -> Customer:
    customer = Customer(key, rules)
    customer.facts = {known.id: known for known in facts}
    customer.clock = at
    customer.fold()
    return customer
