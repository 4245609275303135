"""Who the customer is, and what they might want next."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from klantbus.domain.events.base import PII, ClockTime, Customer, Many, Payload, Phone, Ref, Text80, Text280
from klantbus.domain.events.contact import Channel


class Strength(StrEnum):
    """How serious an opportunity looks."""

    HINT = "hint"
    WARM = "warm"
    HOT = "hot"


class OpportunityResult(StrEnum):
    """What became of an opportunity."""

    WON = "won"
    LOST = "lost"
    NO_INTEREST = "no_interest"
    OTHER = "other"


class OpportunitySignalled(Payload):
    """Somebody noticed that a customer may want something."""

    event: ClassVar[str] = "opportunity.signalled"
    opportunity_id: Ref = Field(description="Number of the opportunity.")
    text: Text280 = Field("", description="What was noticed.", json_schema_extra=PII)
    product: Text80 | None = Field(None, description="The product or article it is about.")
    strength: Strength = Field(Strength.HINT, description="How serious it looks.")
    seen_by: Ref | None = Field(None, description="Pseudonymous number of who noticed it.")


class OpportunityPickedUp(Payload):
    """Sales took an opportunity on."""

    event: ClassVar[str] = "opportunity.picked_up"
    opportunity_id: Ref = Field(description="Number of the opportunity.")
    owner: Ref | None = Field(None, description="Pseudonymous number of who took it on.")


class OpportunityClosed(Payload):
    """An opportunity came to an end."""

    event: ClassVar[str] = "opportunity.closed"
    opportunity_id: Ref = Field(description="Number of the opportunity.")
    result: OpportunityResult = Field(OpportunityResult.OTHER, description="What became of it.")
    text: Text280 = Field("", description="What was learned.", json_schema_extra=PII)


class CustomerRegistered(Payload):
    """A customer got a number."""

    event: ClassVar[str] = "customer.registered"
    name: Text280 = Field(description="Name of the customer.", json_schema_extra=PII)
    segment: Text80 | None = Field(None, description="Kind of customer, such as retail or industry.")
    account_owner: Ref | None = Field(None, description="Pseudonymous number of who looks after them.")
    preferred_channel: Channel | None = Field(None, description="How they like to be reached.")
    do_not_call_before: ClockTime | None = Field(None, description="No calls before this local time.")
    do_not_call_after: ClockTime | None = Field(None, description="No calls after this local time.")
    language: Ref | None = Field(None, description="BCP 47 tag of their language, such as nl.")
    phones: Many[Phone] = Field(
        (), description="Telephone numbers they call from, E.164, the usual one first.", json_schema_extra=PII
    )


class CustomerUpdated(Payload):
    """Something about a customer changed; what is not stated stays."""

    event: ClassVar[str] = "customer.updated"
    name: Text280 | None = Field(None, description="Name of the customer.", json_schema_extra=PII)
    segment: Text80 | None = Field(None, description="Kind of customer, such as retail or industry.")
    account_owner: Ref | None = Field(None, description="Pseudonymous number of who looks after them.")
    preferred_channel: Channel | None = Field(None, description="How they like to be reached.")
    do_not_call_before: ClockTime | None = Field(None, description="No calls before this local time.")
    do_not_call_after: ClockTime | None = Field(None, description="No calls after this local time.")
    language: Ref | None = Field(None, description="BCP 47 tag of their language, such as nl.")
    phones: Many[Phone] = Field(
        (),
        description="Telephone numbers they call from, E.164, the usual one first; none says nothing new.",
        json_schema_extra=PII,
    )


class CustomerMerged(Payload):
    """Two numbers turned out to be one customer."""

    event: ClassVar[str] = "customer.merged"
    from_: Customer = Field(alias="from", description="The number that is given up.")
    into: Customer = Field(description="The number that stays.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class CustomerUnmerged(Payload):
    """Two numbers that had been joined are two customers after all."""

    event: ClassVar[str] = "customer.unmerged"
    from_: Customer = Field(alias="from", description="The number that had been given up.")
    into: Customer = Field(description="The number it had been joined to.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)
