"""What the streams ask of a judge."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Stored
from klantbus.domain.events import Fact
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known
from streams.telling import Ruling

Heard: TypeAlias = Fact | Known
"""A fact, or at once what a judge keeps of it."""


class Judge(Protocol):
    """Judges one customer at a time. `version` changes when states are kept otherwise or rules change.

    States are the judge's own; learning may change one in place. Instants are µs UTC, logical: before facts
    published at T are learned, everything that time brought about up to T is ruled.
    """

    version: str
    rules: Rules

    def copy(self) -> "Judge":
        """Return a judge for one partition: what it hears of calendars is its own."""
        ...

    def fresh(self, customer: str) -> Any:  # noqa: ANN401  the judge's own
        """Return the state of a customer of whom nothing is known."""
        ...

    def read(self, records: Sequence[Stored]) -> Sequence[Heard | Unreadable]:
        """Return for each record, in order, its fact or why it has none."""
        ...

    def recall(self, value: bytes, published: int) -> Heard:
        """Return a fact that was read before, of its bytes and when it was published."""
        ...

    def learn(self, state: Any, facts: Sequence[Heard], published: int) -> Sequence[Ruling]:  # noqa: ANN401  the judge's own
        """Learn `facts` of one instant, together; a second arrival changes nothing."""
        ...

    def judge(self, state: Any, until: int) -> Sequence[Ruling]:  # noqa: ANN401  the judge's own
        """Rule what time brings about up to and at `until`."""
        ...

    def next_look(self, state: Any) -> int | None:  # noqa: ANN401  the judge's own
        """Return the next instant at which time alone changes something."""
        ...

    def knows(self, state: Any, fact: Heard, published: int) -> bool:  # noqa: ANN401  the judge's own
        """Return whether the fact came before, so that it need not be remembered again."""
        ...

    def size(self, state: Any) -> int:  # noqa: ANN401  the judge's own
        """Return how many facts are kept of the customer."""
        ...

    def forgotten(self, state: Any) -> int:  # noqa: ANN401  the judge's own
        """Return up to when facts were let go: when it moves, the judge knows some no longer."""
        ...

    def remembers(self, state: Any, fact: Heard) -> bool:  # noqa: ANN401  the judge's own
        """Return whether a fact that was learned was not let go since."""
        ...

    def pack(self, state: Any) -> bytes:  # noqa: ANN401  the judge's own
        """Return as bytes what of the state does not follow from its facts."""
        ...

    def unpack(self, customer: str, data: bytes, facts: Sequence[tuple[Heard, int]]) -> Any:  # noqa: ANN401  the judge's own
        """Return the state that `pack` made bytes of, from its facts and when they were published."""
        ...
