"""The calendars that one partition has heard of (RULES 6, row Calendar or policy changed).

A version holds in a partition from the instant at which its relay told of it, so that what is judged follows
from the log alone. Promises made before keep their D, until a visible fact moves them.
"""

import orjson

from klantbus.bus.codec import decode
from klantbus.domain.calendar import BadCalendar, Calendar
from klantbus.domain.events import CalendarPublished, Fact
from klantbus.domain.rules import Rules
from streams.relay import Sent


class Almanac:
    """`rules` with every version heard of. `kept` is what `pack` returned."""

    def __init__(self, rules: Rules, kept: bytes | None = None) -> None:
        self.rules = rules
        self.heard: dict[str, tuple[Fact, Calendar]] = {}
        self._told: list[list[object]] = []
        self._packed = b"[]"
        for since, place, published, value in orjson.loads(kept) if kept else ():
            self.hear(Sent(place, published, bytes.fromhex(value)), since)

    def hear(self, sent: Sent, since: int) -> bool:
        """Take in a calendar that holds from `since` (µs); return whether it is new and can be."""
        fact = decode(sent.value)
        if not isinstance(fact.data, CalendarPublished) or fact.id in self.heard:
            return False
        try:
            calendar = Calendar.from_published(fact.data)
        except BadCalendar:
            return False  # hours that cannot be move nothing: whoever published them sees no new version
        self.heard[fact.id] = fact, calendar
        self._told.append([since, sent.place, sent.published, sent.value.hex()])
        self._packed = orjson.dumps(self._told)
        self.rules = Rules(self.rules.calendars.with_version(calendar, since), self.rules.policy)
        return True

    def pack(self) -> bytes:
        """Return all of it as bytes."""
        return self._packed
