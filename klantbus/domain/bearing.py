"""What a fact bears on, so that one told late need not always mean folding all facts again.

Facts must be applied in the order of the world, but only as far as they can feel each other: the lines of
one order do not feel those of another. A late fact that nothing later bears on is a small step, like one in
order. So an import of years of orders, each late beside the one before, goes at the speed of a working day.

A *subject* is a pair: (order, article), or (order, "") for all of an order; other things are named alike.
When in doubt a fact bears on everything (None): then it costs time, never truth.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from klantbus.domain.dossier import Dossier
from klantbus.domain.said import (
    Chance,
    Contact,
    Credited,
    Delivered,
    Document,
    Ended,
    Invoiced,
    Known,
    Line,
    Made,
    Moved,
    Paid,
    Planned,
    Scored,
    Step,
)
from klantbus.domain.wants import NOTHING, article_of
from klantbus.domain.words import IN, K

Subject: TypeAlias = tuple[str, str]
Subjects: TypeAlias = set[Subject] | None


def subjects_of(dossier: Dossier, known: Known) -> Subjects:
    """Return what a fact bears on, by what is known now; None is everything."""
    if dossier.links or "handoff" in dossier.loose:
        return None
    find = _SUBJECTS.get(type(known.said))
    return set() if find is None else find(dossier, known, known.said)


def _all_of(*parts: Subjects) -> Subjects:
    found: set[Subject] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


def _of_order(
    dossier: Dossier, order: str | None, lines: Iterable[Line] = (), *, loose: tuple[str, ...] = ()
) -> Subjects:
    """Return articles of an order, or all of it; everything when promises without an order may be meant."""
    if order is None or not dossier.loose.isdisjoint(loose):
        return None
    found = set() if order in dossier.whole else {("o" + order, line.sku) for line in lines}
    return found or {("o" + order, "")}


def _of_promise(dossier: Dossier, said: Made) -> Subjects:
    if said.order is None or said.kind is K.PAYMENT:
        return None
    article = "" if said.order in dossier.whole else article_of(said)
    return {("o" + said.order, article)}


def _named(dossier: Dossier, *names: str | None) -> Subjects:
    """Return what promises are about that a fact names; of one nobody knows only its number."""
    found: list[Subjects] = []
    for name in names:
        if name is None:
            continue
        found.append({("p" + name, "")})
        promise = dossier.promises.get(name)
        if promise is not None:
            found.append(_of_promise(dossier, promise.said))
    return _all_of(*found)


# -- by what was said


def _made(dossier: Dossier, _: Known, said: Made) -> Subjects:
    return _all_of(_of_promise(dossier, said), _named(dossier, said.promise_id, said.parent, said.supersedes))


def _step(dossier: Dossier, _: Known, said: Step | Moved | Ended) -> Subjects:
    return _named(dossier, said.promise_id)


def _contact(dossier: Dossier, _: Known, said: Contact) -> Subjects:
    if said.direction is IN:
        enough = len(dossier.inbound) + 1 >= dossier.rules.policy.chasing_contacts
        return None if enough else _all_of({("calls", "")}, _maybe_of(said.order))
    if not said.reached:
        return _maybe_of(said.order)
    return _all_of(_of_order(dossier, said.order, loose=("callback",)), _named(dossier, *said.promise_ids))


def _maybe_of(order: str | None) -> Subjects:
    return set() if order is None else {("o" + order, "")}


def _planned(dossier: Dossier, _: Known, said: Planned) -> Subjects:
    return _all_of(
        _of_order(dossier, said.order), _named(dossier, *said.promise_ids), _delivery(said.delivery_id)
    )


def _delivery(number: str | None) -> Subjects:
    return set() if number is None else {("d" + number, "")}


def _delivered(dossier: Dossier, known: Known, said: Delivered) -> Subjects:
    if known.type != "delivery.completed" or _planned_elsewhere(dossier, said):
        return None
    lines = said.lines if _finds_its_line(dossier, known, said) else ()
    return _all_of(
        _of_order(dossier, said.order, lines, loose=("delivery", "visit")),
        _named(dossier, *said.promise_ids),
        _delivery(said.delivery_id),
    )


def _planned_elsewhere(dossier: Dossier, said: Delivered) -> bool:
    return any(said.delivery_id in plans and said.order not in key for key, plans in dossier.plans.items())


def _finds_its_line(dossier: Dossier, known: Known, said: Delivered) -> bool:
    """Return whether it is, or was, used: else what else is open of its order decides what it is called."""
    evidence = dossier.evidence.get(known.id)
    if evidence is not None:
        return bool(evidence.uses)
    if said.promise_ids:
        named = [dossier.promises.get(name) for name in said.promise_ids]
        return all(one and one.word == "delivery" and one.said.order == said.order for one in named)
    return any(
        want.sku == line.sku and want.uom == line.uom and want.room(line.quantity) > NOTHING
        for line in said.lines
        for promise in dossier.waits_for(line.sku, known.time)
        for want in promise.wants
        if promise.said.order == said.order
    )


def _document(dossier: Dossier, _: Known, said: Document) -> Subjects:
    return _all_of(_of_order(dossier, said.order, loose=("document",)), _named(dossier, *said.promise_ids))


def _invoiced(dossier: Dossier, _: Known, said: Invoiced) -> Subjects:
    return _all_of(
        _of_order(dossier, said.order, said.lines, loose=("price",)), {("i" + said.invoice_no, "")}
    )


def _credited(dossier: Dossier, _: Known, said: Credited) -> Subjects:
    invoice = dossier.invoices.get(said.invoice_no)
    order = invoice.said.order if invoice is not None else None
    return _all_of(
        _of_order(dossier, order, loose=("credit",)),
        _named(dossier, *said.promise_ids),
        {("i" + said.invoice_no, "")},
    )


def _paid(dossier: Dossier, _: Known, said: Paid) -> Subjects:
    return None if said.promise_ids or "payment" in dossier.loose else set()


def _chance(_: Dossier, __: Known, said: Chance) -> Subjects:
    return {("x" + said.opportunity_id, "")}


def _scored(_: Dossier, __: Known, ___: Scored) -> Subjects:
    return {("score", "")}


_SUBJECTS: Final[dict[type, Callable[[Dossier, Known, Any], Subjects]]] = {
    Made: _made,
    Step: _step,
    Moved: _step,
    Ended: _step,
    Contact: _contact,
    Planned: _planned,
    Delivered: _delivered,
    Document: _document,
    Invoiced: _invoiced,
    Credited: _credited,
    Paid: _paid,
    Chance: _chance,
    Scored: _scored,
}
"""What is not here (complaints, customers' particulars) changes nothing that the judge keeps."""
