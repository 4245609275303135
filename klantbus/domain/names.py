"""Which orders, promises, deliveries, invoices and chances a fact names, whatever else is known.

A number that means two things brings together what need not be, and does no harm.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from klantbus.domain.said import (
    Chance,
    Contact,
    Credited,
    Delivered,
    Document,
    Ended,
    Invoiced,
    Known,
    Made,
    Moved,
    Paid,
    Planned,
    Step,
)
from klantbus.domain.words import IN, K

Names: TypeAlias = Sequence[str | None]
"""Where a fact leaves a name out, there is None."""


def names_of(known: Known) -> Names:
    """Return what a fact names."""
    find = _NAMES.get(type(known.said))
    return () if find is None else find(known.said)


def _made(said: Made) -> Names:
    about = said.topic if said.kind is K.PAYMENT else None  # it may be the invoice that it is to pay
    return (said.promise_id, said.order, said.parent, said.supersedes, about)


def _step(said: Step | Moved | Ended) -> Names:
    return (said.promise_id,)


def _contact(said: Contact) -> Names:
    if said.direction is IN:
        return ()  # about the customer as a whole
    return (said.order, *said.promise_ids)


def _brought(said: Planned | Delivered) -> Names:
    return (said.order, said.delivery_id, *said.promise_ids)


def _document(said: Document) -> Names:
    return (said.order, *said.promise_ids)


def _invoiced(said: Invoiced) -> Names:
    return (said.invoice_no, said.order)


def _paid(said: Credited | Paid) -> Names:
    return (said.invoice_no, *said.promise_ids)


def _chance(said: Chance) -> Names:
    return (said.opportunity_id,)


_NAMES: Final[dict[type, Callable[[Any], Names]]] = {
    Made: _made,
    Step: _step,
    Moved: _step,
    Ended: _step,
    Contact: _contact,
    Planned: _brought,
    Delivered: _brought,
    Document: _document,
    Invoiced: _invoiced,
    Credited: _paid,
    Paid: _paid,
    Chance: _chance,
}
