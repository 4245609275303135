"""When a promise is due, when to warn, and until when evidence may still be on its way (RULES 4 and 5).

    start ─────────────── W ──────── D ──── G        D is inclusive: evidence at D keeps the promise
      clock starts      at_risk   overdue  broken

All instants are microseconds since 1970, UTC; all lengths are microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from klantbus.domain.calendar import Calendar
from klantbus.domain.events.due import Cutoff, Due, DueAt, DueBusinessHours, DueDate, DueWindow
from klantbus.domain.micros import HOUR, MINUTE, SECOND, micros


class Pause(NamedTuple):
    """A time in which the clock stood still: from `since`, until just before `until`."""

    since: int
    until: int


class Deadline:
    """D: `last` is the last good instant. `day` is set when a date was promised: then pauses move days."""

    __slots__ = ("cutoff", "day", "last")

    def __init__(self, last: int, day: date | None = None, cutoff: Cutoff = Cutoff.END_OF_DAY) -> None:
        self.last = last
        self.day = day
        self.cutoff = cutoff

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deadline) and (self.last, self.day, self.cutoff) == (
            other.last,
            other.day,
            other.cutoff,
        )

    def __hash__(self) -> int:
        return hash((self.last, self.day))


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before D to warn: a share of the whole (per cent) within bounds of business time."""

    percent: int = 25
    least: int = 30 * MINUTE
    most: int = 510 * MINUTE


QUARTER = Lead()
"""RULES 4: 25 %, at least 30 minutes, at most one working day."""


@dataclass(frozen=True, slots=True)
class GraceTime:
    """Evidence may arrive until so long after D, by the wall clock."""

    length: int


@dataclass(frozen=True, slots=True)
class GraceDays:
    """Evidence may arrive until a minute (600 is 10:00) of the n-th working day after the date of D."""

    days: int
    minute: int


Grace: TypeAlias = GraceTime | GraceDays

GRACE_CALLBACK = GraceTime(15 * MINUTE)
GRACE_ON_SITE = GraceTime(30 * MINUTE)
"""For visits, documents and hand-offs."""
GRACE_GOODS = GraceDays(days=1, minute=600)
GRACE_PAYMENT = GraceDays(days=2, minute=600)


# -- D, for every form of due


def deadline(calendar: Calendar, due: Due, start: int) -> Deadline | None:
    """Return D for a due in any form; `start` is when its clock starts. None for a vague promise."""
    match due:
        case None:
            return None
        case DueDate():
            return due_on(calendar, due.date, due.cutoff)
        case DueAt():
            return due_at(micros(due.at))
        case DueWindow():
            return due_at(micros(due.to))
        case DueBusinessHours():
            return due_in_business_hours(calendar, start, due.business_hours)
    return due_in_working_days(calendar, start, due.working_days)


def due_on(calendar: Calendar, day: date, cutoff: Cutoff) -> Deadline:
    """Return D for a date: its last microsecond, or its close of business if the house opens that day."""
    last = calendar.end_of_day(day) if cutoff is Cutoff.END_OF_DAY else calendar.close_of_business(day)
    return Deadline(last, day, cutoff)


def due_at(us: int) -> Deadline:
    """Return D for an instant, or for a window by its end."""
    return Deadline(us)


def due_in_working_days(calendar: Calendar, start: int, days: int) -> Deadline:
    """Return D for "within n working days": close of business of the n-th after the start date.

    None at all (n = 0) is the start date itself, or the next working day when the house is closed then.
    """
    day = calendar.day_of(start)
    if days == 0 and not calendar.is_working_day(day):
        days = 1
    return Deadline(calendar.close_of_business(calendar.add_working_days(day, days)))


def due_in_business_hours(calendar: Calendar, start: int, hours: Decimal) -> Deadline:
    """Return D for "within n hours": the instant by which the house has been open for so long."""
    return Deadline(calendar.add_business(start, int(hours * HOUR)))


# -- pauses


def after_pauses(calendar: Calendar, deadline: Deadline, pauses: Sequence[Pause]) -> Deadline:
    """Return D after pauses: dates move by the working days that closed in them, others by business time."""
    if not pauses:
        return deadline
    if deadline.day is None:
        return Deadline(calendar.add_business(deadline.last, paused_business(calendar, pauses)))
    days = sum(calendar.closings_between(pause.since, pause.until) for pause in pauses)
    return due_on(calendar, calendar.add_working_days(deadline.day, days), deadline.cutoff)


def paused_business(calendar: Calendar, pauses: Sequence[Pause]) -> int:
    """Return the business time of pauses that do not overlap; one that ends before it starts is none."""
    return sum(max(0, calendar.business_between(pause.since, pause.until)) for pause in pauses)


# -- W and G


def warn_at(
    calendar: Calendar, start: int, last: int, pauses: Sequence[Pause] = (), lead: Lead = QUARTER
) -> int | None:
    """Return W, or None when no business time lies between start and D: then nothing can be warned of."""
    end = edge_at(last)
    whole = calendar.business_between(start, end)
    if pauses:
        whole -= paused_business(calendar, pauses)
    if whole <= 0:
        return None
    return calendar.subtract_business(end, lead_time(whole, lead))


def lead_time(whole: int, lead: Lead) -> int:
    """Return the business time between W and D: a share of the whole, up to a full minute, within bounds."""
    share = -(-whole * lead.percent // (100 * MINUTE)) * MINUTE
    bounded = min(max(share, lead.least), lead.most)
    return min(bounded, whole // 2)


def grace_end(calendar: Calendar, last: int, grace: Grace) -> int:
    """Return G: up to here a missing proof may still be on its way, after it the promise is broken."""
    if isinstance(grace, GraceTime):
        return last + grace.length
    return calendar.at(calendar.add_working_days(calendar.day_of(last), grace.days), grace.minute)


def edge_at(last: int) -> int:
    """Return the instant shown for the passing of a last good moment.

    The last microsecond of a day passes at midnight (S09: 23:00:00Z), a whole second at itself (S02: 13:00Z).
    """
    return last + 1 if (last + 1) % SECOND == 0 else last
