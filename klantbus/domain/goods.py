"""Quantities of articles: given to lines of promises, taken back when goods were faulty (RULES 6, 7)."""

from decimal import Decimal

from klantbus.domain.dossier import Dossier
from klantbus.domain.empties import own, own_set
from klantbus.domain.items import Evidence
from klantbus.domain.promise import Promise
from klantbus.domain.said import Delivered, Known, Line, place_of
from klantbus.domain.wants import NOTHING, Use
from klantbus.domain.words import K


def serve_whole(
    dossier: Dossier, evidence: Evidence, promise: Promise, tier: str, quantity: Decimal | None = None
) -> None:
    """Let evidence count for all that a promise still lacks, or for `quantity` of its only line."""
    for want in promise.wants:
        if not want.complete:
            given = want.promised - want.got if quantity is None else quantity
            dossier.count(evidence, promise, Use(evidence.key, evidence.known.time, tier, want, given))


def deliver_goods(
    dossier: Dossier, evidence: Evidence, said: Delivered, counted: list[Promise] | None
) -> None:
    """Give every line to the promises it can be for: `counted` when named, else by order and article."""
    doubted: dict[str, None] = {}
    spare: dict[tuple[str, str], Decimal] = {}
    for line in said.lines:
        left = _serve_line(dossier, evidence, line, counted, doubted)
        if left:
            key = (line.sku, line.uom)
            spare[key] = spare.get(key, NOTHING) + left
    if spare:
        evidence.left = spare
    if counted is None and said.order is not None:
        _serve_order(dossier, evidence, said, doubted)
    if doubted:
        evidence.found, evidence.candidates = "ambiguous", tuple(doubted)
    elif not evidence.uses and counted is None:
        _nothing_found(dossier, evidence, said)
    elif not evidence.uses and counted:
        evidence.found, evidence.candidates = "ambiguous", tuple(promise.id for promise in counted)


def _serve_line(
    dossier: Dossier, evidence: Evidence, line: Line, counted: list[Promise] | None, doubted: dict[str, None]
) -> Decimal:
    """Return what is left of a line after every promise took what it lacks."""
    left, strange = line.quantity, []
    for promise, tier in _candidates(dossier, evidence, line, counted, doubted):
        for want in promise.wants:
            if want.sku != line.sku or want.complete or left <= NOTHING:
                continue
            if not _same_unit(dossier, want.uom, line.uom):
                strange.append(promise.id)
                continue
            given = want.room(left)
            dossier.count(evidence, promise, Use(evidence.key, evidence.known.time, tier, want, given))
            left -= given
    if strange and left == line.quantity:
        doubted.update(dict.fromkeys(strange))
    return left


def _same_unit(dossier: Dossier, one: str, other: str) -> bool:
    return one == other or dossier.rules.policy.unit(one) == dossier.rules.policy.unit(other)


def _candidates(
    dossier: Dossier, evidence: Evidence, line: Line, counted: list[Promise] | None, doubted: dict[str, None]
) -> list[tuple[Promise, str]]:
    """Return the promises a line may be for, in the order in which they are served, with the tier."""
    if counted is not None:
        return [(promise, "T0") for promise in counted]
    said = evidence.known.said
    order = said.order if isinstance(said, Delivered) else None
    time = evidence.known.time
    waiting = dossier.waits_for(line.sku, time)
    found = _not_unlinked(dossier, evidence, [one for one in waiting if _lacks(one, line.sku)])
    if order is not None:
        of_order = [promise for promise in found if promise.said.order == order]
        if of_order:
            return _by_line(of_order, line)
        found = [promise for promise in found if promise.said.order is None]
    if len({promise.said.order for promise in found}) > 1:
        doubted.update(dict.fromkeys(promise.id for promise in found))
        return []
    return [(promise, "T3") for promise in found]


def _lacks(promise: Promise, sku: str) -> bool:
    for want in promise.wants:  # noqa: SIM110  a loop takes half the time of any(), and every line asks
        if want.sku == sku and not want.complete:
            return True
    return False


def _by_line(promises: list[Promise], line: Line) -> list[tuple[Promise, str]]:
    """Put the order's line first (T1), then its article (T2); each by earliest deadline."""
    if line.line_no is None:
        return [(promise, "T2") for promise in promises]
    same = [promise for promise in promises if promise.said.line_no == line.line_no]
    return [(promise, "T1") for promise in same] + [
        (promise, "T2") for promise in promises if promise not in same
    ]


def _not_unlinked(dossier: Dossier, evidence: Evidence, promises: list[Promise]) -> list[Promise]:
    links = dossier.said_links(evidence.key)
    return [promise for promise in promises if links.get(promise.id) is not False] if links else promises


