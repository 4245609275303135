"""The life of a promise as departments state it: made, answered, moved, paused, ended."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from klantbus.domain.events.base import (
    PII,
    Count,
    Currency,
    Department,
    EventRef,
    Instant,
    Many,
    Money,
    Part,
    Payload,
    PromiseRef,
    Quantity,
    Ref,
    Text80,
    Text280,
    UnitPrice,
)
from klantbus.domain.events.due import Due


class PromiseKind(StrEnum):
    """What is promised."""

    CALLBACK = "callback"
    DELIVERY = "delivery"
    VISIT = "visit"
    DOCUMENT = "document"
    PRICE = "price"
    CREDIT = "credit"
    PAYMENT = "payment"
    HANDOFF = "handoff"
    OTHER = "other"


class Scope(StrEnum):
    """To whom: a customer, or another department."""

    EXTERNAL = "external"
    INTERNAL = "internal"


class Importance(StrEnum):
    """How much hangs on it."""

    NORMAL = "normal"
    VIP = "vip"


class DeclineReason(StrEnum):
    """Why a performer will not do it."""

    NO_STOCK = "no_stock"
    NO_CAPACITY = "no_capacity"
    WRONG_DEPARTMENT = "wrong_department"
    UNCLEAR = "unclear"
    OTHER = "other"


class MoveReason(StrEnum):
    """Why a promise was moved."""

    NO_STOCK = "no_stock"
    NO_CAPACITY = "no_capacity"
    SUPPLIER = "supplier"
    CUSTOMER_REQUEST = "customer_request"
    CALENDAR = "calendar"
    OTHER = "other"


class Initiator(StrEnum):
    """Who asked for a change."""

    US = "us"
    CUSTOMER = "customer"


class PauseReason(StrEnum):
    """Why the clock stands still."""

    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    FORCE_MAJEURE = "force_majeure"
    OTHER = "other"


class PromisedLine(Part):
    """So much of one article."""

    sku: Ref = Field(description="Article number.")
    uom: Ref = Field("pcs", description="Unit of the quantity; units are never converted silently.")
    quantity: Quantity = Field(description="How much.")


class PromisedPrice(Part):
    """A price for one article."""

    sku: Ref = Field(description="Article number.")
    unit_net: UnitPrice = Field(description="Net price of one unit.")
    currency: Currency = Field("EUR", description="ISO 4217 code.")


class Condition(Part):
    """What must come true before the clock of a promise starts."""

    kind: Ref = Field("other", description="What sort of condition, such as deposit or approval.")
    text: Text280 = Field("", description="The condition in words.", json_schema_extra=PII)
    must_be_met_by: Instant | None = Field(
        None, description="After this moment the promise expires unless the condition was met."
    )


class PromiseMade(Payload):
    """A department promised something to a customer, or to another department (a hand-off)."""

    event: ClassVar[str] = "promise.made"
    promise_id: PromiseRef = Field(description="Number of the promise, unique in the company.")
    kind: PromiseKind = Field(PromiseKind.OTHER, description="What is promised.")
    scope: Scope = Field(Scope.EXTERNAL, description="To a customer, or to another department.")
    made_by: Department = Field(description="The department that said it.")
    performer: Department = Field(description="The department that must do it.")
    as_said: Text280 = Field("", description="The words that were used, verbatim.", json_schema_extra=PII)
    order_ref: Ref | None = Field(None, description="The order it is about.")
    line_no: Count | None = Field(None, description="The line of that order.")
    topic: Text80 | None = Field(None, description="What it is about, one word or two.")
    lines: Many[PromisedLine] = Field((), description="Articles and quantities promised.")
    prices: Many[PromisedPrice] = Field((), description="Prices promised.")
    due: Due = Field(None, description="By when; none is a vague promise.")
    requested_due: Due = Field(None, description="By when the customer wanted it.")
    condition: Condition | None = Field(None, description="What must come true before the clock starts.")
    parent_promise_id: PromiseRef | None = Field(None, description="The promise that this hand-off serves.")
    supersedes: PromiseRef | None = Field(None, description="The promise that this one replaces.")
    value: Money | None = Field(None, description="What is at stake, in the company's currency.")
    amount: Money | None = Field(None, description="Amount of a promised payment or credit.")
    currency: Currency | None = Field(None, description="ISO 4217 code of the amount.")
    importance: Importance = Field(Importance.NORMAL, description="How much hangs on it.")
    early_is_breach: bool = Field(default=False, description="Whether too early is wrong as well.")


class PromiseAccepted(Payload):
    """The performer took a promise on."""

    event: ClassVar[str] = "promise.accepted"
    promise_id: PromiseRef = Field(description="The promise.")
    by: Department | None = Field(None, description="The department that answers; none is the source's.")
    note: Text280 = Field("", description="What it added.", json_schema_extra=PII)


class PromiseDeclined(Payload):
    """The performer will not do it; towards the customer the promise still binds."""

    event: ClassVar[str] = "promise.declined"
    promise_id: PromiseRef = Field(description="The promise.")
    by: Department | None = Field(None, description="The department that answers; none is the source's.")
    reason: DeclineReason = Field(DeclineReason.OTHER, description="Why not.")
    counter_due: Due = Field(None, description="By when it could be done instead.")
    note: Text280 = Field("", description="What it added.", json_schema_extra=PII)


class PromiseRescheduled(Payload):
    """A promise was given another moment, with or without the customer's consent."""

    event: ClassVar[str] = "promise.rescheduled"
    promise_id: PromiseRef = Field(description="The promise.")
    due: Due = Field(None, description="The new moment.")
    initiated_by: Initiator = Field(Initiator.US, description="Who asked for it.")
    agreed: bool = Field(description="Whether the customer agreed; without it the old moment governs.")
    reason: MoveReason = Field(MoveReason.OTHER, description="Why.")
    told_at: Instant | None = Field(None, description="When the customer was told.")


