"""Conversations with a customer, what they thought of us, and what they complained about."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from klantbus.domain.events.base import (
    PII,
    Department,
    Instant,
    Many,
    Payload,
    PromiseRef,
    Ref,
    Text80,
    Text280,
    Text500,
)


class Direction(StrEnum):
    """Who started a contact."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    """By which way a contact went."""

    PHONE = "phone"
    VISIT = "visit"
    MAIL = "mail"
    CHAT = "chat"
    PORTAL = "portal"
    UNKNOWN = "unknown"


class Mood(StrEnum):
    """How the customer sounded."""

    GOOD = "good"
    NEUTRAL = "neutral"
    UPSET = "upset"


class Scale(StrEnum):
    """Which question a score answers."""

    CSAT = "csat"
    NPS = "nps"
    CES = "ces"


class Gravity(StrEnum):
    """How bad a complaint is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class ContactLogged(Payload):
    """We spoke or wrote with a customer, or tried to."""

    event: ClassVar[str] = "contact.logged"
    contact_id: Ref | None = Field(None, description="Number of the contact in the source system.")
    direction: Direction = Field(description="Who started it: in is the customer, out is us.")
    channel: Channel = Field(Channel.UNKNOWN, description="By which way it went.")
    reached: bool = Field(description="Whether both sides spoke; a call nobody took is no evidence.")
    contact_person: Text80 | None = Field(
        None, description="With whom, at the customer's.", json_schema_extra=PII
    )
    topic: Text80 | None = Field(None, description="What it was about, one word or two.")
    order_ref: Ref | None = Field(None, description="The order it was about.")
    summary: Text500 = Field("", description="What was said, in short.", json_schema_extra=PII)
    mood: Mood | None = Field(None, description="How the customer sounded.")
    promise_ids: Many[PromiseRef] = Field((), description="Promises that this contact fulfils.")
    briefing_viewed_at: Instant | None = Field(
        None, description="When the briefing was opened before this contact."
    )


class SatisfactionRecorded(Payload):
    """A customer told us what they think of us."""

    event: ClassVar[str] = "satisfaction.recorded"
    score: Annotated[int, Field(ge=1, le=5)] = Field(
        description="From 1 (bad) to 5 (good); other scales are brought to these five steps at the source."
    )
    scale: Scale = Field(Scale.CSAT, description="Which question the score answers.")
    about_department: Department | None = Field(None, description="The department it is about.")
    about_promise: PromiseRef | None = Field(None, description="The promise it is about.")
    comment: Text500 = Field("", description="What the customer wrote or said.", json_schema_extra=PII)


class ComplaintOpened(Payload):
    """A customer complained."""

    event: ClassVar[str] = "complaint.opened"
    complaint_id: Ref = Field(description="Number of the complaint.")
    text: Text280 = Field("", description="The complaint in the customer's words.", json_schema_extra=PII)
    promise_id: PromiseRef | None = Field(None, description="The promise it is about.")
    severity: Gravity = Field(Gravity.NORMAL, description="How bad it is.")


class ComplaintClosed(Payload):
    """A complaint was settled."""

    event: ClassVar[str] = "complaint.closed"
    complaint_id: Ref = Field(description="Number of the complaint.")
    text: Text280 = Field("", description="How it was settled.", json_schema_extra=PII)
    promise_id: PromiseRef | None = Field(None, description="The promise it was about.")
    severity: Gravity = Field(Gravity.NORMAL, description="How bad it was, looking back.")
