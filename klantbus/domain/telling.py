"""How well a department tells what it knows (RULES 9): per department and day, in its own business time.

The work may be done and nobody told: these figures are about the telling. Instants and lengths are in
microseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from klantbus.domain.calendar import Calendar
from klantbus.domain.measures import Share, Spread, spread
from klantbus.domain.micros import HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Limits:
    """When telling is late, a department silent, a hand-off missing (business time), a briefing old."""

    late: int = 60 * MINUTE
    silent: int = 4 * HOUR
    answer: int = 4 * HOUR
    fresh: int = 15 * MINUTE


LIMITS = Limits()
"""As RULES 8 and 9 name them."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact of the department: may it be evidence, did that find no promise, does it mend a fact."""

    time: int
    published: int
    evidence: bool = False
    unmatched: bool = False
    correction: bool = False


@dataclass(frozen=True, slots=True)
class HandoffRow:
    """A promise another department made for this one: when that was published, when this one answered."""

    asked: int
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact of the department: when, and when its people opened the briefing, if they did."""

    time: int
    briefing_viewed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """How one department told what it knew on one day. Lengths, `silent` among them, are business time."""

    day: date
    lag: Spread
    late: Share
    silent: int
    unmatched: Share
    corrections: Share
    answers: Spread
    missing_handoffs: int
    briefed: Share


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one department: its facts (also those just before the day), hand-offs to it, contacts.

    `heartbeats` are instants of publication.
    """

    facts: Sequence[FactRow] = ()
    heartbeats: Sequence[int] = ()
    handoffs: Sequence[HandoffRow] = ()
    contacts: Sequence[ContactRow] = ()


def telling(calendar: Calendar, day: date, told: Told, now: int, limits: Limits = LIMITS) -> Telling:
    """Return the figures of a department for one of its local days, as far as that day has passed by `now`.

    Facts belong to the day they were published, hand-offs to the day they were asked, contacts to their own.
    """
    since, until = calendar.start_of_day(day), min(now, calendar.end_of_day(day)) + 1
    facts = [fact for fact in told.facts if since <= fact.published < until]
    handoffs = [row for row in told.handoffs if since <= row.asked < until]
    lags = [lag(calendar, fact) for fact in facts]
    signs = [*(fact.published for fact in told.facts), *told.heartbeats]
    return Telling(
        day=day,
        lag=spread(lags),
        late=Share(sum(late > limits.late for late in lags), len(lags)),
        silent=silence(calendar, signs, since, until, limits.silent),
        unmatched=_unmatched(facts),
        corrections=Share(sum(fact.correction for fact in facts), len(facts)),
        answers=spread(_answers(calendar, handoffs)),
        missing_handoffs=missing(calendar, handoffs, now, limits.answer),
        briefed=briefed([row for row in told.contacts if since <= row.time < until], limits.fresh),
    )


def lag(calendar: Calendar, fact: FactRow) -> int:
    """Return how late a fact was told, in business time; told before it happened counts as at once."""
    return max(0, calendar.business_between(fact.time, fact.published))


def silence(calendar: Calendar, signs: Iterable[int], since: int, until: int, limit: int) -> int:
    """Return the business time from `since` to `until` in which the last sign was more than `limit` ago.

    Before its very first sign a department is not silent but unknown.
    """
    spans = pairwise([*sorted(sign for sign in signs if sign < until), until])
    return sum(
        max(0, calendar.business_between(max(since, calendar.add_business(sign, limit)), following))
        for sign, following in spans
    )


def missing(calendar: Calendar, handoffs: Iterable[HandoffRow], now: int, limit: int) -> int:
    """Return how many hand-offs were not answered within the limit, or had not been by `now`."""
    due = ((calendar.add_business(row.asked, limit), row.answered) for row in handoffs)
    return sum(last <= now if answered is None else last < answered for last, answered in due)


def briefed(contacts: Sequence[ContactRow], fresh: int) -> Share:
    """Return the contacts whose briefing was opened in the time `fresh` before them."""
    ready = [
        row.briefing_viewed_at is not None and 0 <= row.time - row.briefing_viewed_at <= fresh
        for row in contacts
    ]
    return Share(sum(ready), len(ready))


def _unmatched(facts: Iterable[FactRow]) -> Share:
    evidence = [fact for fact in facts if fact.evidence]
    return Share(sum(fact.unmatched for fact in evidence), len(evidence))


def _answers(calendar: Calendar, handoffs: Iterable[HandoffRow]) -> list[int]:
    return [
        max(0, calendar.business_between(row.asked, row.answered))
        for row in handoffs
        if row.answered is not None
    ]
