"""The other hundred channels, through Apprise (optional: `pip install klantbus[apprise]`).

Apprise knows no idempotency key and looks up its addresses itself, so it is for services that have no sender
of our own, and whom it calls is the word of whoever wrote departments.toml. It is kept from following
redirects; texts go as plain text, with what markdown and Slack would read made inert.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.channels.slack import escaped
from alerts.channels.text import as_text
from alerts.errors import AddressRefused, ReceiverAway, ReceiverRefused
from alerts.letter import Letter

if TYPE_CHECKING:
    import apprise

OWN = {"mailto", "mailtos", "slack", "msteams", "workflows", "json", "jsons", "xml", "xmls", "form", "forms"}
"""What we send ourselves, or what could be made to call an address inside."""


@dataclass(frozen=True)
class Apprise:
    """Sends to an Apprise URL."""

    patience: float = 20.0

    async def send(self, letter: Letter, to: str) -> str:
        """Hand the letter over; Apprise only says yes or no."""
        try:
            async with asyncio.timeout(self.patience):
                taken = await asyncio.to_thread(_notify, letter, to)
        except TimeoutError as error:
            raise ReceiverAway(f"no answer in {self.patience:g} s") from error
        if not taken:
            raise ReceiverAway("Apprise says no")
        return "Apprise says yes"


def _notify(letter: Letter, to: str) -> bool:
    caller = _caller(to)
    title, body = escaped(letter.subject), escaped(as_text(letter))
    return bool(caller.notify(title=title, body=body, body_format="text"))


def _caller(to: str) -> "apprise.Apprise":
    """Return what calls one address, and nothing that this one points to."""
    try:
        import apprise  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise ReceiverRefused("Apprise is not installed: pip install klantbus[apprise]") from error
    caller = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False, secure_logging=True))
    if not caller.add(to) or len(caller) != 1:
        raise AddressRefused("an address that Apprise does not know")
    for server in caller:
        if OWN & server.schemas():  # type: ignore[no-untyped-call]  # Apprise types the rest, not this
            raise AddressRefused("this address has a sender of our own; name that channel instead of apprise")
        server.redirects = False  # an address may ask for them: ?redirect=yes
    return caller
