"""A credit keeps the promise that it can only be meant for; else people are asked (RULES 7)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from domain.histories import RULES
from stated import stated

from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.micros import micros

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def tell():
    """A book, as a function that tells it a fact an hour after the one before and returns it."""
    book, hours = Book(RULES), iter(range(1_000))

    def told(data: e.Payload, name: str | None = None) -> Book:
        hour = next(hours)
        at = MONDAY + timedelta(hours=hour)
        book.learn(stated(name or f"e{hour}", data, at), micros(at))
        return book

    return told


def promised(name: str, order: str | None) -> e.PromiseMade:
    return e.PromiseMade(
        promise_id=name,
        kind=e.PromiseKind.CREDIT,
        made_by="sales",
        performer="sales",
        order_ref=order,
        amount=Decimal(50),
    )


def credited(total: int = 50, invoice: str = "F1") -> e.InvoiceCredited:
    return e.InvoiceCredited(credit_no="CR1", invoice_no=invoice, total_net=Decimal(total))


def asked(book: Book) -> list[str]:
    return [
        kind
        for item in book.customers["C1"].dossier.evidence.values()
        for kind in item.said_alerts
        if kind.startswith("evidence.")
    ]


def test_of_an_invoice_that_nobody_knows_it_keeps_the_only_promise_there_is(tell):
    tell(promised("p1", "O1"))
    book = tell(credited())
    assert (book.state("p1"), book.promise("p1").uses[0].tier) == ("kept", "T3")
    assert asked(book) == []


def test_when_two_orders_can_be_meant_nothing_is_guessed_and_people_link_it(tell):
    tell(promised("p1", "O1"))
    tell(promised("p2", "O2"))
    book = tell(credited(), "cr")
    assert asked(book) == ["evidence.ambiguous"]
    assert book.customers["C1"].dossier.evidence["cr"].candidates == ("p1", "p2")
    book = tell(e.EvidenceLinked(evidence_event_id="cr", promise_id="p2"))
    assert [bool(book.promise(name).done_at) for name in ("p1", "p2")] == [False, True]
    assert asked(book) == []


def test_an_invoice_that_turns_up_later_says_which_order_was_meant(tell):
    tell(promised("p1", "O1"))
    book = tell(credited())
    assert book.promise("p1").done_at
    early = MONDAY + timedelta(minutes=30)
    issued = e.InvoiceIssued(invoice_no="F1", order_ref="O2", total_net=Decimal(50))
    book.learn(stated("f1", issued, early), micros(MONDAY + timedelta(hours=5)))
    assert not book.promise("p1").done_at


def test_what_people_took_apart_is_not_put_together_again(tell):
    tell(promised("p1", "O1"))
    tell(credited(), "cr")
    book = tell(e.EvidenceUnlinked(evidence_event_id="cr", promise_id="p1"))
    assert not book.promise("p1").done_at


def test_a_credit_where_none_was_promised_asks_nothing(tell):
    assert asked(tell(credited())) == []
