"""A customer as bytes, and back. Facts and the clock are kept: the state is a function of both.

    zlib( JSON [version, key, clock, forgotten, {figure: count}, [fact, ...]] )
    fact = [time, published, told, id, type, source, subject, ref, shape, [fields of the shape]]

Amounts are texts, instants µs. A later version reads all earlier ones.
"""

import json
import zlib
from collections.abc import Callable
from decimal import Decimal
from sys import intern
from typing import Any

from klantbus.domain import said as s
from klantbus.domain.customer import Customer
from klantbus.domain.events import (
    Cutoff,
    DeliveryKind,
    DeliveryTrouble,
    Direction,
    Importance,
    PromiseKind,
    Scope,
)
from klantbus.domain.rules import Rules

VERSION = 1


class UnreadableState(ValueError):
    """Bytes that are no state of a customer, or of a version that is not known yet."""


def to_bytes(customer: Customer) -> bytes:
    """Return all that must be kept of a customer."""
    facts = [_plain(known) for known in customer.facts.values()]
    head = [VERSION, customer.key, customer.clock, customer.forgotten, customer.figures]
    text = json.dumps([*head, facts], separators=(",", ":"), default=_bare)
    return zlib.compress(text.encode(), 1)


def from_bytes(kept: bytes, rules: Rules) -> Customer:
    """Return the customer as it was kept; nothing that was said is said again.

    Raises `UnreadableState`.
    """
    try:
        version, key, clock, forgotten, figures, facts = json.loads(zlib.decompress(kept))
    except (ValueError, zlib.error) as error:
        raise UnreadableState("no kept state of a customer") from error
    if version != VERSION:
        raise UnreadableState(f"state of version {version}, this judge reads {VERSION}")
    customer = Customer(key, rules)
    customer.facts = {known.id: known for known in map(_known, facts)}
    customer.clock, customer.forgotten, customer.figures = clock, forgotten, figures
    customer.fold()
    customer.say_all(None, [])
    return customer


def _bare(value: object) -> object:
    """Return as JSON what is no JSON: what facts say as a list, amounts as texts."""
    return value.fields() if isinstance(value, s.Claim) else str(value)


def _plain(known: s.Known) -> list[object]:
    said = known.said
    return [
        known.time,
        known.published,
        known.told,
        known.id,
        known.type,
        known.source,
        known.subject,
        known.ref,
        type(said).__name__,
        said,
    ]


def _known(kept: list[Any]) -> s.Known:
    time, published, told, name, kind, source, subject, ref, shape, fields = kept
    rank, said = s.RANKS.get(kind, 1), _SHAPES[shape](fields)
    return s.Known(
        time, rank, published, name, intern(kind), intern(source), intern(subject), ref, said, told
    )


def _maybe(shape: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else shape(value)


def _lines(kept: list[Any]) -> tuple[s.Line, ...]:
    return tuple(
        s.Line(sku, uom, Decimal(quantity), line_no, None if price is None else Decimal(price))
        for sku, uom, quantity, line_no, price in kept
    )


def _prices(kept: list[Any]) -> tuple[s.Price, ...]:
    return tuple(s.Price(sku, Decimal(unit_net), currency) for sku, unit_net, currency in kept)


def _term(kept: list[Any]) -> s.Term:
    form, value, until, cutoff, calendar = kept
    exact = Decimal(value) if form == "business_hours" else int(value)
    return s.Term(form, exact, until, Cutoff(cutoff), calendar)


def _pairs(kept: list[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in kept)


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "kind": PromiseKind,
    "scope": Scope,
    "importance": Importance,
    "direction": Direction,
    "trouble": _maybe(DeliveryTrouble),
    "lines": _lines,
    "prices": _prices,
    "due": _maybe(_term),
    "requested": _maybe(_term),
    "value": _maybe(Decimal),
    "amount": _maybe(Decimal),
    "total": _maybe(Decimal),
    "promise_ids": tuple,
    "changes": _pairs,
}
"""How a field is read back; others are as they stand."""

_KINDS: dict[type, Callable[[Any], Any]] = {s.Planned: DeliveryKind, s.Delivered: DeliveryKind}


def _reader(shape: Any) -> Callable[[list[Any]], Any]:  # noqa: ANN401  a class of `Claim`
    reads = [_FIELDS.get(name) for name in shape.FIELDS]
    if shape in _KINDS:
        reads[shape.FIELDS.index("kind")] = _KINDS[shape]

    def read(kept: list[Any]) -> Any:  # noqa: ANN401  an instance of `shape`
        return shape(*[one if how is None else how(one) for one, how in zip(kept, reads, strict=True)])

    return read


_SHAPES: dict[str, Callable[[list[Any]], Any]] = {
    shape.__name__: _reader(shape)
    for shape in (
        *(s.Made, s.Step, s.Moved, s.Ended, s.Link, s.Contact, s.Planned, s.Delivered, s.Document),
        *(s.Invoiced, s.Credited, s.Paid, s.Chance, s.Scored, s.Complaint, s.Merged, s.Mended, s.Other),
    )
}
