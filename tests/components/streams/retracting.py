"""Worlds in which calendars are published, taken back and corrected while promises run."""

import json
from datetime import date, timedelta

from components.streams.closing import SUBJECT, ClosingWorld
from components.streams.truth import DEPARTMENTS
from stated import stated

from klantbus.bus.reading import record_of
from klantbus.bus.topics import EVENTS
from klantbus.domain.events import EventCorrected, EventRetracted
from klantbus.domain.micros import moment


class RetractingWorld(ClosingWorld):
    """A world whose administration has second thoughts; now and then another department has them for it."""

    thoughts = 0

    def state_a_fact(self) -> None:
        if self.versions > 1 and self.thoughts < 8 and self.dice.random() < 0.05:
            self.think_again()
        else:
            super().state_a_fact()

    def think_again(self) -> None:
        """Take back or correct a calendar, or take back such a second thought; perhaps before it was said."""
        calendars = [f"calendar{version}" for version in range(2, self.versions + 2)]
        thoughts = [f"thought{number}" for number in range(1, self.thoughts + 1)]
        target = self.dice.choice([*calendars, *calendars, *thoughts])
        department = "sales" if self.dice.random() < 0.85 else self.dice.choice(DEPARTMENTS)
        if self.dice.random() < 0.6:
            self.retract(target, department)
        else:
            day = moment(self.time).date() + timedelta(days=self.dice.randint(1, 5))
            self.correct(target, (day,), department)

    def retract(self, target: str, department: str = "sales") -> None:
        """Take a fact back."""
        self._mend(EventRetracted(target_event_id=target), department)

    def correct(self, target: str, closed: tuple[date, ...], department: str = "sales") -> None:
        """Close other days than a calendar said."""
        days = json.dumps([day.isoformat() for day in closed])
        self._mend(EventCorrected(target_event_id=target, set={"closed": days}), department)

    def _mend(self, data: EventRetracted | EventCorrected, department: str) -> None:
        self.thoughts += 1
        name, at = f"thought{self.thoughts}", moment(self.time)
        fact = stated(name, data, at, subject=SUBJECT, source=f"/{department}/hr")
        self.log.append(record_of(fact, EVENTS + department))
