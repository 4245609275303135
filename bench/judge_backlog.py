"""How many facts a second the judge learns of years of orders, imported now, each late beside the last.

    .venv/bin/python bench/judge_backlog.py [--orders 3000] [--customers 300]

Orders of 1 to 7 lines as in TPC-H, each line promised and delivered; told line by line, then in any order.
CPU time of one core, without making the facts. The longer a customer's history, the more a fold costs: the
second table doubles it.
"""

import argparse
import gc
import random
import time as clock
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from judge import RULES, fact_of

from klantbus.domain import events as e
from klantbus.domain.customer import Customer
from klantbus.domain.micros import micros

FIRST = datetime(1992, 1, 1, 8, tzinfo=UTC)
NOW = micros(datetime(2026, 11, 2, tzinfo=UTC))


def facts(orders: int, customers: int) -> list[e.Fact]:
    """Return the facts of so many orders, line by line."""
    dice = random.Random(1)  # seeded, no secret
    told: list[e.Fact] = []
    for order in range(orders):
        subject, day = f"C{dice.randrange(customers)}", FIRST + timedelta(dice.randrange(2_400))
        for line in range(dice.randrange(1, 8)):
            name, sku = f"{order}-{line}", str(dice.randrange(2_000))
            due = e.DueDate(date=(day + timedelta(dice.randrange(30, 90))).date())
            lines = (e.PromisedLine(sku=sku, quantity=Decimal(5)),)
            made = e.PromiseMade(
                promise_id=name, kind=e.PromiseKind.DELIVERY, made_by="sales", performer="logistics",
                order_ref=str(order), line_no=line + 1, due=due, lines=lines,
            )  # fmt: skip
            came = (e.DeliveredLine(sku=sku, quantity=Decimal(5), line_no=line + 1),)
            brought = e.DeliveryCompleted(
                delivery_id=name, order_ref=str(order), promise_ids=(name,), lines=came
            )
            told.append(fact_of(len(told), subject, "sales", day, made, ref=str(len(told))))
            received = day + timedelta(dice.randrange(1, 120))
            ref = str(len(told))
            told.append(fact_of(len(told), subject, "logistics", received, brought, ref=ref))
    return told


def run(name: str, told: list[e.Fact], customers: int) -> None:
    """Learn all; print a row."""
    known: dict[str, Customer] = {}
    gc.freeze()
    begun = clock.thread_time()
    for place, fact in enumerate(told):
        customer = known.get(fact.subject)
        if customer is None:
            customer = known[fact.subject] = Customer(fact.subject, RULES)
        customer.learn(fact, NOW + place * 200)
    spent = clock.thread_time() - begun
    print(f"| {name} | {len(told) // customers} | {len(told) / spent:,.0f} | {1e6 * spent / len(told):.0f} |")


def main() -> None:
    """Print the table, in Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=3_000)
    options.add_argument("--customers", type=int, default=300)
    given = options.parse_args()
    gc.set_threshold(200_000, 20, 100)  # as a worker does (streams.parts)
    print("| order | facts a customer | facts/s | µs each |\n|---|---:|---:|---:|")
    for customers in (given.customers, given.customers // 2):
        told = facts(given.orders, customers)
        run("line by line", told, customers)
        random.Random(2).shuffle(told)
        run("in any order", told, customers)


if __name__ == "__main__":
    main()
