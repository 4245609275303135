"""From a fact to what the judge keeps of it, and corrections applied to that (RULES 6, row Corrections)."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from sys import intern
from typing import Annotated, Any, Final, TypeAlias, cast

from pydantic import BaseModel, TypeAdapter

from klantbus.domain import events as e
from klantbus.domain import said as s
from klantbus.domain.micros import EPOCH, micros

Fields: TypeAlias = dict[str, Any]
"""The fields of a model by name: its attributes cost three times as much, and every fact passes here."""


def noted(fact: e.Fact, published: int) -> s.Known:
    """Return what the judge keeps of `fact`, which the log got at `published` (µs)."""
    told: Fields = fact.__dict__
    kind: str = told["type"]
    note = _NOTES.get(kind)
    return s.Known(
        _micros(told["time"]),
        s.RANKS.get(kind, 1),
        published,
        told["id"],
        kind,
        intern(told["source"]),
        told["subject"],
        told["sourceref"],
        _OTHER if note is None else note(told["data"].__dict__),
        published,
    )


def mended(known: s.Known, changes: tuple[tuple[str, str], ...]) -> s.Known:
    """Return `known` as a correction says it should have been. Raises ValueError when that cannot be."""
    time, said = known.time, known.said
    for name, text in changes:
        if name == "time":
            time = _micros(_adapter(known.type, "time").validate_json(text))
        else:
            said = _with(known.type, said, name, _adapter(known.type, name).validate_json(text))
    return known.mended(time, said, known.told)


def _with(kind: str, said: s.Said, name: str, value: object) -> s.Said:
    if name == "condition":
        condition, must_by = _condition(cast("e.Condition | None", value))
        return cast("s.Made", said).but("condition", condition).but("must_by", must_by)
    place, note = _PLACES.get((kind, name)) or _PLACES.get(("", name)) or (name, _same)
    if place not in said.FIELDS:
        return said  # the judge keeps nothing of this field
    return said.but(place, note(value))


@cache
def _adapter(kind: str, name: str) -> TypeAdapter[Any]:
    """Return what reads the JSON text of one field of one type of fact."""
    fields = e.Fact.model_fields if name == "time" else e.PAYLOADS[kind].model_fields
    by_alias = {field.alias or own: field for own, field in fields.items()}
    if name not in by_alias:
        raise ValueError(f"{kind} has no field {name}")
    field = by_alias[name]
    wanted: Any = field.annotation
    return TypeAdapter(Annotated[(wanted, *field.metadata)] if field.metadata else wanted)


def _micros(moment: datetime) -> int:
    """As `micros`, without the division: every fact passes here."""
    length = moment - EPOCH
    return (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds


# -- one note per type of fact


def _same(value: object) -> object:
    return value


def _fields(model: BaseModel) -> Fields:
    return model.__dict__


def _maybe(moment: datetime | None) -> int | None:
    return None if moment is None else _micros(moment)


def term(due: e.Due) -> s.Term | None:
    """Return a due as plain numbers."""
    return None if due is None else _TERMS[type(due)](due.__dict__)


_TERMS: Final[dict[type, Callable[[Fields], s.Term]]] = {
    e.DueDate: lambda due: s.Term("date", due["date"].toordinal(), 0, due["cutoff"], due["calendar"]),
    e.DueAt: lambda due: s.Term("at", _micros(due["at"])),
    e.DueWindow: lambda due: s.Term("window", _micros(due["from_"]), _micros(due["to"])),
    e.DueBusinessHours: lambda due: s.Term("business_hours", due["business_hours"]),
    e.DueWorkingDays: lambda due: s.Term("working_days", due["working_days"]),
}


def _promised(lines: tuple[e.PromisedLine, ...]) -> tuple[s.Line, ...]:
    told = [_fields(line) for line in lines]
    return tuple([s.Line(a["sku"], a["uom"], a["quantity"]) for a in told])


def _delivered_lines(lines: tuple[e.DeliveredLine, ...]) -> tuple[s.Line, ...]:
    told = [_fields(line) for line in lines]
    return tuple([s.Line(a["sku"], a["uom"], a["quantity"], a["line_no"]) for a in told])


def _invoiced_lines(lines: tuple[e.InvoicedLine, ...]) -> tuple[s.Line, ...]:
    told = [_fields(line) for line in lines]
    return tuple([s.Line(a["sku"], "", a["quantity"], a["line_no"], a["unit_net"]) for a in told])


def _prices(prices: tuple[e.PromisedPrice, ...]) -> tuple[s.Price, ...]:
    return tuple([s.Price(price.sku, price.unit_net, price.currency) for price in prices])


def _condition(condition: e.Condition | None) -> tuple[str | None, int | None]:
    return (None, None) if condition is None else (condition.kind, _maybe(condition.must_be_met_by))


def _made(data: Fields) -> s.Made:
    condition, must_by = _condition(data["condition"])
    return s.Made(
        data["promise_id"],
        data["kind"],
        data["scope"],
        data["made_by"],
        data["performer"],
        data["as_said"],
        data["order_ref"],
        data["line_no"],
        data["topic"],
        _promised(data["lines"]),
        _prices(data["prices"]),
        term(data["due"]),
        term(data["requested_due"]),
        condition,
        must_by,
        data["parent_promise_id"],
        data["supersedes"],
        data["value"],
        data["amount"],
        data["currency"],
        data["importance"],
        data["early_is_breach"],
    )


def _step(data: Fields) -> s.Step:
    return s.Step(data["promise_id"])


def _moved(data: Fields) -> s.Moved:
    return s.Moved(
        data["promise_id"], term(data["due"]), data["agreed"], data["reason"] is e.MoveReason.CALENDAR
    )


def _ended(data: Fields) -> s.Ended:
    return s.Ended(data["promise_id"], data["consent"])


def _link(data: Fields) -> s.Link:
    return s.Link(data["evidence_event_id"], data["promise_id"])


def _contact(data: Fields) -> s.Contact:
    return s.Contact(
        data["direction"], data["reached"], data["topic"], data["order_ref"], data["promise_ids"]
    )


def _planned(data: Fields) -> s.Planned:
    return s.Planned(
        data["delivery_id"], data["order_ref"], data["kind"], _micros(data["planned_to"]), data["promise_ids"]
    )


def _dispatched(data: Fields) -> s.Planned:
    return s.Planned(data["delivery_id"], data["order_ref"], e.DeliveryKind.GOODS, _maybe(data["eta"]), ())


def _delivered(data: Fields) -> s.Delivered:
    lines = _delivered_lines(data["lines"])
    return s.Delivered(data["delivery_id"], data["order_ref"], data["kind"], lines, data["promise_ids"], None)


def _undelivered(data: Fields) -> s.Delivered:
    lines = _delivered_lines(data["lines"])
    return s.Delivered(
        data["delivery_id"], data["order_ref"], data["kind"], lines, data["promise_ids"], data["reason"]
    )


def _document(data: Fields) -> s.Document:
    return s.Document(data["topic"], data["order_ref"], data["promise_ids"])


def _invoiced(data: Fields) -> s.Invoiced:
    lines = _invoiced_lines(data["lines"])
    return s.Invoiced(
        data["invoice_no"], data["order_ref"], lines, data["total_net"], data["currency"], data["prepayment"]
    )


def _credited(data: Fields) -> s.Credited:
    lines = _invoiced_lines(data["lines"])
    return s.Credited(data["invoice_no"], lines, data["total_net"], data["currency"], data["promise_ids"])


def _paid(data: Fields) -> s.Paid:
    return s.Paid(data["invoice_no"], data["amount"], data["currency"], data["promise_ids"])


def _chance(data: Fields) -> s.Chance:
    return s.Chance(data["opportunity_id"])


def _scored(data: Fields) -> s.Scored:
    return s.Scored(data["score"])


def _complaint(data: Fields) -> s.Complaint:
    return s.Complaint(data["complaint_id"])


def _merged(data: Fields) -> s.Merged:
    return s.Merged(data["from_"], data["into"])


def _corrected(data: Fields) -> s.Mended:
    return s.Mended(data["target_event_id"], tuple(sorted(data["set"].items())))


def _retracted(data: Fields) -> s.Mended:
    return s.Mended(data["target_event_id"], ())


_OTHER: Final = s.Other()
Note: TypeAlias = Callable[[Fields], s.Said]
_NOTES: Final[dict[str, Note]] = {
    "promise.made": _made,
    "promise.rescheduled": _moved,
    "contact.logged": _contact,
    "delivery.planned": _planned,
    "delivery.dispatched": _dispatched,
    "delivery.completed": _delivered,
    "delivery.failed": _undelivered,
    "delivery.returned": _undelivered,
    "document.sent": _document,
    "invoice.issued": _invoiced,
    "invoice.credited": _credited,
    "payment.received": _paid,
    "satisfaction.recorded": _scored,
    "event.corrected": _corrected,
    "event.retracted": _retracted,
    **dict.fromkeys(("evidence.linked", "evidence.unlinked"), _link),
    **dict.fromkeys(("promise.cancelled", "promise.released", "promise.closed_short"), _ended),
    **dict.fromkeys(("opportunity.signalled", "opportunity.picked_up", "opportunity.closed"), _chance),
    **dict.fromkeys(("complaint.opened", "complaint.closed"), _complaint),
    **dict.fromkeys(("customer.merged", "customer.unmerged"), _merged),
    **dict.fromkeys(
        (
            "promise.accepted",
            "promise.declined",
            "promise.paused",
            "promise.resumed",
            "promise.condition_met",
            "promise.fulfilled",
            "promise.risk_reported",
        ),
        _step,
    ),
}

_PLACES: Final[dict[tuple[str, str], tuple[str, Callable[[Any], object]]]] = {
    # (type, payload field): the place in what is kept, and how the value is noted; type "" is any
    ("", "order_ref"): ("order", _same),
    ("", "due"): ("due", term),
    ("", "requested_due"): ("requested", term),
    ("", "evidence_event_id"): ("evidence_id", _same),
    ("", "prices"): ("prices", _prices),
    ("", "total_net"): ("total", _same),
    ("", "reason"): ("trouble", _same),
    ("", "from"): ("origin", _same),
    ("promise.made", "lines"): ("lines", _promised),
    ("invoice.issued", "lines"): ("lines", _invoiced_lines),
    ("invoice.credited", "lines"): ("lines", _invoiced_lines),
    ("", "lines"): ("lines", _delivered_lines),
    ("", "planned_to"): ("until", micros),
    ("", "eta"): ("until", _maybe),
}
