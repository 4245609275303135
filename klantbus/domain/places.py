"""Up to where facts were applied, subject by subject: whether a late one is a small step (see `bearing`)."""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from klantbus.domain.bearing import Subject, Subjects, subjects_of
from klantbus.domain.dossier import Dossier
from klantbus.domain.empties import NOTHING_YET, own
from klantbus.domain.mending import META
from klantbus.domain.said import Known, Place, place_of

BEFORE: Final[Place] = (-(2**61), 0, 0, "")
"""Before every fact."""
ANY: Final = "*"
NEAR: Final = 16
"""Among so many later facts a late one looks for those that feel it; among more it asks what was noted."""
_LASTING: Final = frozenset({"calls", "score"})
"""What is about a customer as a whole."""


class Places:
    """Up to where the facts about each subject were applied.

    The latest facts wait in order, and are noted by subject only when a fact comes that is older than most.
    """

    __slots__ = ("_again", "_everything", "_latest", "_noted", "_until", "_waiting")

    def __init__(self, facts: Iterable[Known] = ()) -> None:
        self._waiting = list(facts)
        self._until = self._waiting[-1].time if self._waiting else BEFORE[0]
        self._again: Sequence[Known] = ()
        self._latest: Mapping[Subject, Place] = NOTHING_YET
        self._everything = self._noted = BEFORE

    def take(self, dossier: Dossier, known: Known) -> bool:
        """Note a fact that is to be applied now; return False when all must be folded again for it."""
        waiting = self._waiting
        if known.time > self._until:
            self._until = known.time
            waiting.append(known)
            return True
        place = place_of(known)
        last = place_of(waiting[-1]) if waiting else self._noted
        if (place < last or self._again) and known.type not in META and not self._is_next(dossier, known):
            return False
        if place < self._noted:
            self._again = (*self._again, known)
        else:
            waiting.insert(bisect(waiting, place, key=place_of), known)
        return True

    def note(self, facts: Iterable[Known]) -> None:
        """Note facts that were applied out of their turn, or again: they may bear on more by now."""
        again = tuple(facts)
        self._again = (*self._again, *again)
        self._until = max([self._until, *[known.time for known in again]])

    def apart(self, dossier: Dossier, known: Known) -> bool:
        """Return whether facts feel each other by what they name only, and this one is about no customer."""
        subjects = subjects_of(dossier, known) if self._everything == BEFORE else None
        if subjects is None or any(name in _LASTING for name, _ in subjects):
            return False
        self._sort(dossier)
        return self._everything == BEFORE

    def _is_next(self, dossier: Dossier, known: Known) -> bool:
        """Return whether nothing that was applied comes after the fact and bears on the same."""
        place, subjects = place_of(known), subjects_of(dossier, known)
        if not subjects:
            return subjects is not None
        waiting = self._waiting
        first = bisect(waiting, place, key=place_of)
        if len(waiting) - first + len(self._again) <= NEAR and place >= self._noted:
            after = [*waiting[first:], *[one for one in self._again if place < place_of(one)]]
            return not any(_feel(subjects, subjects_of(dossier, one)) for one in after)
        self._sort(dossier)
        latest = self._latest
        return place >= self._everything and all(
            place >= latest.get(one, BEFORE) for subject in subjects for one in _felt_by(subject)
        )

    def _sort(self, dossier: Dossier) -> None:
        """Note what was applied by its subjects, as far as that was put off."""
        if not self._waiting and not self._again:
            return
        self._latest = latest = own(self._latest)
        for known in (*self._waiting, *self._again):
            place, subjects = place_of(known), subjects_of(dossier, known)
            self._noted = max(self._noted, place)
            if subjects is None:
                self._everything = max(self._everything, place)
                continue
            for name, article in subjects:
                for one in ((name, article), (name, ANY)):
                    latest[one] = max(latest.get(one, BEFORE), place)
        self._waiting.clear()
        self._again = ()


def _feel(ours: set[Subject], theirs: Subjects) -> bool:
    """Return whether two facts can feel each other, by what they bear on."""
    if theirs is None:
        return True
    return any(
        name == other and (article == too or not article or not too)
        for name, article in ours
        for other, too in theirs
    )


def _felt_by(subject: Subject) -> tuple[Subject, ...]:
    name, article = subject
    return (subject, (name, "")) if article else ((name, ANY),)
