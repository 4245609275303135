"""Facts about facts: corrections, signs of life, calendars."""

import json
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from klantbus.domain.events.base import (
    PII,
    ClockTime,
    Count,
    Day,
    EventRef,
    Instant,
    Many,
    Part,
    Payload,
    Ref,
    Text280,
    Zone,
)


def _json_text(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("JSON text is asked for") from error
    return text


JsonText = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_json_text)]
Changes = Annotated[dict[Ref, JsonText], Field(max_length=100)]


class EventCorrected(Payload):
    """A department mends a fact that it stated before; history keeps both versions."""

    event: ClassVar[str] = "event.corrected"
    target_event_id: EventRef = Field(description="The fact that is mended.")
    set: Changes = Field(
        description="New values by field name, each as JSON text; only payload fields and time.",
        json_schema_extra=PII,
    )
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class EventRetracted(Payload):
    """A department takes a fact back: it never happened so."""

    event: ClassVar[str] = "event.retracted"
    target_event_id: EventRef = Field(description="The fact that is taken back.")
    reason: Text280 = Field("", description="Why, in words.", json_schema_extra=PII)


class DepartmentHeartbeat(Payload):
    """A department's system is alive, also when it has nothing to say."""

    event: ClassVar[str] = "department.heartbeat"
    about: ClassVar[Literal["customer", "department", "calendar"]] = "department"
    nothing_to_report: bool = Field(default=True, description="Whether it has nothing waiting to be sent.")
    queue_oldest: Instant | None = Field(None, description="Moment of its oldest fact not yet sent.")


class OpenRange(Part):
    """Opening hours on one day of every week."""

    weekday: Annotated[int, Field(ge=1, le=7)] = Field(description="ISO day of the week: 1 is Monday.")
    opens: ClockTime = Field(description="Local time at which it opens.")
    closes: ClockTime = Field(description="Local time at which it closes; 24:00 is the end of the day.")


class OpenDay(Part):
    """Opening hours on one day that differs from its weekday."""

    date: Day = Field(description="The day.")
    opens: ClockTime = Field(description="Local time at which it opens.")
    closes: ClockTime = Field(description="Local time at which it closes; 24:00 is the end of the day.")


class CalendarPublished(Payload):
    """A business calendar, or a new version of one; promises keep the version they were made under."""

    event: ClassVar[str] = "calendar.published"
    about: ClassVar[Literal["customer", "department", "calendar"]] = "calendar"
    calendar_id: Ref = Field(description="Name of the calendar.")
    version: Count = Field(description="Counts up with every publication.")
    zone: Zone = Field("Europe/Amsterdam", description="IANA name of the zone its hours are in.")
    open: Many[OpenRange] = Field((), description="Opening hours by weekday; several a day may stand.")
    closed: Many[Day] = Field((), description="Days on which it is closed whatever the weekday.")
    open_on: Many[OpenDay] = Field((), description="Days with hours of their own; they win.")
