"""A week of a house at random: repeats, disorder, corrections, retractions, merges, verdicts, alerts."""

import random

from read_side import House, at


class Week:
    """States facts of every family, the same ones for the same seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311  a seed makes the same week again
        self.house = House()
        self.known = []
        self.number = 0

    def go_on(self, facts):
        """State so many facts more; return all records so far."""
        happenings = (
            self.contact, self.contact, self.promise, self.verdict, self.alert,
            self.correction, self.retraction, self.repeat, self.merge, self.invoice,
        )  # fmt: skip
        for _ in range(facts):
            self.number += 1
            self.chance.choice(happenings)(f"C{self.chance.randrange(6)}", *self.moments())
        return self.house.records

    def moments(self):
        day = self.chance.randrange(2, 8)
        moment = at(day, self.chance.randrange(24), self.chance.randrange(60))
        return moment, at(self.chance.randrange(day, 9), 23, 59)

    def contact(self, customer, moment, told):
        ref = self.chance.choice([None, f"PBX:{self.number % 9}"])
        event = self.house.states(
            "contact.logged", customer, moment, "telephony", told=told, ref=ref, direction="in",
            reached=True, topic=f"t{self.number}", summary=f"gesprek {self.number}",
        )  # fmt: skip
        self.known.append((event, customer, "telephony"))

    def promise(self, customer, moment, told):
        event = self.house.states(
            "promise.made", customer, moment, told=told, promise_id=f"p{self.number}", made_by="sales",
            performer="logistics", as_said=f"belofte {self.number}", lines=[{"sku": "A", "quantity": "3"}],
        )  # fmt: skip
        self.known.append((event, customer, "sales"))

    def verdict(self, customer, moment, _):
        state = self.chance.choice(["accepted", "at_risk", "kept", "broken"])
        promise = f"p{self.chance.randrange(9)}"
        self.house.judges(promise, state, moment, customer=customer, due=at(6), done_at=at(5))

    def alert(self, customer, moment, _):
        self.house.warns("promise.broken", f"p{self.number}", moment, customer=customer, severity="high")

    def correction(self, _, moment, told):
        if not self.known:
            return
        target, subject, department = self.chance.choice(self.known)
        changes = {"topic": f'"mended {self.number}"', "summary": '"anders"'}
        self.house.states(
            "event.corrected", subject, moment, department, told=told, target_event_id=target, set=changes
        )

    def retraction(self, _, moment, told):
        if not self.known or self.chance.random() < 0.5:
            return
        target, subject, department = self.chance.choice(self.known)
        event = self.house.states(
            "event.retracted", subject, moment, department, told=told, target_event_id=target
        )
        self.known.append((event, subject, department))

    def repeat(self, _, __, told):
        if self.house.records:
            stored, fact = self.chance.choice(self.house.records)
            self.house.says(fact, told, stored.topic)

    def merge(self, customer, moment, _):
        word = self.chance.choice(["merged", "unmerged"])
        self.house.states(f"customer.{word}", customer, moment, "admin", **{"from": customer, "into": "C1"})

    def invoice(self, customer, moment, _):
        number = f"F{self.number % 7}"
        self.house.states("invoice.issued", customer, moment, "finance", invoice_no=number, total_net="9.50")


def busy_week(seed, facts=120):
    """Return the records of a week."""
    return Week(seed).go_on(facts)
