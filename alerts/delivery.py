"""One message on its way to one address: its life as a table, and when it is tried again.

    pending --start--> sending --taken--> sent
                       sending --away---> waiting --start--> sending
                       sending --refused-> refused        (4xx: repeating does not help)
                       sending --gone----> gone           (410: the address is never called again)
                       sending --late----> given_up       (after a day)
    waiting --overtaken--> overtaken                      (everything it told of is over)

A process that was killed while sending finds `sending` and sends again: at least once, under the same key.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.errors import ReceiverAway, ReceiverGone, ReceiverRefused
from alerts.model import Address


class State(StrEnum):
    """Where a delivery is."""

    PENDING = "pending"
    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    GONE = "gone"
    GIVEN_UP = "given_up"
    OVERTAKEN = "overtaken"


FAILED_AFTER = 3
"""So many failures in a row are shown as `notification_failed` (RULES 8, N15); trying goes on."""

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 900))
PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the ledger. `letter` is JSON (see `letter.LETTER`), `answer` what the receiver said last."""

    id: str
    address: Address
    level: str
    receiver: str
    at: datetime
    decided: datetime
    state: State
    attempts: int
    try_at: datetime | None
    handed: datetime | None
    answer: str
    letter: str

    @property
    def failed(self) -> bool:
        """Return whether people should see that it did not arrive."""
        if self.state in {State.REFUSED, State.GONE, State.GIVEN_UP}:
            return True
        return self.state is State.WAITING and self.attempts >= FAILED_AFTER


def started(delivery: Delivery) -> Delivery:
    """Return it as it is while the receiver has not answered."""
    return replace(delivery, state=State.SENDING, attempts=delivery.attempts + 1)


def taken(delivery: Delivery, answer: str, now: datetime) -> Delivery:
    """Return it after the receiver said yes."""
    return replace(delivery, state=State.SENT, try_at=None, handed=now, answer=answer)


def overtaken(delivery: Delivery) -> Delivery:
    """Return it when everything it would tell is over before anybody took it."""
    return replace(delivery, state=State.OVERTAKEN, try_at=None)


Pauses = tuple[timedelta, ...]


def failed(
    delivery: Delivery, error: ReceiverAway | ReceiverRefused, now: datetime, pauses: Pauses = PAUSES
) -> Delivery:
    """Return it after the receiver said no, or nothing; `pauses` lie before the next attempts."""
    if isinstance(error, ReceiverRefused):
        state = State.GONE if isinstance(error, ReceiverGone) else State.REFUSED
        return replace(delivery, state=state, try_at=None, answer=error.reason)
    if now - delivery.decided >= PATIENCE:
        return replace(delivery, state=State.GIVEN_UP, try_at=None, answer=error.reason)
    try_at = now + max(_pause(delivery.attempts, pauses), asked(error))
    return replace(delivery, state=State.WAITING, try_at=try_at, answer=error.reason)


def _pause(attempts: int, pauses: Pauses) -> timedelta:
    return pauses[min(attempts, len(pauses)) - 1]


def asked(error: ReceiverAway) -> timedelta:
    """Return how long the receiver asked us to stay away; a day at most: nobody mutes us for ever."""
    return min(timedelta(seconds=error.retry_after or 0), PATIENCE)
