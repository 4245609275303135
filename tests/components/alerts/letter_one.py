"""One letter, and the moment at which it is sent."""

from datetime import UTC, datetime

from alerts.letter import Item, Letter
from klantbus.bus.departments import Language

NOON = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
LETTER_ONE = Letter(
    id="0123456789abcdef0123456789abcdef",
    kind="promise.broken",
    level="L0",
    severity="high",
    language=Language.ENGLISH,
    subject="[urgent] Promise broken: delivery, customer K1, p1",
    lead="",
    items=(Item("A1", "Promise broken", (("Who", "Logistics"),), "http://127.0.0.1:8080/alerts/A1"),),
    more="",
    action="Call the customer today.",
    link="http://127.0.0.1:8080/alerts/A1",
)


def noon() -> datetime:
    return NOON
