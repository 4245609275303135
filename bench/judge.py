"""How many facts a second the judge learns on one core, in order and shuffled within an hour.

    .venv/bin/python bench/judge.py [--customers 20000] [--events 1000000]

Facts are made in chunks outside the clock; what is timed is `Customer.learn`: from a fact to decisions, with
every state, flag, edge, reason and next look. The mix is that of a wholesaler: promises of goods, callbacks
and documents, answers, plans, deliveries, invoices, payments, calls, some moved, corrected and linked.
"""

import argparse
import gc
import os
import platform
import random
import resource
import sys
import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

sys.path.append(sys.path.pop(0))  # PYTHONPATH=build/compiled decides which judge is measured

from klantbus.domain import customer as judge
from klantbus.domain import events as e
from klantbus.domain.calendar import Calendar
from klantbus.domain.customer import Customer
from klantbus.domain.micros import HOUR, micros
from klantbus.domain.rules import Calendars, Rules

START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
CHUNK = 20_000
STEP = 2_500
Told = tuple[e.Fact, int]
RULES = Rules(Calendars(Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}})))


def named(count: int) -> str:
    """Return the id of a fact, as long as a UUIDv7."""
    return f"0197{count:08x}-0000-7000-8000-{count:012x}"


def fact_of(
    number: int, subject: str, department: str, time: datetime, data: e.Payload, *, ref: str | None = None
) -> e.Fact:
    """Return a fact that was told when it happened; `ref` is its number in the department's system."""
    return e.Fact.model_construct(
        id=named(number),
        source=f"/{department}/x",
        type=data.event,
        subject=subject,
        time=time,
        recordedtime=time,
        timezone="Europe/Amsterdam",
        actor=None,
        sourceref=ref,
        correlationid=None,
        causationid=None,
        traceparent=None,
        data=data,
    )


