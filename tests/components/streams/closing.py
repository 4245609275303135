"""Worlds in which days are closed while promises run, and what the pure judge makes of that (N12)."""

from datetime import date, timedelta

from components.streams.company import DEPARTMENTS
from components.streams.simulated import CUSTOMERS, World
from components.streams.truth import NUMBERS, about_customers, together
from stated import stated

from klantbus.bus.codec import decode
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Stored
from klantbus.bus.reading import record_of
from klantbus.bus.topics import EVENTS, RELAY
from klantbus.domain.calendar_moves import moved_by
from klantbus.domain.calendar_versions import BEARING, Versions
from klantbus.domain.events import (
    CalendarPublished,
    DueWorkingDays,
    Fact,
    OpenRange,
    PromiseMade,
    PromiseRescheduled,
)
from klantbus.domain.events.promise import MoveReason
from klantbus.domain.micros import micros, moment
from streams.judging import Judge
from streams.promises import PromiseJudge
from streams.relay import Bearing, told_in

SUBJECT = next(name for n in range(99) if partition_of((name := f"calendar{n}").encode()) in NUMBERS)
WEEK = tuple(OpenRange(weekday=day, opens="08:30", closes="17:00") for day in range(1, 6))


class ClosingWorld(World):
    """A world whose administration closes days ahead, one version of the calendar after the other."""

    versions = 1

    def state_a_fact(self) -> None:
        roll = self.dice.random()
        if roll < 0.02 and self.versions < 4:
            self.close_day(moment(self.time).date() + timedelta(days=self.dice.randint(1, 5)))
        elif roll < 0.2:
            due = DueWorkingDays(working_days=self.dice.randint(0, 4))
            name = f"w{self.made}"
            self._say(
                self.dice.choice(CUSTOMERS[:6]),
                PromiseMade(promise_id=name, due=due, made_by="sales", performer="sales"),
            )
        else:
            super().state_a_fact()

    def close_day(self, day: date) -> None:
        """Publish the calendar with `day` closed."""
        self.versions += 1
        data = CalendarPublished(calendar_id="nl", version=self.versions, open=WEEK, closed=(day,))
        name, at = f"calendar{self.versions}", moment(self.time)
        fact = stated(name, data, at, subject=SUBJECT, source="/sales/hr")
        self.log.append(record_of(fact, EVENTS + "sales"))

    def heard(self, number: int) -> list[tuple[Stored, Bearing]]:
        """Return what a partition heard of calendars, in order."""
        told = [(record, told_in(record)) for record in self.log.all(RELAY) if record.partition == number]
        found = [(record, one) for record, one in told if isinstance(one, Bearing)]
        return [(record, one) for record, one in found if decode(one.sent.value).type in BEARING]

    def versions_of(self, number: int, until: int = 1 << 62) -> Versions:
        """Return what a partition knew of calendars when the log had come to `until`."""
        judge = self.judge()
        assert isinstance(judge, PromiseJudge)
        versions = Versions(judge.rules)
        for record, told in self.heard(number):
            if record.appended <= until:
                versions.hear(decode(told.sent.value), told.sent.published, record.appended + 1)
        return versions

    def judge_of(self, number: int) -> Judge:
        judge = self.judge()
        judge.rules = self.versions_of(number).rules
        return judge

    def moves_wanted(self) -> set[str]:
        """Return the ids of all facts by which calendars must move promises, as the pure judge finds them."""
        ids: set[str] = set()
        for number, facts in self.facts().items():
            versions, sent = self.versions_of(number, 0), dict[str, Fact]()
            for record, told in self.heard(number):
                fact, at = decode(told.sent.value), record.appended
                if versions.hear(fact, told.sent.published, at + 1):
                    before = [pair for pair in about_customers(facts) if pair[0].appended <= at]
                    moves = self._moved(versions, before, at, sent)
                    sent |= {move.data.promise_id: move for move in moves}
                    ids |= {move.id for move in moves}
        return ids

    def _moved(self, versions: Versions, facts, at: int, sent: dict[str, Fact]) -> list[Fact]:
        """Return what moves at `at`; `sent` is by promise what moved before, which may not be learned yet."""
        judge = PromiseJudge(versions.rules)
        states = {}
        for (published, customer), told in together(facts):
            judge.learn(states.setdefault(customer, judge.fresh(customer)), told, published)
        moves: list[Fact] = []
        for state in states.values():
            judge.judge(state, at)
            known = state.customer.facts
            under_way = {name: micros(one.data.due.at) for name, one in sent.items() if one.id not in known}
            moves += moved_by(versions, state.customer, at, under_way)
        return moves

    def differences(self) -> list[str]:
        """Return what is not as it should be, also of what calendars moved."""
        wanted, found = self.moves_wanted(), {move.id for move in self.moves_found()}
        wrong = [f"move {name} is missing" for name in sorted(wanted - found)]
        wrong += [f"move {name} is false" for name in sorted(found - wanted)]
        return [*super().differences(), *wrong]

    def moves_found(self) -> list[Fact]:
        """Return the facts in the log by which calendars moved promises, repeats as well."""
        facts = [
            decode(record.value)
            for name in DEPARTMENTS
            for record in self.log.all(EVENTS + name)
            if not record.value.startswith(b"\x00 no")
        ]
        return [
            fact
            for fact in facts
            if isinstance(fact.data, PromiseRescheduled) and fact.data.reason is MoveReason.CALENDAR
        ]
