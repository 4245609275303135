"""A fact on its way from the log to the judge."""

from typing import Final

from klantbus.bus.ports import Stored
from klantbus.domain.events import PAYLOADS
from streams.judging import Heard

ABOUT_CUSTOMERS: Final = frozenset(event for event, shape in PAYLOADS.items() if shape.about == "customer")


class Learned:
    """A fact to be learned, from `record`. `quiet`: what follows from it was published before.

    `fresh` is whether it came for the first time, which is known when it was learned.
    """

    __slots__ = ("customer", "fact", "fresh", "published", "quiet", "record")

    def __init__(self, record: Stored, fact: Heard, *, quiet: bool) -> None:
        self.record = record
        self.fact = fact
        self.customer: str | None = fact.subject if fact.type in ABOUT_CUSTOMERS else None
        self.published = record.appended
        self.quiet = quiet
        self.fresh = False

    @property
    def place(self) -> bytes:
        """Where it stands in the log, as the store names it."""
        return f"{self.record.topic}:{self.record.partition}:{self.record.offset}".encode()

    @property
    def value(self) -> bytes:
        """Its bytes in the log."""
        return self.record.value or b""