class Maker:
    """Makes a company's facts in the order in which they are told. Seeded."""

    def __init__(self, customers: int, events: int) -> None:
        self.random = random.Random(7)
        self.customers = customers
        self.step = timedelta(days=28) / events
        self.count = 0
        self.promises = 0
        self.lately: dict[str, str] = {}
        self.open: dict[str, list[tuple[str, str, str]]] = {}

    def facts(self, count: int) -> list[tuple[e.Fact, int]]:
        """Return the next facts, each with its publication."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Told:
        told = START + self.step * (self.count + 1)
        subject = f"C{self.random.randrange(self.customers)}"
        department, data = self._say(subject, told)
        return self.told(subject, told, department, data)

    def told(self, subject: str, told: datetime, department: str, data: e.Payload) -> Told:
        """Return what was said as a fact that happened up to half an hour before it was told."""
        self.count += 1
        time = told - timedelta(seconds=self.random.randrange(30, 1500))
        fact = fact_of(self.count, subject, department, time, data)
        self.lately[subject] = fact.id
        return fact, micros(told)

    def _say(self, subject: str, told: datetime) -> tuple[str, e.Payload]:
        dice = self.random.random()
        open_ = self.open.get(subject)
        if dice < 0.15 or (not open_ and dice < 0.30):
            return self._promise(subject, told)
        if dice < 0.40 or not open_:
            way = e.Direction.IN if dice < 0.32 else e.Direction.OUT
            return "sales", e.ContactLogged(direction=way, reached=dice < 0.38, channel=e.Channel.PHONE)
        if dice < 0.50:
            return "logistics", e.PromiseAccepted(promise_id=self.random.choice(open_)[0])
        if dice < 0.90:
            return self._follow(subject, told, dice)
        return self._other(subject, dice, told)

    def _promise(self, subject: str, told: datetime) -> tuple[str, e.Payload]:
        self.promises += 1
        name, order = f"P{self.promises}", f"O{self.promises}"
        dice = self.random.random()
        kind = (
            e.PromiseKind.DELIVERY
            if dice < 0.6
            else e.PromiseKind.CALLBACK
            if dice < 0.9
            else e.PromiseKind.DOCUMENT
        )
        sku = f"A{self.random.randrange(500)}" if dice < 0.6 else "call" if dice < 0.9 else "document"
        self.open.setdefault(subject, []).append((name, order, sku))
        if kind is e.PromiseKind.DELIVERY:
            day = (told + timedelta(days=self.random.randrange(2, 12))).date()
            lines = (e.PromisedLine(sku=sku, quantity=Decimal(10)),)
            return "sales", e.PromiseMade(
                promise_id=name,
                kind=kind,
                made_by="sales",
                performer="logistics",
                order_ref=order,
                lines=lines,
                due=e.DueDate(date=day),
                as_said="by then",
            )  # fmt: skip  one line per three fields says less
        due = (
            e.DueWorkingDays(working_days=2) if dice < 0.85 else e.DueBusinessHours(business_hours=Decimal(4))
        )
        return "sales", e.PromiseMade(
            promise_id=name,
            kind=kind,
            made_by="sales",
            performer="sales",
            topic="quote",
            due=due,
            as_said="soon",
        )

    def _follow(self, subject: str, told: datetime, dice: float) -> tuple[str, e.Payload]:
        name, order, sku = self.open[subject][0]
        quantity = Decimal(10)
        if dice < 0.57:
            return "logistics", e.DeliveryPlanned(order_ref=order, planned_to=told + timedelta(days=1))
        if dice < 0.77:
            return self._fulfil(subject)
        if dice < 0.88:
            line = e.InvoicedLine(sku=sku, quantity=quantity, unit_net=Decimal(9))
            return "finance", e.InvoiceIssued(
                invoice_no=f"F{self.count}", order_ref=order, lines=(line,), total_net=Decimal(90)
            )
        return "sales", e.PromiseRescheduled(
            promise_id=name, due=e.DueDate(date=told.date() + timedelta(9)), agreed=True
        )

    def _fulfil(self, subject: str) -> tuple[str, e.Payload]:
        _, order, sku = self.open[subject].pop(0)
        if sku == "call":
            return "sales", e.ContactLogged(direction=e.Direction.OUT, reached=True)
        if sku == "document":
            return "sales", e.DocumentSent(topic="quote")
        lines = (e.DeliveredLine(sku=sku, quantity=Decimal(10)),)
        return "logistics", e.DeliveryCompleted(order_ref=order, lines=lines)

    def _other(self, subject: str, dice: float, told: datetime) -> tuple[str, e.Payload]:
        if dice < 0.95:
            return "finance", e.PaymentReceived(amount=Decimal(90))
        if dice < 0.97:
            return "sales", e.SatisfactionRecorded(score=self.random.randrange(1, 6))
        if dice < 0.985:
            return "service", e.OpportunitySignalled(opportunity_id=f"x{self.count}")
        if dice < 0.99:
            return "sales", e.PromiseCancelled(promise_id=self.open[subject][0][0], consent=True)
        if dice < 0.995:
            return "logistics", e.EventCorrected(
                target_event_id=self.lately[subject],
                set={"time": f'"{told.isoformat()}"'},
            )
        return "service", e.ComplaintOpened(complaint_id=f"k{self.count}")


def in_order(maker: Maker, events: int) -> Iterator[list[Told]]:
    """Yield facts as the log holds them."""
    for done in range(0, events, CHUNK):
        yield maker.facts(min(CHUNK, events - done))


def shuffled(maker: Maker, events: int) -> Iterator[list[Told]]:
    """Yield the same facts, each up to an hour later than its turn."""
    waiting: list[tuple[int, int, Told]] = []
    for lap, chunk in enumerate(in_order(maker, events)):
        waiting += [
            (one[1] + maker.random.randrange(HOUR), lap * CHUNK + place, one)
            for place, one in enumerate(chunk)
        ]
        waiting.sort(key=lambda one: one[:2])
        ready = sum(turn <= chunk[-1][1] for turn, _, _ in waiting)
        yield [one for _, _, one in waiting[:ready]]
        del waiting[:ready]
    yield [one for _, _, one in waiting]


def run(name: str, chunks: Iterator[list[Told]]) -> dict[str, Customer]:
    """Learn all chunks; print events a second of CPU, and how the cost of one grew."""
    customers: dict[str, Customer] = {}
    laps: list[tuple[int, float]] = []
    said = 0
    for chunk in chunks:
        gc.freeze()  # what the chunk was made of is not the judge's
        begun = clock.thread_time()
        for first in range(0, len(chunk), STEP):
            for fact, told in chunk[first : first + STEP]:
                customer = customers.get(fact.subject)
                if customer is None:
                    customer = customers[fact.subject] = Customer(fact.subject, RULES)
                said += len(customer.learn(fact, told))
            gc.freeze()  # as a worker does after a step (streams.parts)
        laps.append((len(chunk), clock.thread_time() - begun))
    quarter = len(laps) // 4 or 1
    events = sum(count for count, _ in laps)
    cells = [f"{each(part):.1f}" for part in (laps, laps[:quarter], laps[-quarter:])]
    print(f"| {name} | {1e6 / each(laps):,.0f} | {' | '.join(cells)} | {said / events:.2f} |")
    return customers


def each(laps: list[tuple[int, float]]) -> float:
    """Return microseconds of CPU per event."""
    return 1e6 * sum(spent for _, spent in laps) / sum(count for count, _ in laps)


def main() -> None:
    """Print the tables, in Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--events", type=int, default=1_000_000)
    given = options.parse_args()
    gc.set_threshold(200_000, 20, 100)  # as a worker does (streams.parts)
    made = "compiled" if judge.__file__.endswith(".so") else "plain Python"
    print(f"Python {platform.python_version()}, judge: {made}, load {os.getloadavg()[0]:.1f}\n")
    print("| order | events/s | µs each | first quarter | last quarter | decisions each |")
    print("|---|---:|---:|---:|---:|---:|")
    customers = run("in order", in_order(Maker(given.customers, given.events), given.events))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    customers.clear()
    run("shuffled within an hour", shuffled(Maker(given.customers, given.events), given.events))
    print(f"\nResident at most {peak:,.0f} MB with {given.events:,} facts of {given.customers:,} customers.")


if __name__ == "__main__":
    main()
