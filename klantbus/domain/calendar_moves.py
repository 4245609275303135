"""What a new version of a calendar does to open promises (RULES 6, row Calendar or policy changed; N12).

D is frozen with the calendar it was reckoned with. A change moves an open promise only by a fact that all can
see: a `promise.rescheduled` with reason `calendar`, agreed, whose id follows from the calendar's fact.
"""

import uuid
from typing import NamedTuple

from klantbus.domain.calendar import Calendar
from klantbus.domain.customer import Customer
from klantbus.domain.events import Fact, PromiseRescheduled
from klantbus.domain.events.due import DueAt
from klantbus.domain.events.promise import Initiator, MoveReason
from klantbus.domain.micros import moment
from klantbus.domain.promise import OPEN, Promise

_MOVES = uuid.UUID("b7a0a7f0-51a4-5f0e-8f57-6d2f4a1f3c90")
"""The namespace of ids that follow from a calendar's fact and a promise."""


class Move(NamedTuple):
    """A promise about `subject` whose D lies elsewhere on the new calendar, in µs."""

    promise_id: str
    subject: str
    was: int
    becomes: int

    def payload(self) -> PromiseRescheduled:
        """Return what to publish."""
        due = DueAt(at=moment(self.becomes))
        return PromiseRescheduled(
            promise_id=self.promise_id,
            due=due,
            agreed=True,
            initiated_by=Initiator.US,
            reason=MoveReason.CALENDAR,
        )


def moved_by(published: Fact, customer: Customer, calendar: Calendar, at: int) -> list[Fact]:
    """Return what to publish at `at` (µs) because the fact `published` brought `calendar`."""
    return [_fact(published, move, at) for move in calendar_moves(customer, calendar)]


def _fact(published: Fact, move: Move, at: int) -> Fact:
    payload, time = move.payload(), moment(at)
    return Fact(
        id=str(uuid.uuid5(_MOVES, f"{published.id}|{move.promise_id}")),
        source=f"/{published.department}/calendar",
        type=payload.event,
        subject=move.subject,
        time=time,
        recordedtime=time,
        causationid=published.id,
        data=payload,
    )


def calendar_moves(customer: Customer, calendar: Calendar) -> list[Move]:
    """Return the open promises of a customer that `calendar`, a new version, moves; closed ones stay."""
    found = []
    for promise in customer.dossier.promises.values():
        becomes = _becomes(customer, promise, calendar)
        if becomes is not None and promise.due is not None and becomes != promise.due:
            found.append(Move(promise.id, promise.made.subject, promise.due, becomes))
    return found


def _becomes(customer: Customer, promise: Promise, calendar: Calendar) -> int | None:
    own = promise.calendar
    if promise.said_state not in OPEN or own is None or own.id != calendar.id or promise.start is None:
        return None
    if promise.paused_since is not None:
        return None  # its pause will move it, by the calendar in force then
    clock = customer.rules.clock(calendar, promise.term, promise.kind, promise.start, promise.pauses)
    return clock.last if clock is not None else None
