"""What a change of calendars does to open promises (RULES 6, row Calendar or policy changed; N12).

D is frozen with the calendar it was reckoned with. A change moves an open promise only by a fact that all can
see: a `promise.rescheduled` with reason `calendar`, agreed, from the system `calendar` of the department that
changed it. What was promised (two working days) stays known, so that each later change reckons from that:
a day that is opened again moves the promise back.
"""

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from klantbus.domain.calendar import Calendar
from klantbus.domain.calendar_versions import Versions
from klantbus.domain.customer import Customer
from klantbus.domain.events import Fact, PromiseRescheduled
from klantbus.domain.events.due import DueAt
from klantbus.domain.events.promise import Initiator, MoveReason
from klantbus.domain.micros import moment
from klantbus.domain.promise import OPEN, Promise

SYSTEM = "calendar"
"""The system of a department that moves promises in its name."""
_MOVES = uuid.UUID("b7a0a7f0-51a4-5f0e-8f57-6d2f4a1f3c90")
"""The namespace of ids that follow from a calendar's fact and a promise."""
_LATEST = 2**62
_NOTHING: Mapping[str, int] = {}


class Move(NamedTuple):
    """A promise about `subject` whose D lies elsewhere by now, in µs; it was last set at `since`.

    `revision` tells how often it was moved before, `calendars` which may be the reason.
    """

    promise_id: str
    subject: str
    was: int
    becomes: int
    since: int
    revision: int
    calendars: tuple[str, ...]

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


def moved_by(
    versions: Versions, customer: Customer, at: int, under_way: Mapping[str, int] = _NOTHING
) -> list[Fact]:
    """Return what to publish at `at` (µs) because of the calendars of `versions`.

    `under_way` holds the D of promises whose move was published and is still to be learned.
    """
    moves = [(versions.cause(*move.calendars), move) for move in calendar_moves(customer, under_way)]
    return [_fact(cause, move, at) for cause, move in moves if cause is not None]


def _fact(cause: Fact, move: Move, at: int) -> Fact:
    payload, time = move.payload(), moment(max(at, move.since))
    return Fact(
        id=str(uuid.uuid5(_MOVES, f"{cause.id}|{move.promise_id}|{move.revision}|{move.becomes}")),
        source=f"/{cause.department}/{SYSTEM}",
        type=payload.event,
        subject=move.subject,
        time=time,
        recordedtime=time,
        causationid=cause.id,
        data=payload,
    )


def calendar_moves(customer: Customer, under_way: Mapping[str, int] = _NOTHING) -> list[Move]:
    """Return the open promises of a customer that its calendars, as they are now, move; closed ones stay."""
    found = []
    for promise in customer.dossier.promises.values():
        calendar = _calendar_of(customer, promise)
        if calendar is None:
            continue
        was, becomes = under_way.get(promise.id, promise.due), _becomes(customer, promise, calendar)
        if was is not None and becomes is not None and was != becomes:
            found.append(_move(promise, calendar, was, becomes))
    return found


def _move(promise: Promise, calendar: Calendar, was: int, becomes: int) -> Move:
    names = {calendar.id, promise.term.calendar if promise.term else None}
    names.add(promise.calendar.id if promise.calendar else None)
    calendars = tuple(sorted(name for name in names if name is not None))
    since = promise.start or 0
    return Move(promise.id, promise.made.subject, was, becomes, since, promise.revision, calendars)


def _calendar_of(customer: Customer, promise: Promise) -> Calendar | None:
    """Return by which calendar an open promise would be reckoned now; None when nothing is to be reckoned."""
    if promise.term is None or promise.start is None or promise.said_state not in OPEN:
        return None
    return customer.rules.calendar(promise.said.performer, _LATEST, promise.term.calendar)


def _becomes(customer: Customer, promise: Promise, calendar: Calendar) -> int | None:
    start, policy = promise.start or 0, customer.rules.policy
    clock = customer.rules.clock(calendar, promise.term, promise.kind, start, promise.pauses)
    if clock is None or clock.last - start > policy.far_future:
        return None  # so far away that nobody would believe it
    return clock.last
