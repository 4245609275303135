"""Which facts must be folded again with one that changed: those that feel it, or feel what it changes.

Facts that name one order, promise, delivery, invoice or chance belong together, and so do evidence and what
it was used or held for. Where promises without an order let evidence of any order feel each other, those are
added that were not over when the changed fact happened, and all that happened since: what was over by then
stands as it is. How long a customer's history is does not matter.
"""

from collections.abc import Iterable

from klantbus.domain.bearing import subjects_of
from klantbus.domain.counting import Change, Counting
from klantbus.domain.dossier import NOBODY_LINKED, Dossier
from klantbus.domain.doubts import doubt_of
from klantbus.domain.money import signature
from klantbus.domain.names import names_of
from klantbus.domain.places import Places
from klantbus.domain.promise import Promise
from klantbus.domain.reports import Contact, Delivered, Invoiced, Paid, Scored
from klantbus.domain.said import Known, place_of
from klantbus.domain.words import IN, K


def neighbours(
    dossier: Dossier, places: Places, counting: Counting, change: Change, since: int | None
) -> list[Known] | None:
    """Return the facts beside those of `change` that must be folded with them; None when that is unknown.

    `since` None looks no further than what facts name; else it is when the first fact of the change happened
    (µs), and all that was not over by then comes along.
    """
    search = _Search(dossier, places, counting, change)
    if since is None:
        return search.found_all() if search.alone() else None
    return search.found_all() if search.hear_since(since) else None


class _Search:
    """What was found so far. Mutable; used once."""

    __slots__ = (
        "_calls",
        "_counting",
        "_dossier",
        "_found",
        "_links",
        "_names",
        "_ours",
        "_places",
        "_since",
        "_todo",
    )

    def __init__(self, dossier: Dossier, places: Places, counting: Counting, change: Change) -> None:
        self._dossier = dossier
        self._places = places
        self._counting = counting
        self._ours = {known.id for known in (*change.was, *change.now)}
        self._todo = [*change.was, *change.now]
        self._found: dict[str, Known] = {}
        self._names: set[str] = set()
        self._links = change.links or NOBODY_LINKED
        self._since: int | None = None
        self._calls = 0

    def alone(self) -> bool:
        """Return whether no fact feels another but by what they name."""
        return all(self._places.apart(self._dossier, known) for known in self._todo)

    def hear_since(self, since: int) -> bool:
        """Let all come along that was not over at `since`; return False when that cannot be told."""
        self._since = since
        calls: list[Known] = []
        score: Known | None = None
        for known in self._counting.all():
            said = known.said
            if known.time >= since:
                self._hear(known)
            elif isinstance(said, Contact):
                if said.direction is IN:
                    calls.append(known)
            elif isinstance(said, Scored):
                if score is None or score.comes_before(known):
                    score = known
            elif isinstance(said, Delivered) and _of_anything(known, said):
                return False
        self._hear_last(calls, score)
        return self._meet_open(since)

    def _hear_last(self, calls: list[Known], score: Known | None) -> None:
        """Let those calls come along that the next one adds to, and the score that holds until the next."""
        policy = self._dossier.rules.policy
        calls.sort(key=place_of, reverse=True)
        for known in calls:
            if self._calls + 1 >= policy.chasing_contacts:
                break
            if doubt_of(known, policy) is None:
                self._calls += 1
                self._hear(known)
        if score is not None:
            self._hear(score)

    def _meet_open(self, since: int) -> bool:
        for promise in self._dossier.promises.values():
            if promise.said.prices and promise.said.order is None:
                if self._dossier.credits:
                    return False  # one that was credited may have kept it: nobody knows which any more
                self._meet(promise.id)
            elif _lives(promise, since):
                self._meet(promise.id)
        return True

    def found_all(self) -> list[Known] | None:
        """Return all that belongs to what was found so far; None when one fact may concern any other."""
        while self._todo:
            known = self._todo.pop()
            if not self._can_be_told(known):
                return None
            self._meet_all(names_of(known))
            self._meet_by_use(known)
        found = list(self._found.values())
        return None if self._heard_other_calls(found) else found

    def _heard_other_calls(self, found: list[Known]) -> bool:
        """Return whether older calls came along: they would count as if they had been the last."""
        since = self._since
        if since is None:
            return False
        return self._calls != sum(
            isinstance(known.said, Contact) and known.said.direction is IN and known.time < since
            for known in found
        )

    def _can_be_told(self, known: Known) -> bool:
        if known.type == "delivery.returned" or known.id in self._counting.refused:
            return False  # what a return undid is not written down, nor why else a refused one is doubted
        return self._since is not None or subjects_of(self._dossier, known) is not None

    def _meet_by_use(self, known: Known) -> None:
        """Follow what evidence was used or held for, and invoices to those that charge the same."""
        dossier, said = self._dossier, known.said
        evidence = dossier.evidence.get(known.id)
        if evidence is not None:
            self._meet_all([*[one.id for one, _ in evidence.uses], *evidence.candidates])
        self._meet_all(dossier.said_links(known.id))
        self._meet_all(self._links.get(known.id, ()))
        if isinstance(said, Invoiced):
            for twin in dossier.twins.get(signature(said), ()):
                self._hear(self._counting.get(twin.known.id))
            invoice = dossier.invoices.get(said.invoice_no)
            if invoice is not None and invoice.evidence is not None:
                self._meet_all([one.id for one, _ in invoice.evidence.uses])
        elif isinstance(said, Paid):
            self._meet_all([one.id for one in dossier.promises.values() if one.kind is K.PAYMENT])

    def _meet_all(self, names: Iterable[str | None]) -> None:
        for name in names:
            if name is not None:
                self._meet(name)

    def _meet(self, name: str) -> None:
        """Let all come along that names it; of a promise also what it was kept by, and its rivals."""
        if name in self._names:
            return
        self._names.add(name)
        for fact in self._counting.naming(name):
            self._hear(self._counting.get(fact))
        promise = self._dossier.promises.get(name)
        if promise is not None:
            for use in promise.uses:
                self._hear(self._counting.get(use.evidence))
            for pair in promise.pairs:
                self._meet(pair.other(promise).id)

    def _hear(self, known: Known | None) -> None:
        if known is not None and known.id not in self._found and known.id not in self._ours:
            self._found[known.id] = known
            self._todo.append(known)


def _lives(promise: Promise, since: int) -> bool:
    """Return whether a promise was not over at `since`."""
    if promise.done_at is not None and promise.done_at < since:
        return False
    return promise.ended_at is None or promise.ended_at >= since


def _of_anything(known: Known, said: Delivered) -> bool:
    """Return whether it may take back any delivery there was."""
    return known.type == "delivery.returned" and said.order is None
