"""The other hundred channels, through Apprise (optional: `pip install klantbus[apprise]`).

Apprise follows redirects and knows no idempotency key, so it is for channels that have no sender of our own;
texts go as plain text, with what markdown and Slack would read made inert.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from alerts.channels.slack import escaped
from alerts.channels.text import as_text
from alerts.errors import AddressRefused, ReceiverAway, ReceiverRefused
from alerts.letter import Letter

OWN = ("mailto", "mailtos", "slack", "msteams", "workflows", "json", "jsons", "xml", "xmls", "form", "forms")
"""What we send ourselves, or what could be made to call an address inside."""


@dataclass(frozen=True)
class Apprise:
    """Sends to an Apprise URL."""

    patience: float = 20.0

    async def send(self, letter: Letter, to: str) -> str:
        """Hand the letter over; Apprise only says yes or no."""
        if to.partition(":")[0].lower() in OWN:
            raise AddressRefused("this address has a sender of our own; name that channel instead of apprise")
        try:
            async with asyncio.timeout(self.patience):
                taken = await asyncio.to_thread(_notify, letter, to)
        except TimeoutError as error:
            raise ReceiverAway(f"no answer in {self.patience:g} s") from error
        if not taken:
            raise ReceiverAway("Apprise says no")
        return "Apprise says yes"


def _notify(letter: Letter, to: str) -> bool:
    try:
        import apprise  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise ReceiverRefused("Apprise is not installed: pip install klantbus[apprise]") from error
    caller = apprise.Apprise()
    if not caller.add(to):
        raise AddressRefused("an address that Apprise does not know")
    title, body = escaped(letter.subject), escaped(as_text(letter))
    return bool(cast("object", caller.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)))
