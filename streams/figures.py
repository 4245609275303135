"""What a worker counts. Plain numbers, read when somebody asks; no names of people, ever."""

from collections.abc import Sequence
from dataclasses import dataclass

from klantbus.bus.ports import Record
from klantbus.bus.topics import ALERTS, VERDICTS


@dataclass(slots=True)
class Figures:
    """Totals since the worker started, and how things stand now."""

    facts: int = 0
    verdicts: int = 0
    edges: int = 0
    parked: int = 0
    batches: int = 0
    largest_batch: int = 0
    swept: int = 0
    sweeps: int = 0
    republished: int = 0
    rebuilt: int = 0
    lag: int = 0
    slices: int = 0
    read: int = 0
    held: bool = False
    behind_seconds: float = 0.0

    def count(self, records: Sequence[Record], facts: int) -> None:
        """Count what a step led to."""
        self.facts += facts
        self.batches += facts > 0
        self.largest_batch = max(self.largest_batch, facts)
        topics = [record.topic for record in records]
        self.verdicts += topics.count(VERDICTS)
        self.edges += topics.count(ALERTS)
