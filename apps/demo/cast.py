"""How a scene is told: a customer, and who says what to the bus, on which working day, at what hour."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from klantbus.domain.calendar import Calendar
from klantbus.domain.events import Fact, Payload

ZONE = ZoneInfo("Europe/Amsterdam")
_LAG = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact and the moment at which the bus hears of it."""

    published: datetime
    fact: Fact


@dataclass(slots=True)
class Week:
    """The days before `now`: `day(-1, "10:00")` is yesterday's working day at ten, local time."""

    now: datetime
    calendar: Calendar
    told: list[Told] = field(default_factory=list)

    def day(self, back: int, clock: str = "00:00") -> datetime:
        """Return a clock time on the working day `back` from today; 0 is today (or the last working day)."""
        return datetime.combine(self.on(back), time.fromisoformat(clock), ZONE).astimezone(UTC)

    def on(self, back: int) -> date:
        """Return the working day `back` from today; 0 is today, or the working day before it."""
        day = self.now.astimezone(ZONE).date()
        for found in self._walk(day, 1 if back > 0 else -1):
            if back == 0:
                return found
            back += -1 if back > 0 else 1
        return day

    def _walk(self, day: date, step: int) -> Iterator[date]:
        first = day
        while not self.calendar.is_working_day(first):
            first -= timedelta(days=1)
        yield first
        while True:
            first += timedelta(days=step)
            if self.calendar.is_working_day(first):
                yield first

    def say(
        self,
        department: str,
        customer: str,
        payload: Payload,
        at: datetime,
        *,
        told: datetime | None = None,
    ) -> str:
        """Let `department` state `payload` about `customer`; return the fact's id."""
        name = f"{customer}/{payload.event}/{at.isoformat()}/{len(self.told)}"
        fact = Fact(
            id=str(uuid5(NAMESPACE_OID, name)),
            source=f"/{department}/demo",
            type=payload.event,
            subject=customer,
            time=at,
            recordedtime=at,
            data=payload,
        )
        self.told.append(Told(told or at + _LAG, fact))
        return fact.id
