"""What a fact costs the judge at a steady state: with more customers, and with longer histories.

    .venv/bin/python bench/judge_growth.py [--customers 20000] [--facts 800]

The mix of `bench/judge.py`, 50 facts a customer in 28 days; timed are the last fifth of the facts, when every
customer has what it will have open. In the first rows all customers have the same past and there are ten
times as many of them: what grows there is what the processor's caches no longer hold. In the last ones the
past is longer and there are as many facts in all: what grows there is what the rules do with it.
"""

import argparse
import gc
import os
import time as clock
from datetime import timedelta

from judge import RULES, STEP, Maker

from klantbus.domain.customer import Customer

MONTH = 50
"""Facts of a customer in 28 days."""


def cost(customers: int, facts_each: int) -> tuple[float, float, float]:
    """Return what one of the last facts takes (µs of CPU), promises open and promises ever, of a customer."""
    events = customers * facts_each
    maker = Maker(customers, events)
    maker.step = timedelta(days=28) / (customers * MONTH)
    known: dict[str, Customer] = {}
    spent, timed = 0.0, 0
    lap = min(STEP, events // 20)
    for done in range(0, events, lap):
        told = maker.facts(min(lap, events - done))
        gc.freeze()  # as a worker does after a step (streams.parts)
        begun = clock.thread_time()
        for fact, published in told:
            customer = known.get(fact.subject)
            if customer is None:
                customer = known[fact.subject] = Customer(fact.subject, RULES)
            customer.learn(fact, published)
        if 5 * done >= 4 * events:
            spent += clock.thread_time() - begun
            timed += len(told)
    dossiers = [customer.dossier for customer in known.values()]
    waiting = sum(dossier.open.count for dossier in dossiers)
    ever = sum(len(dossier.promises) for dossier in dossiers)
    return 1e6 * spent / timed, waiting / len(dossiers), ever / len(dossiers)


def row(customers: int, facts_each: int) -> None:
    """Measure and print one row."""
    each, waiting, ever = cost(customers, facts_each)
    print(f"| {customers:,} | {facts_each} | {ever:.1f} | {waiting:.1f} | {each:.1f} |", flush=True)


def main() -> None:
    """Print the tables, in Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--facts", type=int, default=800)
    given = options.parse_args()
    gc.set_threshold(200_000, 20, 100)  # as a worker does (streams.parts)
    print(f"load {os.getloadavg()[0]:.1f}\n")
    print("| customers | facts each | promises ever | open | µs a fact |\n|---:|---:|---:|---:|---:|")
    for customers in (given.customers // 100, given.customers // 10, given.customers):
        row(customers, MONTH)
    for part in (16, 4, 1):
        row(given.customers // 100 * part, given.facts // part)


if __name__ == "__main__":
    main()
