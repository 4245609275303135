"""Hands the shape of a fact to C, so that its bytes become what the judge keeps of it, with no model between.

What `klantbus.domain.noting` keeps of a fact is said here as a table: a class of `said` and what it is made
of, fields by name. A tenth of a worker's time went into models made to be noted and dropped. What the table
does not hold is odd: the fact is read as ever, and noted; a test holds both to one answer on every type.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, cast

from pydantic import BaseModel

from klantbus.bus.avro.quick import Described, field_of, is_known, node_of, roles_of
from klantbus.bus.avro.shape import Group, Shape
from klantbus.bus.quick import native
from klantbus.domain import events as e
from klantbus.domain import said as s

QuickNote = Callable[[bytes, int, Sequence[tuple[str, bytes]], int], s.Known | None]
"""Reads a value from a byte on, compares headers, notes the fact as published then (µs); None where odd."""


class Always(NamedTuple):
    """A part that is the same in all of them."""

    value: object


class Making(NamedTuple):
    """What is made of a model: by `maker`, of fields by name and of what is `Always` so."""

    maker: Callable[..., object]
    parts: tuple[str | Always, ...]


_PUBLISHED = -2
_CONSTANT = -1
_ODD: Described = ("X",)
_NOTHING = Always(None)
_LINE = ("sku", "uom", "quantity")
_STEP = Making(s.Step, ("promise_id",))
_ENDED = Making(s.Ended, ("promise_id", "consent"))
_CHANCE = Making(s.Chance, ("opportunity_id",))
_COMPLAINT = Making(s.Complaint, ("complaint_id",))
_TROUBLE = Making(s.Delivered, ("delivery_id", "order_ref", "kind", "lines", "promise_ids", "reason"))
_MADE = (
    *("promise_id", "kind", "scope", "made_by", "performer", "as_said", "order_ref", "line_no", "topic"),
    *("lines", "prices", "due", "requested_due", _NOTHING, _NOTHING, "parent_promise_id", "supersedes"),
    *("value", "amount", "currency", "importance", "early_is_breach"),
)
"""A promise with a condition is odd: it is two parts of what is kept."""
_MAKINGS: dict[type[BaseModel], Making] = {
    e.DueDate: Making(s.Term, (Always("date"), "date", Always(0), "cutoff", "calendar")),
    e.DueAt: Making(s.Term, (Always("at"), "at")),
    e.DueWindow: Making(s.Term, (Always("window"), "from_", "to")),
    e.DueBusinessHours: Making(s.Term, (Always("business_hours"), "business_hours")),
    e.DueWorkingDays: Making(s.Term, (Always("working_days"), "working_days")),
    e.PromisedLine: Making(s.Line, _LINE),
    e.DeliveredLine: Making(s.Line, (*_LINE, "line_no")),
    e.InvoicedLine: Making(s.Line, ("sku", Always(""), "quantity", "line_no", "unit_net")),
    e.PromisedPrice: Making(s.Price, ("sku", "unit_net", "currency")),
    e.PromiseMade: Making(s.Made, _MADE),
    e.PromiseRescheduled: Making(s.Moved, ("promise_id", "due", "agreed", "reason")),
    **dict.fromkeys((e.PromiseAccepted, e.PromiseDeclined, e.PromisePaused, e.PromiseResumed), _STEP),
    **dict.fromkeys((e.PromiseConditionMet, e.PromiseFulfilled, e.PromiseRiskReported), _STEP),
    **dict.fromkeys((e.PromiseCancelled, e.PromiseReleased, e.PromiseClosedShort), _ENDED),
    **dict.fromkeys((e.OpportunitySignalled, e.OpportunityPickedUp, e.OpportunityClosed), _CHANCE),
    **dict.fromkeys((e.ComplaintOpened, e.ComplaintClosed), _COMPLAINT),
    e.ContactLogged: Making(s.Contact, ("direction", "reached", "topic", "order_ref", "promise_ids")),
    e.DeliveryPlanned: Making(s.Planned, ("delivery_id", "order_ref", "kind", "planned_to", "promise_ids")),
    e.DeliveryDispatched: Making(
        s.Planned, ("delivery_id", "order_ref", Always(e.DeliveryKind.GOODS), "eta", Always(()))
    ),
    e.DeliveryCompleted: Making(
        s.Delivered, ("delivery_id", "order_ref", "kind", "lines", "promise_ids", _NOTHING)
    ),
    **dict.fromkeys((e.DeliveryFailed, e.DeliveryReturned), _TROUBLE),
    e.DocumentSent: Making(s.Document, ("topic", "order_ref", "promise_ids")),
    e.InvoiceIssued: Making(
        s.Invoiced, ("invoice_no", "order_ref", "lines", "total_net", "currency", "prepayment")
    ),
    e.InvoiceCredited: Making(s.Credited, ("invoice_no", "lines", "total_net", "currency", "promise_ids")),
    e.PaymentReceived: Making(s.Paid, ("invoice_no", "amount", "currency", "promise_ids")),
    e.SatisfactionRecorded: Making(s.Scored, ("score",)),
}


def quick_note(shape: Group, event: str) -> QuickNote | None:
    """Return what notes facts of this shape; None where nothing can do so quicker."""
    if native is None or not is_known(shape) or e.PAYLOADS[event] not in _MAKINGS:
        return None
    fields = [field_of(name, field, _node) for name, field in shape.fields]
    named = [name for name, _ in shape.fields]
    places = [named.index(name) for name in ("time", "id", "type", "source", "subject", "sourceref", "data")]
    time, *who, data = places
    order = (time, _CONSTANT, _PUBLISHED, *who, data, _PUBLISHED)
    rank = (None, s.RANKS.get(event, 1), *(8 * [None]))
    read: QuickNote = native.Plan(("P", tuple(fields), s.Known, order, rank), roles_of(shape)).read
    return read


def _node(shape: Shape) -> Described:
    return node_of(shape, _group, _word, ("I", "O"))


def _word(member: object) -> object:
    return member is e.MoveReason.CALENDAR if isinstance(member, e.MoveReason) else member


def _group(shape: Group) -> Described:
    making = _MAKINGS.get(cast("type[BaseModel]", shape.model))
    if making is None:
        return _ODD
    named = [name for name, _ in shape.fields]
    parts = [_part(part, named, shape) for part in making.parts]
    places, constants = zip(*parts, strict=True)
    fields = tuple(_node(field) for _, field in shape.fields)
    return ("P", fields, making.maker, places, constants)


def _part(part: str | Always, named: Sequence[Any], shape: Group) -> tuple[int, object]:
    """Return the place of a part among the fields, or what it always is, as where a schema lacks it."""
    if isinstance(part, str) and part in named:
        return named.index(part), None
    value = _word(shape.absent.get(part)) if isinstance(part, str) else part.value
    assert value is None or value == () or isinstance(value, str | int | Decimal)  # noqa: S101  what else a model takes by default is made of it first
    return _CONSTANT, value
