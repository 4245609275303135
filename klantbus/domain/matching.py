"""Which evidence counts for which promise, by tiers (RULES 7): named, else order, else the only one.

Evidence comes in the order of the world, so a promise it finds was made before it and had not ended. What
could be for several orders is asked, never guessed. Nothing counts twice: allocated ≤ delivered, ≤ promised.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, cast

from klantbus.domain.dossier import Dossier, Step, by_deadline
from klantbus.domain.events import PromiseKind
from klantbus.domain.goods import count_delivered, deliver_goods, give_back, serve_whole
from klantbus.domain.items import Evidence
from klantbus.domain.plans import VISITS, unplan
from klantbus.domain.promise import Promise
from klantbus.domain.said import Contact, Delivered, Document, Known, Paid
from klantbus.domain.said import Step as Said
from klantbus.domain.words import NO_GOODS, OUT, K

_CALLBACK: Final[frozenset[PromiseKind]] = frozenset({K.CALLBACK})
_DELIVERED: Final[frozenset[PromiseKind]] = frozenset({K.DELIVERY, K.VISIT})
_DOCUMENT: Final[frozenset[PromiseKind]] = frozenset({K.DOCUMENT})
_PAYMENT: Final[frozenset[PromiseKind]] = frozenset({K.PAYMENT})
PROOF_OF_ALL: Final[frozenset[PromiseKind]] = frozenset({K.HANDOFF, K.OTHER})
"""Kinds of promise that any evidence may keep when it names them."""


def named(
    dossier: Dossier, known: Known, names: Sequence[str], kinds: frozenset[PromiseKind]
) -> tuple[list[Promise], bool]:
    """Return the promises a fact was said to be evidence of (T0), and whether any name was given.

    A person's link holds for every kind of promise, a name on the fact only for `kinds`; what was unlinked
    is left out. Promises that wait no more are left out too.
    """
    if not names and not dossier.links:
        return [], False
    links = dossier.said_links(known.id)
    if not names and not links:
        return [], False
    wanted = dict.fromkeys([name for name in names if name not in links], False)
    wanted |= dict.fromkeys([name for name, linked in links.items() if linked], True)
    found = [
        promise
        for name, by_hand in wanted.items()
        if (promise := dossier.promises.get(name)) and (by_hand or promise.kind in kinds | PROOF_OF_ALL)
    ]
    waiting = sorted((promise for promise in found if promise.waits_at(known.time)), key=by_deadline)
    return waiting, bool(found) or bool(wanted and not _elsewhere(dossier, wanted))


def _elsewhere(dossier: Dossier, wanted: dict[str, bool]) -> bool:
    """Return whether all that was named exists and is of kinds that this fact says nothing about."""
    return all(name in dossier.promises for name in wanted)


def allowed(dossier: Dossier, evidence: Evidence, promises: list[Promise]) -> list[Promise]:
    """Leave out pairs that people took apart."""
    links = dossier.said_links(evidence.key)
    return [promise for promise in promises if links.get(promise.id) is not False] if links else promises


def note(dossier: Dossier, known: Known) -> Evidence:
    """Return the fact as evidence, noted."""
    return dossier.note(Evidence(known))


# -- what was brought, done or returned


def deliver(dossier: Dossier, known: Known) -> None:
    """delivery.completed: goods serve promises of delivery, visits and repairs those of a visit."""
    said = cast("Delivered", known.said)
    evidence = note(dossier, known)
    unplan(dossier, said.delivery_id, said.kind, said.order)
    promises, was_named = named(dossier, known, said.promise_ids, _DELIVERED)
    if was_named:
        _deliver_named(dossier, evidence, promises)
    elif said.kind in VISITS:
        _visit(dossier, evidence, said)
    elif said.kind is not NO_GOODS:
        deliver_goods(dossier, evidence, said, None)
    else:
        evidence.found = "unmatched"
    count_delivered(dossier, evidence, said)


def _deliver_named(dossier: Dossier, evidence: Evidence, promises: list[Promise]) -> None:
    said = cast("Delivered", evidence.known.said)
    links = dossier.said_links(evidence.key)
    counted = [
        promise for promise in promises if promise.kind is K.DELIVERY and promise.said.lines and said.lines
    ]
    if counted:
        deliver_goods(dossier, evidence, said, counted)
    used = {promise.id for promise, _ in evidence.uses}
    for promise in promises:
        if promise not in counted or (links.get(promise.id) and promise.id not in used):
            serve_whole(dossier, evidence, promise, "T0")
    if not evidence.uses and evidence.found == "matched":
        evidence.found = "unmatched"


def _visit(dossier: Dossier, evidence: Evidence, said: Delivered) -> None:
    """Keep one promise of a visit: of its order, else of the only order that waits for one."""
    time = evidence.known.time
    if said.order is not None:
        found = allowed(dossier, evidence, dossier.waits_of("visit", said.order, time))
        if found:
            serve_whole(dossier, evidence, found[0], "T1")
            return
    found = allowed(dossier, evidence, dossier.waits("visit", time))
    if said.order is not None:
        found = [promise for promise in found if promise.said.order is None]
    if len({promise.said.order for promise in found}) == 1:
        serve_whole(dossier, evidence, found[0], "T3")
        return
    evidence.found = "ambiguous" if found else "unmatched"
    evidence.candidates = tuple(promise.id for promise in found)


def fail(dossier: Dossier, known: Known) -> None:
    """delivery.failed: nothing was handed over, and what was planned is off."""
    said = cast("Delivered", known.said)
    unplan(dossier, said.delivery_id, said.kind, said.order)


def bring_back(dossier: Dossier, known: Known) -> None:
    """delivery.returned: faulty goods undo what they fulfilled; a changed mind does not (RULES 5)."""
    said = cast("Delivered", known.said)
    if said.trouble in dossier.rules.policy.faulty:
        give_back(dossier, known, said)


# -- one fact, one promise


def contact(dossier: Dossier, known: Known) -> None:
    """contact.logged: a call we made and that was answered keeps one callback (RULES 7)."""
    said = cast("Contact", known.said)
    if said.direction is not OUT or not said.reached:
        return
    if not said.promise_ids and not dossier.links and not dossier.open.of_kind("callback"):
        return
    names = [name for name in said.promise_ids if name in dossier.promises]  # others are made a moment later
    promises, was_named = named(dossier, known, names, _CALLBACK)
    evidence = Evidence(known)
    if not was_named:
        waiting = allowed(dossier, evidence, dossier.waits("callback", known.time))
        promises = [promise for promise in waiting if _same_matter(promise, said.topic, said.order)][:1]
    _keep(dossier, evidence, promises, was_named=was_named)


def _same_matter(promise: Promise, topic: str | None, order: str | None) -> bool:
    """Return whether topics agree when both carry one, and orders when both carry one."""
    said = promise.said
    if topic and said.topic and topic != said.topic:
        return False
    return not (order and said.order and order != said.order)


def document(dossier: Dossier, known: Known) -> None:
    """document.sent: keeps a promise of the same order, else of the same topic (RULES 7)."""
    said = cast("Document", known.said)
    promises, was_named = named(dossier, known, said.promise_ids, _DOCUMENT)
    evidence = Evidence(known)
    if not was_named:
        waiting = allowed(dossier, evidence, dossier.waits("document", known.time))
        promises = sorted(
            (promise for promise in waiting if _documents(promise, said)),
            key=lambda promise: promise.said.topic != said.topic,
        )[:1]
    _keep(dossier, evidence, promises, was_named=was_named)


def _documents(promise: Promise, said: Document) -> bool:
    wanted = promise.said
    if said.order and wanted.order:
        return said.order == wanted.order
    return bool(said.topic) and said.topic == wanted.topic


def _keep(dossier: Dossier, evidence: Evidence, promises: list[Promise], *, was_named: bool) -> None:
    """Let evidence keep each of these; only when it named promises that nobody knows is it unmatched."""
    if not promises and not was_named:
        return
    dossier.note(evidence)
    for promise in promises:
        serve_whole(dossier, evidence, promise, "T0" if was_named else "T2")
    names = (*_names(evidence.known), *dossier.said_links(evidence.key))
    if names and not any(name in dossier.promises for name in names):
        evidence.found = "unmatched"


def _names(known: Known) -> tuple[str, ...]:
    if isinstance(known.said, Contact):
        return ()  # a call may name promises that it only led to: they are made a moment later
    names: tuple[str, ...] = getattr(known.said, "promise_ids", ())
    return names


def fulfil(dossier: Dossier, known: Known) -> None:
    """promise.fulfilled: the performer says that it is done, all of it."""
    evidence = note(dossier, known)
    links = dossier.said_links(known.id)
    name = cast("Said", known.said).promise_id
    names = [name, *links] if name not in links else list(links)
    found = [
        promise for one in names if links.get(one) is not False and (promise := dossier.promises.get(one))
    ]
    for promise in found:
        if promise.waits_at(known.time):
            serve_whole(dossier, evidence, promise, "T0")
    if not found:
        evidence.found = "unmatched"


# -- money that a customer promised


def pay(dossier: Dossier, known: Known) -> None:
    """payment.received: the oldest promise first, what is left to the next; parts accumulate (RULES 7)."""
    said = cast("Paid", known.said)
    promises, was_named = named(dossier, known, said.promise_ids, _PAYMENT)
    evidence = Evidence(known)
    if not was_named:
        waiting = allowed(dossier, evidence, dossier.waits("payment", known.time))
        promises = [promise for promise in waiting if _pays(dossier, promise, said)]
    promises.sort(key=lambda promise: (promise.made.time, promise.made.id))
    _spread(dossier, evidence, promises, said.amount, said.currency)
    if was_named:
        _keep(dossier, evidence, [], was_named=True)


def _spread(
    dossier: Dossier, evidence: Evidence, promises: list[Promise], amount: Decimal, currency: str
) -> None:
    """Give each promise what it lacks. Money of another currency than all of them want is doubted."""
    able = [promise for promise in promises if promise.said.currency in {None, currency}]
    if promises and not able:
        dossier.doubt(evidence.known, "currency")
        return
    left = amount
    for promise in able:
        given = promise.wants[0].room(left)
        if given > 0:
            dossier.note(evidence)
            serve_whole(dossier, evidence, promise, "T2", given)
            left -= given


def _pays(dossier: Dossier, promise: Promise, said: Paid) -> bool:
    """Return whether a payment may be for a promise: not when it pays an invoice of another order."""
    if said.invoice_no is None:
        return True
    topic = promise.said.topic
    if topic in dossier.invoices:
        return topic == said.invoice_no
    invoice = dossier.invoices.get(said.invoice_no)
    order = invoice.said.order if invoice else None
    return promise.said.order is None or order is None or promise.said.order == order


# -- whatever else may be evidence


def errand(dossier: Dossier, known: Known) -> None:
    """Keep hand-offs that ask, in their topic, for a fact of this type (RULES 7, Hand-off)."""
    order = getattr(known.said, "order", None)
    for promise in dossier.waits("handoff", known.time):
        said = promise.said
        if said.topic == known.type and said.order in {None, order}:
            evidence = dossier.evidence.get(known.id) or note(dossier, known)
            evidence.found = "matched"
            serve_whole(dossier, evidence, promise, "T1")


def by_hand(dossier: Dossier, known: Known) -> None:
    """Let a fact of any type count for the promises that people linked it to (T0)."""
    evidence = Evidence(known)
    promises, _ = named(dossier, known, (), frozenset())
    _keep(dossier, evidence, promises, was_named=True)


STEPS: Final[dict[str, Step]] = {
    "delivery.completed": deliver,
    "delivery.failed": fail,
    "delivery.returned": bring_back,
    "contact.logged": contact,
    "document.sent": document,
    "promise.fulfilled": fulfil,
    "payment.received": pay,
}
