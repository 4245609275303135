"""One partition's lanes, merged in the order in which the log took their records in.

A partition number holds the same customers in every topic. Their records are judged in the order of the
log's append times, over all topics, and only as far as *every* topic is known: then what is judged depends on
the log alone, not on which topic was read first, how fast, or how often.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from operator import attrgetter

from klantbus.bus.ports import Stored
from klantbus.bus.topics import RELAY
from streams.store import Spot

_ORDER = attrgetter("appended", "topic", "offset")


class Topic:
    """One topic of the partition: what was taken and not yet given, and up to when it is known (µs)."""

    __slots__ = ("known", "records", "spot")

    def __init__(self, spot: Spot) -> None:
        self.records: deque[Stored] = deque()
        self.spot = spot
        self.known = spot.stamp

    def take(self, records: Sequence[Stored]) -> None:
        """Take the next records. A stamp that runs back (a new leader's clock) counts as the one before."""
        last = self.records[-1].appended if self.records else self.spot.stamp
        for record in records:
            if record.appended < last:
                self.records.append(record._replace(appended=last))
                continue
            last = record.appended
            self.records.append(record)
        self.known = max(self.known, last)


class Merge:
    """The topics of one partition. `spots` say where each begins."""

    def __init__(self, spots: Mapping[str, Spot]) -> None:
        self._topics = {name: Topic(spot) for name, spot in spots.items()}

    def take(self, topic: str, records: Sequence[Stored]) -> None:
        """Take the next records of `topic`."""
        self._topics[topic].take(records)

    def reached(self, topic: str, until: int) -> None:
        """Note that every record of `topic` that was appended before `until` was taken."""
        lane = self._topics[topic]
        lane.known = max(lane.known, until)

    def known(self) -> int:
        """Return the instant before which every record of every topic is here."""
        return min((topic.known for topic in self._topics.values()), default=0)

    def hungry(self) -> list[str]:
        """Return the topics that can give nothing before more is read: all that waits came at one instant."""
        return [
            name
            for name, topic in self._topics.items()
            if topic.records and topic.records[0].appended >= topic.known
        ]

    def give(self, until: int, limit: int) -> tuple[list[Stored], int]:
        """Give the records appended before `until` in order, and up to when they are complete.

        About `limit` records at most; all of one instant come together, save that a record of the relay comes
        alone: what it changes holds for what comes after it.
        """
        ready = self._first(until, limit + 1)
        if len(ready) > limit and ready[limit].appended == ready[0].appended:
            self._up_to(ready, 0, until)
            ready = self._first(until, self.waiting())  # more than `limit` came at one instant: all of them
        relayed = next((i for i, record in enumerate(ready) if record.topic == RELAY), None)
        if relayed is not None and relayed <= limit:
            return self._up_to(ready, max(relayed, 1), until)
        if len(ready) <= limit:
            return self._given(ready), until
        cut = max(ready[limit].appended, ready[0].appended + 1)
        kept = next((i for i, record in enumerate(ready) if record.appended >= cut), len(ready))
        return self._up_to(ready, kept if relayed is None else min(kept, relayed), cut)

    def _first(self, until: int, most: int) -> list[Stored]:
        """Take the records appended before `until` in order, of each topic `most` at most: the rest waits."""
        ready: list[Stored] = []
        for topic in self._topics.values():
            waiting, left = topic.records, most
            while left and waiting and waiting[0].appended < until:
                ready.append(waiting.popleft())
                left -= 1
        ready.sort(key=_ORDER)
        return ready

    def _up_to(self, ready: list[Stored], count: int, until: int) -> tuple[list[Stored], int]:
        """Give the first `count` and put the others back."""
        for record in reversed(ready[count:]):
            self._topics[record.topic].records.appendleft(record)
        cut = ready[count].appended if count < len(ready) else until
        return self._given(ready[:count]), min(cut, until)

    def _given(self, records: list[Stored]) -> list[Stored]:
        last = {record.topic: record for record in records}
        for topic, record in last.items():
            self._topics[topic].spot = Spot(record.offset + 1, record.appended)
        return records

    def spots(self) -> dict[str, Spot]:
        """Return how far each topic was given."""
        return {name: topic.spot for name, topic in self._topics.items()}

    def waiting(self) -> int:
        """Return how many records are here and not given."""
        return sum(len(topic.records) for topic in self._topics.values())
