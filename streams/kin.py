"""Who is who, as one partition knows it: merges, and which customers are judged elsewhere because of them.

Every partition hears of every bearing fact, so all come to the same groups. A customer that was merged is
judged where the group's number lies; its own partition only forwards.
"""

from collections.abc import Sequence

import orjson

from klantbus.bus.codec import decode
from klantbus.bus.murmur2 import partition_of
from klantbus.domain.events import Fact
from klantbus.domain.grouping import MERGES, roots
from klantbus.domain.mending import META
from klantbus.domain.noting import noted
from klantbus.domain.policy import Policy
from klantbus.domain.said import Known, Mended
from streams.relay import Handover, Sent, handover_in, plain, whole


class Kin:
    """The groups, and what is under way between partitions. `kept` is what `pack` returned."""

    def __init__(self, policy: Policy, kept: bytes | None = None) -> None:
        self.away: set[str] = set()
        self.roots: dict[str, str] = {}
        self._policy = policy
        self._bearing: dict[str, Sent] = {}
        self._known: dict[str, Known] = {}
        self._done: set[str] = set()
        self._parts: dict[str, dict[int, Handover]] = {}
        if kept:
            away, done, bearing, parts = orjson.loads(kept)
            self.away, self._done = set(away), set(done)
            for part in map(handover_in, parts):
                self._parts.setdefault(part.id, {})[part.part] = part
            for place, published, value in bearing:
                self.add(Sent(place, published, bytes.fromhex(value)))

    def root(self, name: str) -> str:
        """Return the number of the group that `name` belongs to; its own when it was never merged."""
        return self.roots.get(name, name)

    def home(self, name: str) -> int:
        """Return the partition in which the group of `name` is judged."""
        return int(partition_of(self.root(name).encode()))

    def bears(self, fact: Fact) -> bool:
        """Return whether a fact says who is who, or mends one that does."""
        if fact.type in MERGES:
            return True
        return fact.type in META and getattr(fact.data, "target_event_id", None) in self._known

    def add(self, sent: Sent) -> tuple[dict[str, str], Known]:
        """Take in a bearing fact; return the groups as they were before, and the fact."""
        known, before = noted(decode(sent.value), sent.published), self.roots
        if known.id not in self._known:
            self._known[known.id], self._bearing[known.id] = known, sent
            self.roots = roots(list(self._known.values()), self._policy)
        return before, known

    def left(self, before: dict[str, str]) -> dict[str, list[str]]:
        """Return for each group who left it since `before`; whoever was alone left a group of one."""
        found: dict[str, list[str]] = {}
        for name in sorted({*before, *self.roots}):
            if before.get(name, name) != self.root(name):
                found.setdefault(before.get(name, name), []).append(name)
        return found

    def arrived(self, handover: Handover) -> Handover | None:
        """Return the whole handover once all its parts are here, and only once."""
        if handover.id in self._done:
            return None
        parts = self._parts.setdefault(handover.id, {})
        parts[handover.part] = handover
        if len(parts) < handover.parts:
            return None
        self._done.add(handover.id)
        return whole(self._parts.pop(handover.id))

    def mending(self, facts: Sequence[Known], target: str) -> list[str]:
        """Return the ids of those of `facts` that mend the fact `target`: it came after them."""
        return [fact.id for fact in facts if isinstance(fact.said, Mended) and fact.said.target == target]

    def pack(self) -> bytes:
        """Return all of it as bytes."""
        bearing = [[s.place, s.published, s.value.hex()] for s in self._bearing.values()]
        parts = [plain(part) for some in self._parts.values() for part in some.values()]
        return orjson.dumps([sorted(self.away), sorted(self._done), bearing, parts])
