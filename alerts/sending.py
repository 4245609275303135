"""Handing decided messages over: one lane per address, at least once, under the same key each time.

Before a message goes out the ledger says `sending`, after the answer what came of it. Whoever is killed in
between sends it once more. So that a kill finds as few as possible in between, lanes pass a turnstile one by
one; a receiver that is slow to answer lets the next one through.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from alerts.channels.port import Channel
from alerts.deliveries import Deliveries
from alerts.delivery import PAUSES, Delivery, Pauses, State, asked, failed, overtaken, started, taken
from alerts.errors import AddressRefused, ReceiverAway, ReceiverGone, ReceiverRefused
from alerts.letter import LETTER
from alerts.model import Address
from alerts.words import Level

log = logging.getLogger(__name__)

_TIMELESS = {Level.RESOLVED, Level.DIGEST, Level.CATCH_UP, Level.MANAGEMENT, Level.TEST}
"""Messages that still say something true when what they tell of is over."""


class Turnstile:
    """Lets one through at a time, or another once the one inside has taken longer than `young` seconds."""

    def __init__(self, young: float = 1.0) -> None:
        self._young = young
        self._gate = asyncio.Lock()

    @asynccontextmanager
    async def one_by_one(self) -> AsyncIterator[None]:
        """Be inside; the gate opens for the next when we leave, or when we have been inside too long."""
        await self._gate.acquire()
        turn = _Turn(self._gate)
        timer = asyncio.get_running_loop().call_later(self._young, turn.end)
        try:
            yield
        finally:
            timer.cancel()
            turn.end()


class _Turn:
    """Opens the gate again, once."""

    def __init__(self, gate: asyncio.Lock) -> None:
        self._gate: asyncio.Lock | None = gate

    def end(self) -> None:
        if self._gate:
            self._gate.release()
        self._gate = None


class Sender:
    """Hands over what the ledger has to be tried now."""

    def __init__(
        self,
        deliveries: Deliveries,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        secrets: Mapping[str, str],
        pauses: Pauses = PAUSES,
    ) -> None:
        self._pauses = pauses
        self._secrets = secrets
        self._deliveries = deliveries
        self._channels = channels
        self._clock = clock
        self._turnstile = Turnstile()
        self._is_stopping = False
        self._lanes: dict[Address, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Set going every lane that has something to try and is not on its way."""
        for address in self._deliveries.lanes(self._clock()):
            running = self._lanes.get(address)
            if running is None or _is_over(running):
                self._lanes[address] = asyncio.create_task(self._run(address))

    def next_try(self) -> datetime | None:
        """Return when a lane that is at rest has something to try next."""
        tries = self._deliveries.next_tries()
        busy = {address for address, lane in self._lanes.items() if not lane.done()}
        return min((moment for address, moment in tries.items() if address not in busy), default=None)

    async def finish(self) -> None:
        """Wait until no lane has anything left to try now."""
        self.start()
        while busy := [lane for lane in self._lanes.values() if not _is_over(lane)]:
            await asyncio.gather(*busy)
            self.start()

    async def stop(self, patience: float = 5.0) -> None:
        """Begin nothing new, wait for what is on its way, and break off what takes longer than `patience`."""
        self._is_stopping = True
        busy = [lane for lane in self._lanes.values() if not lane.done()]
        if busy:
            await asyncio.wait(busy, timeout=patience)
        for lane in self._lanes.values():
            lane.cancel()
        for lane in self._lanes.values():
            with suppress(asyncio.CancelledError):
                await lane

    async def _run(self, address: Address) -> None:
        while not self._is_stopping:
            delivery = self._deliveries.next_in_lane(address, self._clock())
            if delivery is None:
                return
            await self._try(delivery)

    async def _try(self, delivery: Delivery) -> None:
        if self._is_overtaken(delivery):
            self._deliveries.move_on(overtaken(delivery))
            return
        async with self._turnstile.one_by_one():
            going = started(delivery)
            self._deliveries.move_on(going)
            after = await self._hand_over(going)
            self._deliveries.move_on(after)
        _note(after)

    def _is_overtaken(self, delivery: Delivery) -> bool:
        """Return whether a message that nobody took so far tells of what is over by now."""
        if delivery.state is not State.WAITING or delivery.level in _TIMELESS:
            return False
        return self._deliveries.is_overtaken(delivery)

    async def _hand_over(self, delivery: Delivery) -> Delivery:
        address = delivery.address
        try:
            if self._deliveries.is_gone(address):
                raise ReceiverGone("this address asked never to be called again")
            channel = self._channels.get(address.channel)
            if channel is None:
                raise AddressRefused(f"there is no channel {address.channel}")
            to = reveal(address.to, self._secrets)
            answer = await channel.send(LETTER.validate_json(delivery.letter), to)
        except (ReceiverAway, ReceiverRefused) as error:
            return self._failed(delivery, error)
        return taken(delivery, answer, self._clock())

    def _failed(self, delivery: Delivery, error: ReceiverAway | ReceiverRefused) -> Delivery:
        now = self._clock()
        if isinstance(error, ReceiverGone):
            self._deliveries.forsake(delivery.address, now)
        if isinstance(error, ReceiverAway) and error.retry_after:
            self._deliveries.postpone(delivery.address, now + asked(error))
        return failed(delivery, error, now, self._pauses)


def reveal(to: str, secrets: Mapping[str, str]) -> str:
    """Return an address; `env:NAME` stands for a secret one, which is in no file, ledger or log."""
    if not to.startswith("env:"):
        return to
    name = to.removeprefix("env:")
    if name not in secrets:
        raise AddressRefused(f"the address {name} is not in the environment")
    return secrets[name]


def _is_over(lane: asyncio.Task[None]) -> bool:
    """Return whether a lane has ended; what ended it by surprise is raised here, in the loop."""
    if not lane.done():
        return False
    lane.result()
    return True


def _note(delivery: Delivery) -> None:
    """Log what came of it: ids only, since an address may be a secret and a letter names people."""
    level = logging.INFO if delivery.state is State.SENT else logging.WARNING
    log.log(
        level,
        "delivery %s to %s over %s: %s, attempt %d, %s",
        delivery.id,
        delivery.receiver,
        delivery.address.channel,
        delivery.state,
        delivery.attempts,
        delivery.answer,
    )
