"""A receiver's business hours, in the words of this room: aware datetimes and spans."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from klantbus.domain.calendar import Calendar
from klantbus.domain.micros import micros, moment

_MICRO = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody may be told, and on which wall clock. Without a calendar: always (who is on call)."""

    calendar: Calendar | None = None
    zone: tzinfo = UTC

    def is_open(self, at: datetime) -> bool:
        """Return whether they are at work; the closing moment itself still counts."""
        if self.calendar is None:
            return True
        us = micros(at)
        return self.calendar.is_open(us) or self.calendar.is_open(us - 1)

    def open_from(self, at: datetime) -> datetime:
        """Return `at` when they are at work, else the next opening."""
        if self.calendar is None or self.is_open(at):
            return at
        return moment(self.calendar.next_open(micros(at)))

    def add(self, at: datetime, span: timedelta) -> datetime:
        """Return the moment by which `span` of business time has passed since `at`."""
        if self.calendar is None:
            return at + span
        return moment(self.calendar.add_business(micros(at), span // _MICRO))

    def next_day_opening(self, at: datetime) -> datetime:
        """Return the opening of the first working day after the day of `at`."""
        if self.calendar is None:
            return at + _DAY
        day = self.calendar.next_working_day(self.day_of(at))
        return moment(self.calendar.next_open(self.calendar.start_of_day(day)))

    def opening(self, day: date) -> datetime | None:
        """Return when they open on a date, or None when they do not."""
        if self.calendar is None or not self.calendar.is_working_day(day):
            return None
        return moment(self.calendar.next_open(self.calendar.start_of_day(day)))

    def day_of(self, at: datetime) -> date:
        """Return their local date."""
        return self.local(at).date()

    def local(self, at: datetime) -> datetime:
        """Return the moment on their wall clock, for showing."""
        return at.astimezone(self.calendar.zone if self.calendar else self.zone)