class PromisePaused(Payload):
    """The clock of a promise stands still."""

    event: ClassVar[str] = "promise.paused"
    promise_id: PromiseRef = Field(description="The promise.")
    reason: PauseReason = Field(PauseReason.OTHER, description="Why.")
    note: Text280 = Field("", description="What was added.", json_schema_extra=PII)


class PromiseResumed(Payload):
    """The clock of a promise runs again."""

    event: ClassVar[str] = "promise.resumed"
    promise_id: PromiseRef = Field(description="The promise.")
    reason: PauseReason = Field(PauseReason.OTHER, description="Why it had stood still.")
    note: Text280 = Field("", description="What was added.", json_schema_extra=PII)


class PromiseConditionMet(Payload):
    """What a promise waited for came true; its clock starts."""

    event: ClassVar[str] = "promise.condition_met"
    promise_id: PromiseRef = Field(description="The promise.")
    evidence_ref: Text280 | None = Field(None, description="Where the proof is kept.")


class PromiseCancelled(Payload):
    """We withdrew a promise; without consent it counts as broken."""

    event: ClassVar[str] = "promise.cancelled"
    promise_id: PromiseRef = Field(description="The promise.")
    consent: bool = Field(default=False, description="Whether the customer agreed.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class PromiseReleased(Payload):
    """The customer let us off a promise."""

    event: ClassVar[str] = "promise.released"
    promise_id: PromiseRef = Field(description="The promise.")
    consent: bool = Field(default=True, description="Whether the customer agreed.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class PromiseClosedShort(Payload):
    """A promise was closed with less than was promised."""

    event: ClassVar[str] = "promise.closed_short"
    promise_id: PromiseRef = Field(description="The promise.")
    consent: bool = Field(default=False, description="Whether the customer agreed.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class PromiseFulfilled(Payload):
    """The performer says by hand that it is done."""

    event: ClassVar[str] = "promise.fulfilled"
    promise_id: PromiseRef = Field(description="The promise.")
    note: Text280 = Field("", description="What was done.", json_schema_extra=PII)
    evidence_ref: Text280 | None = Field(None, description="Where the proof is kept.")


class PromiseRiskReported(Payload):
    """The performer warns that it may not manage."""

    event: ClassVar[str] = "promise.risk_reported"
    promise_id: PromiseRef = Field(description="The promise.")
    expected_at: Instant | None = Field(None, description="When it expects to be ready.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class EvidenceLinked(Payload):
    """A person says that a fact is evidence of a promise."""

    event: ClassVar[str] = "evidence.linked"
    evidence_event_id: EventRef = Field(description="The fact that is evidence.")
    promise_id: PromiseRef = Field(description="The promise it shows to be kept.")
    note: Text280 = Field("", description="Why.", json_schema_extra=PII)


class EvidenceUnlinked(Payload):
    """A person says that a fact is no evidence of a promise; the pair is never linked again by a rule."""

    event: ClassVar[str] = "evidence.unlinked"
    evidence_event_id: EventRef = Field(description="The fact that is no evidence.")
    promise_id: PromiseRef = Field(description="The promise it does not belong to.")
    note: Text280 = Field("", description="Why.", json_schema_extra=PII)
