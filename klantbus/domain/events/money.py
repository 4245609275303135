"""Invoices, credits and payments. Amounts are net of tax unless they say otherwise."""

from typing import ClassVar

from pydantic import Field

from klantbus.domain.events.base import (
    PII,
    Count,
    Currency,
    Day,
    Many,
    Money,
    Part,
    Payload,
    PromiseRef,
    Quantity,
    Ref,
    Text280,
    UnitPrice,
)


class InvoicedLine(Part):
    """So much of one article at a price."""

    sku: Ref = Field(description="Article number.")
    quantity: Quantity = Field(description="How much.")
    unit_net: UnitPrice | None = Field(None, description="Net price of one unit; none when not stated.")
    line_no: Count | None = Field(None, description="The line of the order.")


class InvoiceIssued(Payload):
    """An invoice went to the customer."""

    event: ClassVar[str] = "invoice.issued"
    invoice_no: Ref = Field(description="Number of the invoice.")
    order_ref: Ref | None = Field(None, description="The order it charges.")
    lines: Many[InvoicedLine] = Field((), description="Articles, quantities and prices charged.")
    total_net: Money | None = Field(None, description="Total without tax.")
    total_vat: Money | None = Field(None, description="Total of the tax.")
    currency: Currency = Field("EUR", description="ISO 4217 code of every amount in it.")
    due_date: Day | None = Field(None, description="The last day to pay.")
    prepayment: bool = Field(default=False, description="Whether paying before delivery was agreed.")


class InvoiceCredited(Payload):
    """An invoice was taken back, whole or in part."""

    event: ClassVar[str] = "invoice.credited"
    credit_no: Ref | None = Field(None, description="Number of the credit note.")
    invoice_no: Ref = Field(description="The invoice it takes back.")
    lines: Many[InvoicedLine] = Field((), description="Lines taken back; none is the whole invoice.")
    total_net: Money | None = Field(None, description="Total without tax taken back.")
    currency: Currency = Field("EUR", description="ISO 4217 code of every amount in it.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)
    promise_ids: Many[PromiseRef] = Field((), description="Promises of a credit that it fulfils.")


class PaymentReceived(Payload):
    """Money of the customer came in."""

    event: ClassVar[str] = "payment.received"
    payment_id: Ref | None = Field(None, description="Number of the payment.")
    invoice_no: Ref | None = Field(None, description="The invoice it pays.")
    amount: Money = Field(description="How much.")
    currency: Currency = Field("EUR", description="ISO 4217 code of the amount.")
    value_date: Day | None = Field(None, description="The day the bank counts it from.")
    promise_ids: Many[PromiseRef] = Field((), description="Payment promises that it fulfils.")
