"""What is left of facts after repeats, retractions and corrections (RULES 6), and what people linked.

The outcome depends on the set of facts alone, never on the order in which they came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from klantbus.domain.noting import mended
from klantbus.domain.said import Known, Link, Mended, place_of

META: Final = frozenset({"event.corrected", "event.retracted", "evidence.linked", "evidence.unlinked"})
"""Facts about facts: they change what was known, so the customer's facts are folded again."""


@dataclass(slots=True)
class Mending:
    """The facts that count, in the order of the world; links by people; corrections that cannot be.

    `changed` is whether there were any that might count otherwise than they were told.
    """

    facts: list[Known] = field(default_factory=list)
    changed: bool = True
    links: dict[str, dict[str, bool]] = field(default_factory=dict)
    refused: list[Known] = field(default_factory=list)


def mend(facts: Sequence[Known]) -> Mending:
    """Return what counts of `facts`, which hold every id once."""
    told = _without_repeats(facts)
    if len(told) == len(facts) and not any(known.type in META for known in facts):
        return Mending(sorted(told, key=place_of), changed=False)
    found = Mending()
    living = _living(told)
    corrections = _corrections(living)
    for known in living:
        if known.type == "event.corrected":
            found.facts.append(known)
            continue
        about = corrections.get(known.id)
        found.facts.append(known if about is None else _corrected(known, about, found.refused))
    found.facts.sort(key=place_of)
    for known in found.facts:
        if known.type in {"evidence.linked", "evidence.unlinked"}:
            said = cast("Link", known.said)
            pairs = found.links.setdefault(said.evidence_id, {})
            pairs[said.promise_id] = known.type == "evidence.linked"
    return found


def repeat_key(known: Known) -> tuple[str, str, str] | None:
    """Return the second key to know a repeat by: the natural key of one type of fact in one system."""
    return None if known.ref is None else (known.source, known.type, known.ref)


def came_first(before: Known, known: Known) -> bool:
    """Of two facts with one id the first published counts; at one instant any, but always the same."""
    if before.published != known.published:
        return before.published < known.published
    return before is known or before.in_words() <= known.in_words()


def target_of(known: Known) -> str | None:
    """Return the fact that a fact is about, if it corrects, retracts, links or unlinks one."""
    said = known.said
    if isinstance(said, Mended):
        return said.target
    return said.evidence_id if isinstance(said, Link) else None


def _without_repeats(facts: Sequence[Known]) -> list[Known]:
    first: dict[tuple[str, str, str], Known] = {}
    numbered = 0
    for known in facts:
        key = repeat_key(known)
        if key is not None:
            numbered += 1
            if key not in first or _came(known) < _came(first[key]):
                first[key] = known
    if len(first) == numbered:
        return list(facts)
    return [known for known in facts if (key := repeat_key(known)) is None or first[key] is known]


def _came(known: Known) -> tuple[int, str]:
    return (known.published, known.id)


def _living(facts: Sequence[Known]) -> list[Known]:
    """Leave out what its own department took back. A retraction can be taken back as well."""
    against: dict[str, list[Known]] = {}
    for fact in facts:
        if fact.type == "event.retracted":
            against.setdefault(cast("Mended", fact.said).target, []).append(fact)
    if not against:
        return list(facts)
    verdicts: dict[str, bool] = {}
    for fact in sorted(facts, key=place_of):
        _decide(fact, against, verdicts)
    return [fact for fact in facts if verdicts[fact.id]]


def _decide(fact: Known, against: dict[str, list[Known]], verdicts: dict[str, bool]) -> None:
    """Decide on a fact after the retractions of it; a ring of retractions counts as if it began here."""
    waiting = [fact]
    while waiting:
        last = waiting[-1]
        verdicts.setdefault(last.id, True)
        rivals = [one for one in against.get(last.id, ()) if one.department == last.department]
        unknown = next((one for one in rivals if one.id not in verdicts), None)
        if unknown is not None:
            waiting.append(unknown)
            continue
        verdicts[last.id] = not any(verdicts[one.id] for one in rivals)
        waiting.pop()


def _corrections(living: Iterable[Known]) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for known in sorted((one for one in living if one.type == "event.corrected"), key=place_of):
        found.setdefault(cast("Mended", known.said).target, []).append(known)
    return found


def _corrected(known: Known, corrections: Iterable[Known], refused: list[Known]) -> Known:
    """Apply corrections of its own department in order; one that breaks the contract is refused."""
    for correction in corrections:
        if correction.department != known.department:
            continue
        try:
            known = mended(known, cast("Mended", correction.said).changes)
            known = known.mended(known.time, known.said, max(known.told, correction.published))
        except ValueError:
            refused.append(correction)
    return known
