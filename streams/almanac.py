"""What one partition heard about calendars (RULES 6, rows Corrections and Calendar or policy changed).

A calendar holds in a partition from the instant at which its relay told of it, or of its correction or
retraction, so that what is judged follows from the log alone. Promises made before keep their D, until a
visible fact moves them.
"""

from collections.abc import Iterable

import orjson

from klantbus.bus.codec import decode
from klantbus.domain.calendar_moves import moved_by
from klantbus.domain.calendar_versions import BEARING, PUBLISHED, Versions
from klantbus.domain.customer import Customer
from klantbus.domain.events import Fact, PromiseRescheduled
from klantbus.domain.events.due import DueAt
from klantbus.domain.micros import micros
from klantbus.domain.rules import Rules
from streams.relay import Sent


class Almanac:
    """`rules` with all that was heard of calendars. `kept` is what `pack` returned."""

    def __init__(self, rules: Rules, kept: bytes | None = None) -> None:
        self._versions = Versions(rules)
        self._names = {rules.calendars.default.id, *rules.calendars.versions}
        self._ids: set[str] = set()
        self._told: list[list[object]] = []
        self._under_way: dict[str, tuple[str, int]] = {}
        told, names, under_way = orjson.loads(kept) if kept else ((), (), {})
        for since, place, published, value in told:
            self.hear(Sent(place, published, bytes.fromhex(value)), since)
        self._names.update(names)
        self._under_way = {promise: (move, due) for promise, (move, due) in under_way.items()}
        self._packed: bytes | None = None

    @property
    def rules(self) -> Rules:
        """What is judged by."""
        return self._versions.rules

    def bears(self, fact: Fact) -> bool:
        """Return whether a fact of this partition is about calendars, so that all must hear of it.

        A correction or a retraction may come before its target: its subject tells as well.
        """
        if fact.type not in BEARING:
            return False
        if fact.type == PUBLISHED and fact.subject not in self._names:
            self._names.add(fact.subject)
            self._packed = None
        return self._versions.bears(fact) or fact.subject in self._names

    def hear(self, sent: Sent, since: int) -> bool:
        """Take in what the relay tells; return whether other calendars hold from `since` (µs) on."""
        fact = decode(sent.value)
        if fact.id in self._ids:
            return False
        self._ids.add(fact.id)
        self._told.append([since, sent.place, sent.published, sent.value.hex()])
        self._packed = None
        return self._versions.hear(fact, sent.published, since)

    def moves(self, customer: Customer, at: int) -> list[Fact]:
        """Return the facts to publish at `at` (µs) because calendars move promises of a customer."""
        if not self._versions.changed:
            return []
        promises = customer.dossier.promises
        under_way = {
            promise: due
            for promise, (move, due) in self._under_way.items()
            if promise in promises and move not in customer.facts
        }
        moves = moved_by(self._versions, customer, at, under_way)
        self._note(moves, (promises.keys() & self._under_way.keys()) - under_way.keys())
        return moves

    def _note(self, moves: Iterable[Fact], learned: Iterable[str]) -> None:
        for promise in learned:
            self._under_way.pop(promise, None)
        for move in moves:
            said = move.data
            if isinstance(said, PromiseRescheduled) and isinstance(said.due, DueAt):
                self._under_way[said.promise_id] = (move.id, micros(said.due.at))
        self._packed = None

    def pack(self) -> bytes:
        """Return all of it as bytes."""
        if self._packed is None:
            self._packed = orjson.dumps([self._told, sorted(self._names), self._under_way])
        return self._packed
