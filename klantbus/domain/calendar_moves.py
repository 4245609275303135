"""What a new version of a calendar does to open promises (RULES 6, row Calendar or policy changed; N12).

D is frozen with the calendar it was reckoned with. A change moves an open promise only by a fact that all can
see: somebody publishes what this module proposes as `promise.rescheduled`, with reason `calendar`, agreed.
"""

from typing import NamedTuple

from klantbus.domain.calendar import Calendar
from klantbus.domain.customer import Customer
from klantbus.domain.events import PromiseRescheduled
from klantbus.domain.events.due import DueAt
from klantbus.domain.events.promise import Initiator, MoveReason
from klantbus.domain.micros import moment
from klantbus.domain.promise import OPEN, Promise


class Move(NamedTuple):
    """A promise whose D lies elsewhere on the new calendar, in µs."""

    promise_id: str
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


def calendar_moves(customer: Customer, calendar: Calendar) -> list[Move]:
    """Return the open promises of a customer that `calendar`, a new version, moves; closed ones stay."""
    found = []
    for promise in customer.dossier.promises.values():
        becomes = _becomes(customer, promise, calendar)
        if becomes is not None and promise.due is not None and becomes != promise.due:
            found.append(Move(promise.id, promise.due, becomes))
    return found


def _becomes(customer: Customer, promise: Promise, calendar: Calendar) -> int | None:
    own = promise.calendar
    if promise.said_state not in OPEN or own is None or own.id != calendar.id or promise.start is None:
        return None
    if promise.paused_since is not None:
        return None  # its pause will move it, by the calendar in force then
    clock = customer.rules.clock(calendar, promise.term, promise.kind, promise.start, promise.pauses)
    return clock.last if clock is not None else None