def _serve_order(dossier: Dossier, evidence: Evidence, said: Delivered, doubted: dict[str, None]) -> None:
    """Keep promises of a whole order, without lines, by a delivery of that order.

    A delivery that lists nothing cannot be counted against lines: then a person is asked.
    """
    waiting = dossier.waits_of("delivery", said.order or "", evidence.known.time)
    for promise in _not_unlinked(dossier, evidence, waiting):
        if not promise.said.lines:
            serve_whole(dossier, evidence, promise, "T2")
        elif not said.lines:
            doubted[promise.id] = None


def _nothing_found(dossier: Dossier, evidence: Evidence, said: Delivered) -> None:
    """Ask about an article that its order's open promises do not know; otherwise nobody waits for it."""
    waiting = dossier.waits_of("delivery", said.order, evidence.known.time) if said.order else []
    waiting = _not_unlinked(dossier, evidence, waiting)
    evidence.found = "ambiguous" if waiting else "unmatched"
    evidence.candidates = tuple(promise.id for promise in waiting)


def count_delivered(dossier: Dossier, evidence: Evidence, said: Delivered) -> None:
    """Note what was delivered of an order, for invoices; without an order, of the orders it was used for."""
    orders = [said.order] if said.order else sorted({use[0].said.order or "" for use in evidence.uses})
    for order in orders:
        if not order:
            continue
        dossier.begun_orders = begun = own_set(dossier.begun_orders)
        begun.add(order)
        if not said.lines:
            dossier.whole_orders = whole = own_set(dossier.whole_orders)
            whole.add(order)
        dossier.delivered = delivered = own(dossier.delivered)
        for line in said.lines:
            key = (order, line.sku)
            before = delivered.get(key)
            delivered[key] = line.quantity if before is None else before + line.quantity
        _touch_invoices(dossier, order)


def _touch_invoices(dossier: Dossier, order: str) -> None:
    for invoice in dossier.invoices_of.get(order, ()):
        dossier.touch(invoice)


# -- faulty goods


def give_back(dossier: Dossier, known: Known, said: Delivered) -> None:
    """Take back what was delivered: first what nobody was promised, then of the latest delivery first."""
    deliveries = [one for one in _deliveries(dossier, said) if one.known.time <= known.time]
    for line in said.lines or _all_lines(deliveries[:1]):
        left = line.quantity
        for evidence in deliveries:
            left = _take_spare(evidence, line, left)
        for evidence in deliveries:
            left = _take_used(dossier, evidence, line, left, known)


def _deliveries(dossier: Dossier, said: Delivered) -> list[Evidence]:
    """Return the deliveries that a return may be of: by number, else by order; the latest first."""
    found = [one for one in dossier.evidence.values() if isinstance(one.known.said, Delivered)]
    if said.delivery_id and any(one.delivery_id == said.delivery_id for one in found):
        found = [one for one in found if one.delivery_id == said.delivery_id]
    elif said.order:
        found = [one for one in found if _is_of(one, said.order)]
    if said.promise_ids:
        names = set(said.promise_ids)
        found = [one for one in found if not names.isdisjoint(promise.id for promise, _ in one.uses)]
    return sorted(found, key=lambda one: place_of(one.known), reverse=True)


def _is_of(evidence: Evidence, order: str) -> bool:
    said = evidence.known.said
    own = said.order if isinstance(said, Delivered) else None
    return own == order if own else any(promise.said.order == order for promise, _ in evidence.uses)


def _all_lines(deliveries: list[Evidence]) -> list[Line]:
    return [
        line for one in deliveries if isinstance(one.known.said, Delivered) for line in one.known.said.lines
    ]


def _take_spare(evidence: Evidence, line: Line, left: Decimal) -> Decimal:
    key = (line.sku, line.uom)
    spare = min(evidence.left.get(key, NOTHING), left)
    if spare > NOTHING:
        evidence.left = {**evidence.left, key: evidence.left[key] - spare}
        return left - spare
    return left


def _take_used(dossier: Dossier, evidence: Evidence, line: Line, left: Decimal, known: Known) -> Decimal:
    for promise, use in reversed(evidence.uses):
        if left <= NOTHING or use.want.sku not in {line.sku, ""} or promise.kind is not K.DELIVERY:
            continue
        taken = min(use.quantity, left)
        promise.returned_by = known.id
        dossier.uncount(promise, use, taken)
        left -= taken
        if use.quantity <= NOTHING:
            evidence.uses = tuple([one for one in evidence.uses if one[1] is not use])
    return left
