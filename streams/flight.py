"""What partitions decided, between the step that decided it and the log that has it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from klantbus.bus.ports import Record
from streams.slice import Outcome, Slice


class Voice(Protocol):
    """Says records to the log, in the order in which it is called: any publisher."""

    async def publish(self, records: Sequence[Record]) -> object:
        """Return once the log has them safely. Raises `LogUnavailable` when it may not have."""
        ...


class Flight(NamedTuple):
    """What partitions decided, on its way into the log."""

    decided: Sequence[tuple[Slice, Outcome]]
    said: asyncio.Task[None]
