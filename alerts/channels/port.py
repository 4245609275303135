"""The port that every channel stands behind."""

from typing import Protocol

from alerts.letter import Letter


class Channel(Protocol):
    """Takes letters to the addresses of one kind."""

    async def send(self, letter: Letter, to: str) -> str:
        """Hand `letter` over to `to`; return what the receiver answered.

        Raises `ReceiverAway` (try again), `ReceiverRefused` or `ReceiverGone`. The letter's id travels along
        as the idempotency key.
        """
        ...
