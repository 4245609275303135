"""What a customer costs in memory, and kept as bytes: with twelve open promises, and with the same ones kept.

.venv/bin/python bench/judge_memory.py
"""

import tracemalloc
from datetime import timedelta
from decimal import Decimal

from judge import RULES, START, Maker, Told

from klantbus.domain import events as e
from klantbus.domain.customer import Customer
from klantbus.domain.keeping import to_bytes


def settled(subject: str) -> list[Told]:
    """Return twelve kept promises: made, accepted, delivered and charged."""
    maker = Maker(1, 48)
    told: list[Told] = []
    for place in range(12):
        order, sku = f"O{place}", f"A{place}"
        lines = (e.PromisedLine(sku=sku, quantity=Decimal(10)),)
        charged = (e.InvoicedLine(sku=sku, quantity=Decimal(10), unit_net=Decimal(9)),)
        due = e.DueDate(date=(START + timedelta(9)).date())
        for data in (
            e.PromiseMade(
                promise_id=f"{subject}-{place}",
                kind=e.PromiseKind.DELIVERY,
                made_by="sales",
                performer="logistics",
                order_ref=order,
                lines=lines,
                due=due,
                as_said="by then",
            ),  # fmt: skip  as above
            e.PromiseAccepted(promise_id=f"{subject}-{place}"),
            e.DeliveryCompleted(order_ref=order, lines=(e.DeliveredLine(sku=sku, quantity=Decimal(10)),)),
            e.InvoiceIssued(invoice_no=f"{subject}-{place}", order_ref=order, lines=charged),
        ):
            told += [maker.told(subject, START + timedelta(hours=place), "sales", data)]
    return told


def main() -> None:
    """Print the table, in Markdown."""
    print("| customer | bytes in memory | bytes kept |\n|---|---:|---:|")
    for name, wanted in (("12 promises open (24 facts)", 2), ("12 promises kept (48 facts)", 4)):
        facts = [
            [one for place, one in enumerate(settled(f"C{number}")) if place % 4 < wanted]
            for number in range(200)
        ]
        tracemalloc.start()
        customers = [Customer(f"C{number}", RULES) for number in range(200)]
        for customer, told in zip(customers, facts, strict=True):
            for fact, published in told:
                customer.learn(fact, published)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        kept = sum(len(to_bytes(customer)) for customer in customers)
        print(f"| {name} | {size / 200:,.0f} | {kept / 200:,.0f} |")


if __name__ == "__main__":
    main()
