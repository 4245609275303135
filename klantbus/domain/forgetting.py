"""What can no longer change is folded into figures, so that state stays small (ARCHITECTURE, The judge).

Once a month, when a customer is heard of: so what is remembered follows from the log, as all else does. A
customer of whom nothing is heard costs no more than it did.

A promise is let go when it is settled, nothing is open about it, and every fact that bears on it was told
before the horizon; with it go the facts that bear on nothing else. Safe by proof: the facts that stay are
folded, and only if they make exactly what was there are the others dropped.
"""

from collections import Counter
from collections.abc import Sequence

from klantbus.domain.customer import Customer
from klantbus.domain.decisions import Decision
from klantbus.domain.dossier import Dossier
from klantbus.domain.item import Item
from klantbus.domain.mending import target_of
from klantbus.domain.micros import DAY
from klantbus.domain.promise import Promise
from klantbus.domain.said import Known

MONTH = 30 * DAY


def learn(customer: Customer, told: Sequence[Known]) -> list[Decision]:
    """Learn facts of one instant; first let go, once a month, of what they can no longer change."""
    out: list[Decision] = []
    now = told[0].published
    if now // MONTH > customer.heard // MONTH and _is_old(customer, now - customer.rules.policy.horizon):
        out += customer.judge(now)
        forget(customer, now)
    return out + customer.learn_all(told)


def _is_old(customer: Customer, before: int) -> bool:
    return any(known.published < before for known in customer.facts.values())


def forget(customer: Customer, now: int) -> int:
    """Let go of what was settled a horizon before `now` (µs); return how many facts were dropped.

    Judge the customer up to `now` first. Nothing is said; `customer.figures` counts what went, and facts that
    happened before `customer.forgotten` are taken as repeats from now on.
    """
    before = now - customer.rules.policy.horizon
    old = {known.id for known in customer.facts.values() if known.published < before}
    dropped = _bearing_on_nothing_else(customer, old)
    if not dropped:
        return 0
    rest = Customer(customer.key, customer.rules)
    rest.facts = {name: known for name, known in customer.facts.items() if name not in dropped}
    rest.clock = customer.clock
    rest.fold()
    rest.say_all(None, [])
    gone = [one for one in customer.dossier.promises.values() if one.made.id in dropped]
    if _picture(rest, set()) != _picture(customer, {one.id for one in gone}):
        return 0
    figures = Counter(customer.figures) + Counter(map(figure, gone))
    customer.keep_only(rest, dict(figures), max(customer.forgotten, before))
    return len(dropped)


def figure(promise: Promise) -> str:
    """Return what a promise is counted as: kind, who made it, who had to do it, and how it ended."""
    return f"{promise.word}|{promise.said.made_by}|{promise.said.performer}|{promise.said_state}"


def _bearing_on_nothing_else(customer: Customer, old: set[str]) -> set[str]:
    """Return the old facts that bear on no promise that stays, no open alert and no customer's last word."""
    dossier = customer.dossier
    stays = {name for item in dossier.items() if item.said_alerts for name in _facts_of(item)}
    stays |= {known.id for item in (dossier.chase, dossier.score) if item and (known := item.known)}
    promises = {one.id for one in dossier.promises.values() if _must_stay(one, old)}
    while True:
        facts = customer.facts.values()
        kept = {known.id for known in facts if known.id not in old or known.id in stays}
        kept |= {known.id for known in facts if not names(dossier, known).isdisjoint(promises)}
        about = {(known.id, target) for known in facts if (target := target_of(known)) is not None}
        kept |= {name for name, target in about if target in kept}
        more = {name for known in facts if known.id in kept for name in names(dossier, known)} - promises
        targets = {target for name, target in about if name in kept} - stays
        if not more and not targets:
            return set(customer.facts) - kept - _recent_calls(customer)
        promises |= more
        stays |= targets


def _must_stay(promise: Promise, old: set[str]) -> bool:
    if not promise.settled or promise.said_alerts or promise.made.id not in old:
        return True
    return any(pair.said_alerts for pair in promise.pairs) or any(
        use.evidence not in old for use in promise.uses
    )


def _recent_calls(customer: Customer) -> set[str]:
    """Return the last calls: they may still add up to a chase."""
    first = customer.dossier.inbound[0] if customer.dossier.inbound else None
    calls = (known for known in customer.facts.values() if known.type == "contact.logged")
    return {known.id for known in calls if first is not None and known.time >= first}


def names(dossier: Dossier, known: Known) -> set[str]:
    """Return the promises that a fact bears on, as far as is known."""
    said = known.said
    found = {
        getattr(said, "promise_id", None),
        getattr(said, "parent", None),
        getattr(said, "supersedes", None),
    }
    found.update(getattr(said, "promise_ids", ()))
    target = target_of(known)
    if target is not None:
        evidence = dossier.evidence.get(target)
        found.update(promise.id for promise, _ in evidence.uses) if evidence else None
        found.update(one.id for one in dossier.promises.values() if one.made.id == target)
    evidence = dossier.evidence.get(known.id)
    if evidence is not None:
        found.update(promise.id for promise, _ in evidence.uses)
    order = getattr(said, "order", None)
    if order is not None:
        found.update(one.id for one in dossier.promises.values() if one.said.order == order)
    return {name for name in found if name is not None and name in dossier.promises}


def _facts_of(item: Item) -> list[str]:
    if isinstance(item, Promise):
        return [item.made.id]
    known = getattr(item, "known", None)
    return [known.id] if known is not None else []


def _picture(customer: Customer, without: set[str]) -> object:
    dossier = customer.dossier
    promises = [one for one in dossier.promises.values() if one.id not in without]
    return (
        {one.id: (one.said_state, one.said_flags, one.said_why, one.said_sight) for one in promises},
        sorted((kind, item.key) for item in dossier.items() for kind in item.said_alerts),
        customer.next_look(),
    )
