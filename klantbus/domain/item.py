"""Whatever can have an alert (RULES 8): a promise, two that conflict, evidence, an invoice and the like."""

from typing import Final

from klantbus.domain.sights import Sight

NEVER: Final = 2**61
"""No instant is as late as that."""
NO_ALERTS: Final[tuple[str, ...]] = ()


class Item:
    """What was last said of something, and when time alone may change that (`said_look`, µs, or `NEVER`).

    `key` names it among its own kind. `seen` is how a promise looks, until something about it changes.
    `touched` is whether a fact changed it since it was last looked at; for `look_place` and `look_turn` see
    `looks`.
    """

    __slots__ = ("key", "look_place", "look_turn", "said_alerts", "said_look", "seen", "touched")

    def __init__(self, key: str) -> None:
        self.key = key
        self.said_alerts = NO_ALERTS
        self.said_look = NEVER
        self.touched = False
        self.look_place = self.look_turn = 0
        self.seen: Sight | None = None

    @property
    def event(self) -> str | None:
        """The fact that it is about, where it is about one."""
        return None
