"""What the judge judges by: the policy, the calendars, and what was reckoned with them before.

All instants are microseconds since 1970 UTC, lengths microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Final, cast

from mypy_extensions import mypyc_attr

from klantbus.domain import due as d
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import PromiseKind
from klantbus.domain.policy import DEFAULTS, Policy
from klantbus.domain.said import Term

_BY_DAY: Final = frozenset({"date", "working_days"})
_REMEMBERED: Final = 50_000
"""How many answers are kept; then the memory starts anew."""


@mypyc_attr(acyclic=True)
class Clock:
    """The moments of one promise (RULES 4): D, W (none if there is no warning), G, the first good one."""

    __slots__ = ("first", "grace", "last", "warn")

    def __init__(self, last: int, warn: int | None, grace: int, first: int) -> None:
        self.last = last
        self.warn = warn
        self.grace = grace
        self.first = first


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars in force: one for all, others by id, and which department opens by which.

    `versions` holds for each id its calendars with the instant from which each was known, in order: a
    deadline is reckoned with the version known when the fact that set it was published (RULES 6). None: from
    then on there was no such calendar, for the only one was taken back.
    """

    default: Calendar
    versions: Mapping[str, tuple[tuple[int, Calendar | None], ...]] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)

    def of(self, department: str, published: int, wanted: str | None = None) -> Calendar:
        """Return the calendar `wanted` by id, else the department's, else the default, as known then."""
        found = None if wanted is None else self.named(wanted, published)
        if found is None:
            found = self.named(self.departments.get(department, self.default.id), published)
        return self.default if found is None else found

    def named(self, name: str, published: int) -> Calendar | None:
        """Return the calendar of that id, as known then; None when there was none."""
        known = [calendar for since, calendar in self.versions.get(name, ()) if since <= published]
        if known:
            return known[-1]
        return self.default if name == self.default.id else None

    def with_version(self, calendar: Calendar, since: int) -> "Calendars":
        """Return these calendars with one more version, known from `since`."""
        return self._with(calendar.id, calendar, since)

    def without(self, name: str, since: int) -> "Calendars":
        """Return these calendars, from `since` on without any of that id."""
        return self._with(name, None, since)

    def _with(self, name: str, calendar: Calendar | None, since: int) -> "Calendars":
        after = sorted((*self.versions.get(name, ()), (since, calendar)), key=itemgetter(0))
        return Calendars(self.default, {**self.versions, name: tuple(after)}, self.departments)


@dataclass(frozen=True)
class Rules:
    """Policy and calendars, with a memory of what was reckoned: equal questions come often."""

    calendars: Calendars
    policy: Policy = DEFAULTS
    _days: dict[tuple[object, ...], tuple[int, int, int]] = field(
        default_factory=dict, repr=False, compare=False
    )
    only: Calendar | None = field(init=False, repr=False, compare=False)
    """The one calendar that all departments share, if there is but one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "only", None if self.calendars.versions else self.calendars.default)

    def calendar(self, department: str, published: int, wanted: str | None = None) -> Calendar:
        """Return the calendar that a department's time is reckoned by."""
        return self.only or self.calendars.of(department, published, wanted)

    def clock(
        self,
        calendar: Calendar,
        term: Term | None,
        kind: PromiseKind,
        start: int,
        pauses: tuple[d.Pause, ...] = (),
    ) -> Clock | None:
        """Return the moments of a promise whose clock started at `start`; None for a vague one."""
        if term is None:
            return None
        if term.form in _BY_DAY and not pauses:
            last, grace, first = self._of_day(calendar, term, kind, start)
        else:
            last = d.after_pauses(calendar, _deadline(calendar, term, start), pauses).last
            grace = d.grace_end(calendar, last, self.policy.graces[kind])
            first = _first(calendar, term)
        warn = d.warn_at(calendar, start, last, pauses, self.policy.lead)
        return Clock(last, warn, grace, first)

    def _of_day(self, calendar: Calendar, term: Term, kind: PromiseKind, start: int) -> tuple[int, int, int]:
        """Return D, G and the first good moment, which hang on no more than the day it was promised on."""
        day = 0 if term.form == "date" else calendar.day_number(start)
        question = (calendar.mark, term.form, term.value, term.cutoff, kind, day)
        found = self._days.get(question)
        if found is None:
            if len(self._days) > _REMEMBERED:
                self._days.clear()
            last = _deadline(calendar, term, start).last
            grace = d.grace_end(calendar, last, self.policy.graces[kind])
            found = self._days[question] = (last, grace, _first(calendar, term))
        return found

    @staticmethod
    def last(calendar: Calendar, term: Term, start: int) -> int:
        """Return D alone, of a due that was asked for and not promised."""
        return _deadline(calendar, term, start).last

    def answer_by(self, department: str, published: int) -> int:
        """Return when a performer should have answered what was published then (RULES 8)."""
        return self.calendar(department, published).add_business(published, self.policy.handoff_answer)

    def invoice_check(self, department: str, published: int) -> int:
        """Return until when a delivery note may be in flight (RULES 8, invoice.before_delivery)."""
        return self.calendar(department, published).add_business(published, self.policy.invoice_patience)

    def pick_up_by(self, published: int) -> int:
        """Return until when an opportunity may lie: close of business, some working days on (RULES 8)."""
        calendar = self.calendar("sales", published)
        return d.due_in_working_days(calendar, published, self.policy.opportunity_days).last

    def lag(self, department: str, time: int, published: int) -> int:
        """Return how late a fact was told, in business time; a fact told early is not late."""
        if published - time <= self.policy.late_publication:
            return max(0, published - time)
        return self.calendar(department, published).business_between(time, published)


def _deadline(calendar: Calendar, term: Term, start: int) -> d.Deadline:
    form, value = term.form, term.value
    if form == "date":
        return d.due_on(calendar, date.fromordinal(cast("int", value)), term.cutoff)
    if form == "at":
        return d.due_at(cast("int", value))
    if form == "window":
        return d.due_at(term.until)
    if form == "business_hours":
        return d.due_in_business_hours(calendar, start, Decimal(value))
    return d.due_in_working_days(calendar, start, cast("int", value))


def _first(calendar: Calendar, term: Term) -> int:
    """Return the first good moment: a window's start, a day's start, else the beginning of time."""
    if term.form == "window":
        return cast("int", term.value)
    if term.form == "date":
        return calendar.start_of_day(date.fromordinal(cast("int", term.value)))
    return 0
