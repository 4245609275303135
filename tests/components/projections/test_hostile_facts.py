"""Whatever the contract lets in, and what the judge says of it, the read models take in and answer with."""

import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from domain.histories import RULES
from extremes import NOW, hostile, patient
from hypothesis import given
from hypothesis import strategies as st
from read_side import taken
from stated import stated

from klantbus.bus.codec import decode
from klantbus.bus.ports import Stored
from klantbus.domain.events import (
    PAYLOADS,
    DeliveryCompleted,
    EventCorrected,
    Fact,
    InvoiceCredited,
    InvoicedLine,
)
from klantbus.domain.micros import micros
from streams.promises import PromiseJudge
from streams.telling import records_of

QUESTIONS = (
    "broken_now", "due_soon_and_nothing_done", "kept_rate", "strict_otif_by_sku", "kept_but_told_late",
    "what_we_knew_and_what_was_true('C1', TIMESTAMPTZ '2026-03-04 12:00:00Z')", "handoff_acceptance",
    "conflicts_by_pair", "padding_against_kept_rate", "invoices_that_surprised", "customers_who_had_to_chase",
    "publication_lag_by_hour", "opportunities_by_origin", "satisfaction_after_promise", "alert_outcomes",
    "briefing_of('C1')",
)  # fmt: skip
MEETING = (
    *(*["event.corrected"] * 20, *["promise.made"] * 6, "event.retracted", "delivery.completed"),
    *(*["invoice.issued"] * 3, *["invoice.credited"] * 3, "payment.received"),
)
facts_that_meet = st.lists(st.sampled_from((*PAYLOADS, *MEETING)).flatmap(hostile), min_size=15, max_size=30)


def in_the_log(facts):
    """Return facts, and then what the judge says of them, as records."""
    offsets, records = Counter(), []

    def append(topic, fact, published):
        records.append((Stored(topic, 0, offsets[topic], published, b"", b"", ()), fact))
        offsets[topic] += 1

    judge = PromiseJudge(RULES)
    state, rulings = judge.fresh("C1"), []
    for place, fact in enumerate(facts):
        published = micros(NOW) + place * 1_000_000
        append(f"klantbus.events.{fact.department}", fact, published)
        if PAYLOADS[fact.type].about == "customer":
            rulings += judge.learn(state, [fact], published)
    for record in records_of("C1", rulings):
        append(record.topic, decode(record.value), micros(NOW) + 60_000_000)
    return records


@patient(12)
@given(facts_that_meet)
def test_facts_at_the_edges_of_the_contract_that_meet_each_other_stop_no_projector(facts):
    with tempfile.TemporaryDirectory() as place:
        store = taken(Path(place), in_the_log(facts))
        for question in QUESTIONS:
            store._con.execute(f"FROM {question}").fetchall()
        store.close()


def mended_by(changes, tmp_path):
    """Return what a delivery of ten stands for after a correction, and its time."""
    facts = [
        stated(name, data, NOW, source="/logistics/wms")
        for name, data in (
            ("e1", DeliveryCompleted(delivery_id="D1", order_ref="O1")),
            ("e2", EventCorrected(target_event_id="e1", set=changes)),
        )
    ]
    store = taken(tmp_path, in_the_log(facts))
    found = store._con.execute("SELECT order_ref, completed_at FROM delivery").fetchall()
    store.close()
    return found


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", '"\\ud800"', "[[1]]", "null"])
def test_what_no_field_allows_corrects_nothing(text, tmp_path):
    changes = {"lines": text, "order_ref": '"O2"'}
    assert mended_by(changes, tmp_path) == [("O1", NOW)]


def test_a_time_may_be_corrected_in_any_way_that_the_contract_reads(tmp_path):
    seconds = int(NOW.timestamp()) + 60
    ((order, time),) = mended_by({"time": str(seconds)}, tmp_path)
    assert (order, time.timestamp()) == ("O1", seconds)


def test_a_customer_whose_credit_has_a_typing_error_in_millions_can_be_briefed(tmp_path):
    line = InvoicedLine(sku="A", quantity=Decimal(999999999999), unit_net=Decimal("99999999.9999"))
    credit = InvoiceCredited(credit_no="CR1", invoice_no="F1", lines=(line,))
    fact = Fact(
        id="e1", source="/finance/erp", type=credit.event, subject="C1",
        time=NOW, recordedtime=NOW, data=credit,
    )  # fmt: skip
    store = taken(tmp_path, in_the_log([fact]))
    assert len(store._con.execute("FROM briefing_of('C1')").fetchall()) == 1
    store.close()
