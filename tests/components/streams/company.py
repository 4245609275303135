"""A company that talks: seeded facts of many kinds about its customers; some late, some twice, some wrong."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from klantbus.domain import events as e
from klantbus.domain.events import Fact, Payload

DEPARTMENTS = ("sales", "logistics", "service", "finance", "telephony")


class Company:
    """Says one fact at a time about its `customers`. The same seed and instants say the same facts.

    `in_order` against four are told when they happen; the others up to a day later.
    """

    def __init__(self, seed: int, customers: Sequence[str], *, in_order: int = 4) -> None:
        self.in_order = in_order
        self.dice = random.Random(seed)  # noqa: S311  seeded, no secret
        self.customers = customers
        self.promises: dict[str, list[tuple[str, str]]] = {}
        self.last: list[Fact] = []
        self.count = 0

    def fact(self, now: datetime) -> Fact:
        """Return what is said next at `now`; now and then it was said before."""
        dice = self.dice
        if self.last and dice.random() < 0.06:
            return dice.choice(self.last)
        customer = dice.choice(self.customers)
        ago = dice.choice([0] * self.in_order + [1, 30, 3_600, 90_000])
        time = now + timedelta(microseconds=self.count) - timedelta(seconds=ago)
        fact = self._said(customer, self._payload(customer, now), time)
        self.last = [*self.last[-200:], fact]
        return fact

    def _said(self, customer: str, payload: Payload, time: datetime) -> Fact:
        self.count += 1
        department = self.dice.choice(DEPARTMENTS)
        number = f"{self.count:08d}-{self.dice.getrandbits(32):08x}"
        return Fact(
            id=number, source=f"/{department}/sim", type=payload.event, subject=customer,
            time=time, recordedtime=time, data=payload,
        )  # fmt: skip

    def _payload(self, customer: str, now: datetime) -> Payload:
        open_ = self.promises.setdefault(customer, [])
        roll = self.dice.random()
        if not open_ or roll < 0.3:
            return self._promise(open_, now)
        promise, order = self.dice.choice(open_)
        lines = (e.DeliveredLine(sku=self.dice.choice("AB"), quantity=Decimal(self.dice.randint(1, 5))),)
        later = e.DueAt(at=now + timedelta(seconds=self.dice.randint(1, 400_000)))
        agreed = self.dice.random() < 0.7
        ways: list[tuple[int, Payload]] = [
            (20, e.DeliveryCompleted(kind=e.DeliveryKind.GOODS, order_ref=order, lines=lines)),
            (15, e.ContactLogged(direction=self.dice.choice([*e.Direction]), reached=agreed)),
            (10, e.PromiseFulfilled(promise_id=promise)),
            (5, e.PromiseAccepted(promise_id=promise)),
            (5, e.PromiseRescheduled(promise_id=promise, due=later, agreed=agreed)),
            (5, e.PaymentReceived(amount=Decimal(self.dice.randint(1, 900)), currency="EUR")),
            (4, e.PromiseCancelled(promise_id=promise, consent=agreed)),
            (3, self._mending()),
        ]
        return self.dice.choices([way for _, way in ways], [weight for weight, _ in ways])[0]

    def _promise(self, open_: list[tuple[str, str]], now: datetime) -> Payload:
        self.count += 1
        promise, order = f"p{self.count}", f"O{self.dice.randint(1, 3)}"
        open_.append((promise, order))
        del open_[:-6]
        kind = self.dice.choice([e.PromiseKind.CALLBACK, e.PromiseKind.DELIVERY, e.PromiseKind.DOCUMENT])
        seconds = self.dice.choice([2, 5, 20, 60, 4_000, 90_000, 400_000, -3_000])
        lines = (e.PromisedLine(sku=self.dice.choice("AB"), quantity=Decimal(self.dice.randint(1, 5))),)
        return e.PromiseMade(
            promise_id=promise,
            kind=kind,
            due=e.DueAt(at=now + timedelta(seconds=seconds)),
            made_by="sales",
            performer=self.dice.choice(["sales", "logistics"]),
            order_ref=order,
            lines=lines if kind is e.PromiseKind.DELIVERY else (),
        )

    def _mending(self) -> Payload:
        target = self.dice.choice(self.last) if self.last else None
        if target is None or self.dice.random() < 0.5:
            return e.EventRetracted(target_event_id=target.id if target else "nobody")
        later = target.time + timedelta(minutes=7)
        return e.EventCorrected(target_event_id=target.id, set={"time": json.dumps(later.isoformat())})
