"""Invoices held against prices, deliveries and each other (RULES 6, Invoice before, Amount differs)."""

from decimal import Decimal
from typing import Final, cast

from klantbus.domain.dossier import Dossier, Step
from klantbus.domain.empties import own
from klantbus.domain.goods import serve_whole
from klantbus.domain.items import Evidence, Invoice
from klantbus.domain.promise import Promise
from klantbus.domain.said import Credited, Invoiced, Known, Line, Price
from klantbus.domain.wants import NOTHING, Use, Want
from klantbus.domain.words import K

# -- issued


def issue(dossier: Dossier, known: Known) -> None:
    """invoice.issued: the first of a number counts; one in another currency than promised is doubted."""
    said = cast("Invoiced", known.said)
    if said.invoice_no in dossier.invoices:
        return
    prices = _promised_prices(dossier, said)
    if any(price.currency != said.currency for _, price, _ in prices):
        dossier.doubt(known, "currency")
        return
    check_at = dossier.rules.invoice_check(known.department, known.published)
    invoice = Invoice(known, check_at, signature(said))
    dossier.invoices = invoices = own(dossier.invoices)
    invoices[invoice.key] = invoice
    if said.order is not None:
        dossier.invoices_of = of_order = own(dossier.invoices_of)
        of_order.setdefault(said.order, []).append(invoice)
    _hold_against(dossier, invoice, prices)
    dossier.twins = twins = own(dossier.twins)
    twins.setdefault(invoice.charges, []).append(invoice)
    dossier.touch(invoice)
    for credit in dossier.credits.get(invoice.key, ()):
        _take_off(dossier, invoice, credit)


def _promised_prices(dossier: Dossier, said: Invoiced) -> list[tuple[Promise, Price, Line]]:
    return [
        (promise, price, line)
        for line in said.lines
        if line.price is not None
        for promise in dossier.priced.get(line.sku, ())
        if promise.end is None and promise.said.order in {None, said.order}
        for price in promise.said.prices
        if price.sku == line.sku
    ]


def _hold_against(dossier: Dossier, invoice: Invoice, prices: list[tuple[Promise, Price, Line]]) -> None:
    """Note unit prices above a promised one; a right one keeps a promise of that price."""
    limit = dossier.rules.policy.price_limit
    for promise, price, line in prices:
        if line.price is not None and line.price > limit(price.unit_net):
            invoice.above = {line.sku: promise.id, **invoice.above}
        elif promise.kind is K.PRICE and promise.waits_at(invoice.known.time):
            want = next(want for want in promise.wants if want.sku == line.sku)
            if not want.complete:
                use = Use(invoice.known.id, invoice.known.time, "T2", want, NOTHING)
                invoice.evidence = invoice.evidence or Evidence(invoice.known)
                dossier.count(invoice.evidence, promise, use)


def signature(said: Invoiced) -> tuple[object, ...]:
    """Return what two invoices have in common when one is the other sent again under another number."""
    lines = tuple(sorted([(line.sku, line.quantity, line.price or NOTHING) for line in said.lines]))
    return (said.order, said.currency, said.total, lines)


# -- credited


def credit(dossier: Dossier, known: Known) -> None:
    """invoice.credited: takes off what it names, or all; and keeps a promise to credit."""
    said = cast("Credited", known.said)
    dossier.credits = credits_ = own(dossier.credits)
    credits_.setdefault(said.invoice_no, []).append(said)
    invoice = dossier.invoices.get(said.invoice_no)
    if invoice is not None:
        _take_off(dossier, invoice, said)
    _keep_word(dossier, known, said, invoice)


def _take_off(dossier: Dossier, invoice: Invoice, said: Credited) -> None:
    credited = dict(invoice.credited)
    for line in said.lines:
        credited[line.sku] = credited.get(line.sku, NOTHING) + line.quantity
    invoice.credited = credited
    total = invoice.said.total
    if not said.lines and (said.total is None or total is None or said.total >= total):
        invoice.credited_all = True
        _undo(dossier, invoice)
    for other in (*dossier.twins_of(invoice), *_of_order(dossier, invoice.said.order)):
        dossier.touch(other)


def _undo(dossier: Dossier, invoice: Invoice) -> None:
    """Take it that an invoice kept no promise of a price."""
    if invoice.evidence is not None:
        for promise, use in invoice.evidence.uses:
            dossier.uncount(promise, use, use.quantity)
        invoice.evidence = None


def _of_order(dossier: Dossier, order: str | None) -> list[Invoice]:
    return dossier.invoices_of.get(order, []) if order is not None else []


