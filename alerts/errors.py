"""What can go wrong when people are told, and whose fault it is.

BusError
├── BadInput
│   ├── NoSuchAlert        an id that stands nowhere in the ledger
│   └── AnswerRefused      a snooze past the deadline, an answer to what is resolved
├── Weather
│   └── ReceiverAway       no answer, a hang, 429 or 5xx: tried again later
└── Misuse
    ├── ReceiverRefused    4xx: repeating the same does not help
    │   └── ReceiverGone   410: never sent to again
    ├── AddressRefused     a private address, a scheme that is not allowed
    └── LedgerMisfit       a ledger of another version, or no ledger at all
"""

from klantbus.bus.errors import BadInput, Misuse, Weather


class NoSuchAlert(BadInput):
    """An alert id that stands nowhere in the ledger."""

    def __init__(self, alert: str) -> None:
        super().__init__(f"there is no alert {alert}; list them with: klantbus alert list")
        self.alert = alert


class AnswerRefused(BadInput):
    """An answer that the rules do not allow."""


class ReceiverAway(Weather):
    """A receiver did not take the message now. `retry_after` in seconds when it said so."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class ReceiverRefused(Misuse):
    """A receiver will not take this message, now or later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReceiverGone(ReceiverRefused):
    """A receiver asked never to be called again (HTTP 410)."""


class AddressRefused(ReceiverRefused):
    """An address we will not call: private, or of a scheme that is not allowed."""


class LedgerMisfit(Misuse):
    """The ledger file was written by another version, or is none."""
