"""What a worker is told from outside. Frozen; read once, by whoever starts it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from klantbus.bus.ports import PARTITIONS, TopicSpec


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the topics; a prefix keeps tests apart."""

    prefix: str = "klantbus"

    @property
    def events(self) -> str:
        """Every department's topic."""
        return f"{self.prefix}.events.*"

    @property
    def parked(self) -> str:
        """What nobody could read."""
        return f"{self.prefix}.parked"

    @property
    def verdicts(self) -> str:
        """What the bus thinks of promises."""
        return f"{self.prefix}.verdicts"

    @property
    def alerts(self) -> str:
        """What people must know."""
        return f"{self.prefix}.alerts"

    @property
    def relay(self) -> str:
        """What one partition of the streams tells another."""
        return f"{self.prefix}.relay"

    def followed(self, topic: str) -> bool:
        """Return whether the promise watch reads `topic`."""
        return topic.startswith(self.events[:-1]) or topic in (self.parked, self.relay)

    def inner(self) -> TopicSpec:
        """Return the topic that only the streams write and read."""
        return TopicSpec(self.relay, PARTITIONS)


@dataclass(frozen=True, slots=True)
class Settings:
    """A worker's settings. Seconds where time is meant.

    `bound` limits the records that are fetched and not yet judged; `worker` is the static member name, of
    which no two may run at once; `data` holds its state.
    """

    data: Path
    worker: str = "w0"
    bootstrap: str = ""
    group: str = "klantbus-watch"
    names: Names = field(default_factory=Names)
    bound: int = 40_000
    tick: float = 0.1
    discover_every: float = 3.0
    session_timeout: float = 10.0
    credentials: Any = None