def _keep_word(dossier: Dossier, known: Known, said: Credited, invoice: Invoice | None) -> None:
    """Keep promises of a credit: named ones, else the earliest due of the invoice's order.

    Of an invoice whose order nobody knows, only when one order can be meant (RULES 7, T3 and T4).
    """
    links = dossier.said_links(known.id)
    if any(links.values()):
        return  # people said what it is for
    order = invoice.said.order if invoice else None
    waiting = [one for one in dossier.waits("credit", known.time) if one.id not in links]
    if said.promise_ids:
        _serve(dossier, known, [one for one in waiting if one.id in said.promise_ids], "T0")
    elif order is not None:
        _serve(dossier, known, [one for one in waiting if one.said.order in {None, order}][:1], "T2")
    elif len({one.said.order for one in waiting}) == 1:
        _serve(dossier, known, waiting[:1], "T3")
    elif waiting:
        evidence = dossier.note(Evidence(known))
        evidence.found, evidence.candidates = "ambiguous", tuple(one.id for one in waiting)


def _serve(dossier: Dossier, known: Known, promises: list[Promise], tier: str) -> None:
    """Let a credit count for these promises, as far as they have room."""
    if not promises:
        return
    evidence = dossier.note(Evidence(known))
    for promise in promises:
        given = _given(promise.wants[0], cast("Credited", known.said))
        serve_whole(dossier, evidence, promise, tier, given)


def _given(want: Want, said: Credited) -> Decimal:
    return want.promised - want.got if said.total is None else want.room(said.total)


# -- what is wrong with an invoice now (RULES 8)


def price_mismatch(invoice: Invoice) -> bool:
    """Return whether an article is charged above its promised price and not credited."""
    return not invoice.credited_all and any(sku not in invoice.credited for sku in invoice.above)


def before_delivery(dossier: Dossier, invoice: Invoice) -> bool:
    """Return whether it charges for goods of which nobody says that they were delivered."""
    said = invoice.said
    if said.prepayment or invoice.credited_all or said.order is None or said.order in dossier.whole_orders:
        return False
    if not said.lines:
        return said.order not in dossier.begun_orders
    if len(said.lines) == 1 and not invoice.credited and len(dossier.invoices_of[said.order]) == 1:
        (line,) = said.lines  # as most are: nothing to add up
        return dossier.delivered.get((said.order, line.sku), NOTHING) < line.quantity
    short = [
        sku
        for sku, quantity in _charged_until(dossier, invoice).items()
        if dossier.delivered.get((said.order, sku), NOTHING) < quantity
    ]
    return bool(short) and not _goods_of(dossier, invoice).isdisjoint(short)


def _charged_until(dossier: Dossier, invoice: Invoice) -> dict[str, Decimal]:
    """Return per article how much this invoice and those of its order before it charge, less credits."""
    others = _of_order(dossier, invoice.said.order)
    own = {line.sku for line in invoice.said.lines}
    charged: dict[str, Decimal] = dict.fromkeys(own, NOTHING)
    for other in others:
        if other.said.prepayment or other.credited_all or invoice.known.comes_before(other.known):
            continue
        for line in other.said.lines:
            if line.sku in own:
                charged[line.sku] += line.quantity
        for sku in own & other.credited.keys():
            charged[sku] -= other.credited[sku]
    return charged


def _goods_of(dossier: Dossier, invoice: Invoice) -> frozenset[str]:
    """Return its articles that were promised or delivered; all when none was: freight is never delivered."""
    order = invoice.said.order or ""
    every = frozenset(line.sku for line in invoice.said.lines)
    goods = frozenset(
        sku for sku in every if (order, sku) in dossier.promised or (order, sku) in dossier.delivered
    )
    return goods or every


def is_twin(dossier: Dossier, invoice: Invoice) -> bool:
    """Return whether an earlier invoice charges the same, and not so much was promised or delivered."""
    said, known = invoice.said, invoice.known
    alike = dossier.twins_of(invoice)
    if len(alike) == 1 or invoice.credited_all or not (said.lines or said.total):
        return False
    twins = [
        other
        for other in alike
        if not other.credited_all and not known.comes_before(other.known) and _near(dossier, other, invoice)
    ]
    return len(twins) > 1 and not _covered(dossier, said, len(twins))


def _near(dossier: Dossier, one: Invoice, other: Invoice) -> bool:
    if one.said.order is not None:
        return True
    return other.known.time - one.known.time <= dossier.rules.policy.twin_window


def _covered(dossier: Dossier, said: Invoiced, times: int) -> bool:
    """Return whether enough was promised or delivered for all twins: then they are parts, not repeats."""
    if said.order is None or not said.lines:
        return False
    return all(
        max(
            dossier.delivered.get((said.order, line.sku), NOTHING),
            dossier.promised.get((said.order, line.sku), NOTHING),
        )
        >= line.quantity * times
        for line in said.lines
    )


STEPS: Final[dict[str, Step]] = {"invoice.issued": issue, "invoice.credited": credit}
