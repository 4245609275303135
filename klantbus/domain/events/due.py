"""The ways to say by when: a day, an instant, a window, working days, business hours, or nothing at all."""

from enum import StrEnum

from pydantic import Field

from klantbus.domain.events.base import Count, Day, Hours, Instant, Part, Ref


class Cutoff(StrEnum):
    """Until when a day lasts."""

    END_OF_DAY = "end_of_day"
    CLOSE_OF_BUSINESS = "close_of_business"


class DueDate(Part):
    """Due on a day: until its last microsecond on the local clock, or until close of business."""

    date: Day = Field(description="The last good day, on the calendar of the promise.")
    cutoff: Cutoff = Field(Cutoff.END_OF_DAY, description="Until when that day lasts.")
    calendar: Ref | None = Field(
        None, description="Calendar that reckons it; none is the department's own calendar."
    )


class DueAt(Part):
    """Due at an instant."""

    at: Instant = Field(description="The last good moment.")


class DueWindow(Part):
    """Due within a window; its end is the last good moment."""

    from_: Instant = Field(alias="from", description="The first good moment.")
    to: Instant = Field(description="The last good moment.")


class DueWorkingDays(Part):
    """Due at close of business of the n-th working day after the day it starts."""

    working_days: Count = Field(description="Number of working days.")


class DueBusinessHours(Part):
    """Due a number of business hours after it starts."""

    business_hours: Hours = Field(description="Number of hours in which the calendar is open.")


Due = DueDate | DueAt | DueWindow | DueWorkingDays | DueBusinessHours | None
"""None is a promise without a moment: vague."""
