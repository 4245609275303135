"""Folding facts into a dossier: which step each type of fact takes (RULES 3)."""

from collections.abc import Mapping
from typing import Final

from klantbus.domain import customers, matching, money, steps
from klantbus.domain.dossier import NOBODY_LINKED, Dossier, Step
from klantbus.domain.doubts import doubt_of
from klantbus.domain.mending import Mending
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known

_TABLES: Final[tuple[Mapping[str, Step], ...]] = (steps.STEPS, customers.STEPS, matching.STEPS, money.STEPS)

STEPS: Final[dict[str, tuple[Step, ...]]] = {
    kind: tuple(table[kind] for table in _TABLES if kind in table)
    for kind in dict.fromkeys(kind for table in _TABLES for kind in table)
}
"""For each type of fact that matters, what to do with it."""

_NO_STEPS: Final[tuple[Step, ...]] = ()


def apply(dossier: Dossier, known: Known) -> None:
    """Let a fact change the dossier. It must be the latest so far in the order of the world."""
    reason = doubt_of(known, dossier.rules.policy)
    if reason is not None:
        dossier.doubt(known, reason)
        return
    for step in STEPS.get(known.type, _NO_STEPS):
        step(dossier, known)
    if dossier.handed_off and dossier.open.of_kind("handoff"):
        matching.errand(dossier, known)
    if dossier.links and known.id in dossier.links and known.type not in matching.STEPS:
        matching.by_hand(dossier, known)
    evidence = dossier.evident
    if evidence is not None:
        dossier.evident = None
        if evidence.found != "matched":
            dossier.touch(evidence)


def fold(customer: str, rules: Rules, mending: Mending, empty: Dossier | None = None) -> Dossier:
    """Return the dossier of a customer that all these facts make: `empty`, where there is one."""
    dossier = Dossier(customer, rules) if empty is None else empty
    dossier.links = mending.links or NOBODY_LINKED
    for known in mending.facts:
        apply(dossier, known)
    for known in mending.refused:
        dossier.doubt(known, "correction")
    dossier.untouch()
    return dossier
