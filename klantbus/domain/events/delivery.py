"""What logistics, service and engineering did for a customer: goods, visits, repairs, documents."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from klantbus.domain.events.base import (
    PII,
    Count,
    Instant,
    Many,
    Part,
    Payload,
    PromiseRef,
    Quantity,
    Ref,
    Text80,
)


class DeliveryKind(StrEnum):
    """What was brought or done."""

    GOODS = "goods"
    VISIT = "visit"
    REPAIR = "repair"
    OTHER = "other"


class DeliveryTrouble(StrEnum):
    """Why a delivery failed or came back."""

    NOT_HOME = "not_home"
    REFUSED = "refused"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"


class DocumentType(StrEnum):
    """What sort of document."""

    QUOTE = "quote"
    MANUAL = "manual"
    CERTIFICATE = "certificate"
    REPORT = "report"
    OTHER = "other"


class DeliveredLine(Part):
    """So much of one article, of one order line."""

    sku: Ref = Field(description="Article number.")
    uom: Ref = Field("pcs", description="Unit of the quantity; units are never converted silently.")
    quantity: Quantity = Field(description="How much.")
    line_no: Count | None = Field(None, description="The line of the order.")


class DeliveryPlanned(Payload):
    """A delivery, visit or repair was put on the plan."""

    event: ClassVar[str] = "delivery.planned"
    delivery_id: Ref | None = Field(None, description="Number of the delivery.")
    order_ref: Ref | None = Field(None, description="The order it serves.")
    kind: DeliveryKind = Field(DeliveryKind.GOODS, description="What is brought or done.")
    planned_from: Instant | None = Field(None, description="The earliest moment on the plan.")
    planned_to: Instant = Field(description="The latest moment on the plan.")
    promise_ids: Many[PromiseRef] = Field((), description="Promises that it serves.")
    resource: Ref | None = Field(None, description="Van or technician, by number.")


class DeliveryDispatched(Payload):
    """Goods left for the customer."""

    event: ClassVar[str] = "delivery.dispatched"
    delivery_id: Ref | None = Field(None, description="Number of the delivery.")
    order_ref: Ref | None = Field(None, description="The order it serves.")
    carrier: Text80 = Field("", description="Who brings it.")
    eta: Instant | None = Field(None, description="When it should arrive.")


class DeliveryCompleted(Payload):
    """Goods were handed over, or a visit or repair was done."""

    event: ClassVar[str] = "delivery.completed"
    delivery_id: Ref | None = Field(None, description="Number of the delivery.")
    order_ref: Ref | None = Field(None, description="The order it serves.")
    kind: DeliveryKind = Field(DeliveryKind.GOODS, description="What was brought or done.")
    lines: Many[DeliveredLine] = Field((), description="Articles and quantities handed over.")
    promise_ids: Many[PromiseRef] = Field((), description="Promises that it fulfils.")
    received_by: Text80 | None = Field(None, description="Who took it in.", json_schema_extra=PII)


class DeliveryFailed(Payload):
    """A delivery, visit or repair was tried and did not succeed."""

    event: ClassVar[str] = "delivery.failed"
    delivery_id: Ref | None = Field(None, description="Number of the delivery.")
    order_ref: Ref | None = Field(None, description="The order it serves.")
    kind: DeliveryKind = Field(DeliveryKind.GOODS, description="What was tried.")
    reason: DeliveryTrouble = Field(DeliveryTrouble.OTHER, description="Why it failed.")
    lines: Many[DeliveredLine] = Field((), description="Articles and quantities not handed over.")
    promise_ids: Many[PromiseRef] = Field((), description="Promises that it was for.")


class DeliveryReturned(Payload):
    """Goods came back from the customer."""

    event: ClassVar[str] = "delivery.returned"
    delivery_id: Ref | None = Field(None, description="Number of the delivery that came back.")
    order_ref: Ref | None = Field(None, description="The order it served.")
    kind: DeliveryKind = Field(DeliveryKind.GOODS, description="What came back.")
    reason: DeliveryTrouble = Field(DeliveryTrouble.OTHER, description="Why it came back.")
    lines: Many[DeliveredLine] = Field((), description="Articles and quantities that came back.")
    promise_ids: Many[PromiseRef] = Field((), description="Promises that it had fulfilled.")


class DocumentSent(Payload):
    """A document went to the customer."""

    event: ClassVar[str] = "document.sent"
    document_id: Ref | None = Field(None, description="Number of the document.")
    type: DocumentType = Field(DocumentType.OTHER, description="What sort of document.")
    topic: Text80 | None = Field(None, description="What it is about, one word or two.")
    order_ref: Ref | None = Field(None, description="The order it is about.")
    promise_ids: Many[PromiseRef] = Field((), description="Promises that it fulfils.")
