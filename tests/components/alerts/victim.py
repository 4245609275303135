"""An alerter that kills itself, really (SIGKILL), at a point of its n-th send that no one outside can hit.

    before   the ledger says `sending`, and nothing has left yet
    after    the receiver said yes, and the ledger does not know it yet

Everything else is `apps.alerting.tell`, as `klantbus alert run` calls it, unless a bug is planted in it:

    marks_before    says `sent` in the ledger before it sends
    new_keys        gives each try a key of its own
    forgets         does not note that a receiver said yes

Run as: victim.py POINT N [BUG]
"""

import asyncio
import os
import signal
import sys
import uuid
from dataclasses import replace

import alerts.sending
from alerts.channels.port import Channel
from alerts.delivery import taken
from alerts.letter import Letter
from apps.alerting import AlertSettings, channels_of, heart_path, ledger_path, tell
from apps.settings import read_settings
from klantbus.bus.clock import now


class Deadly:
    """A channel that sends really, and is killed at its `left`-th send from now, `point` it."""

    left = 0

    def __init__(self, channel: Channel, point: str) -> None:
        self._channel = channel
        self._point = point

    async def send(self, letter: Letter, to: str) -> str:
        """Send, unless it is killed before; return the answer, unless it is killed after."""
        self._die_at("before")
        answer = await self._channel.send(letter, to)
        self._die_at("after")
        return answer

    def _die_at(self, point: str) -> None:
        if point != self._point:
            return
        Deadly.left -= 1
        if Deadly.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Rekeyed:
    """A channel with a bug: each try is a message of its own."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def send(self, letter: Letter, to: str) -> str:
        """Send under a key that nobody can recognise."""
        return await self._channel.send(replace(letter, id=uuid.uuid4().hex), to)


def _plant(bug: str, channel: Channel) -> Channel:
    if bug == "marks_before":
        alerts.sending.started = lambda delivery: taken(delivery, "surely", now())
    if bug == "forgets":
        alerts.sending.taken = lambda delivery, _answer, _at: delivery
    return Rekeyed(channel) if bug == "new_keys" else channel


async def main(point: str, left: int, bug: str = "") -> None:
    """Tell people until the end."""
    Deadly.left = left
    settings = read_settings()
    channels = {
        name: Deadly(_plant(bug, channel), point) for name, channel in channels_of(AlertSettings()).items()
    }
    await tell(settings, ledger_path(settings), heart_path(settings), asyncio.Event(), channels=channels)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
