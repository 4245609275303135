"""Worlds in which days are closed while promises run, and what the pure judge makes of that (N12)."""

from datetime import date, timedelta

from components.streams.company import DEPARTMENTS
from components.streams.simulated import CUSTOMERS, NUMBERS, World, about_customers, together

from klantbus.bus.codec import decode
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Stored
from klantbus.bus.reading import record_of
from klantbus.bus.topics import EVENTS, RELAY
from klantbus.domain.calendar import Calendar
from klantbus.domain.calendar_moves import moved_by
from klantbus.domain.events import (
    CalendarPublished,
    DueWorkingDays,
    Fact,
    OpenRange,
    PromiseMade,
    PromiseRescheduled,
)
from klantbus.domain.events.promise import MoveReason
from klantbus.domain.micros import moment
from klantbus.domain.rules import Rules
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
        at = moment(self.time)
        fact = Fact(
            id=f"calendar{self.versions}", source="/sales/hr", subject=SUBJECT,
            time=at, recordedtime=at, type=data.event, data=data,
        )  # fmt: skip
        self.log.append(record_of(fact, EVENTS + "sales"))

    def heard(self, number: int) -> list[tuple[Stored, Fact, Calendar]]:
        """Return the calendars in the order in which a partition heard of them, each once."""
        found: dict[str, tuple[Stored, Fact, Calendar]] = {}
        for record in self.log.all(RELAY):
            told = told_in(record)
            if record.partition == number and isinstance(told, Bearing):
                fact = decode(told.sent.value)
                if isinstance(fact.data, CalendarPublished):
                    found.setdefault(fact.id, (record, fact, Calendar.from_published(fact.data)))
        return list(found.values())

    def judge_of(self, number: int) -> Judge:
        judge = self.judge()
        for record, _, calendar in self.heard(number):
            calendars = judge.rules.calendars.with_version(calendar, record.appended + 1)
            judge.rules = Rules(calendars, judge.rules.policy)
        return judge

    def moves_wanted(self) -> set[str]:
        """Return the ids of all facts by which calendars must move promises, as the pure judge finds them."""
        ids: set[str] = set()
        for number, facts in self.facts().items():
            for record, fact, calendar in self.heard(number):
                before = [pair for pair in about_customers(facts) if pair[0].appended <= record.appended]
                ids |= self._moved(self.judge_of(number), before, record.appended, fact, calendar)
        return ids

    def _moved(self, judge: Judge, facts, at: int, fact: Fact, calendar: Calendar) -> set[str]:
        assert isinstance(judge, PromiseJudge)
        states = {}
        for (published, customer), told in together(facts):
            judge.learn(states.setdefault(customer, judge.fresh(customer)), told, published)
        for state in states.values():
            judge.judge(state, at)
        return {move.id for state in states.values() for move in moved_by(fact, state.customer, calendar, at)}

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
