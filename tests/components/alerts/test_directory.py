"""Who hears what, as departments.toml says it."""

from datetime import UTC, datetime

import pytest

from alerts.directory import company_of
from alerts.learn import learn
from alerts.model import About, Address, Edge
from alerts.policy import KINDS, Policy
from alerts.routing import receivers
from alerts.sieve import Sieve
from alerts.words import EdgeWord, Level
from klantbus.bus.departments import load_departments
from klantbus.bus.ports import Batch, Lane, Stored
from klantbus.domain.events import Severity

NOON = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def ours():
    return company_of(load_departments())


def _alert(kind, severity=Severity.HIGH, **about):
    said = About(**{"department": "logistics", "made_by": "sales", "customer": "C1", **about})
    edge = Edge("e1", "A1", EdgeWord.RAISED, kind, "k1", NOON, said, severity)
    return learn(None, edge, edge.at, Policy().group_wait)


def _names(alert, level, company):
    return [one.name for one in receivers(alert, level, Policy().rule(alert.kind), company)]


def test_everybody_in_our_list_can_be_reached_and_is_spoken_to_in_their_language(ours):
    assert all(one.addresses for one in ours.receivers.values())
    assert ours.receivers["logistics.head"].addresses == (Address("mail", "head.logistics@company.example"),)
    assert ours.receivers["engineering.head"].language == "en"
    assert ours.receivers["logistics"].language == "nl"
    assert ours.title("logistics", "nl") == "Logistiek"


FIRST = {
    "promise.at_risk": ["logistics"],
    "promise.broken": ["logistics.head", "sales", "E100"],
    "promise.conflict": ["logistics", "sales", "service"],
    "promise.plan_contradicts": ["logistics", "sales"],
    "promise.moved_without_consent": ["sales"],
    "promise.serial_rescheduling": ["sales.head"],
    "handoff.missing": ["logistics.head", "sales"],
    "handoff.declined": ["sales"],
    "invoice.before_delivery": ["finance", "logistics"],
    "invoice.price_mismatch": ["finance", "sales"],
    "invoice.duplicate": ["finance"],
    "info.silent_department": ["logistics.head", "operations"],
    "contact.chasing": ["E100"],
    "opportunity.unfollowed": ["sales"],
    "satisfaction.low": ["E100"],
    "payment.promise_broken": ["finance"],
    "a.kind.of.tomorrow": ["logistics"],
}


@pytest.mark.parametrize("kind", FIRST)
def test_who_hears_first(ours, kind):
    alert = _alert(kind, account_owner="E100", also=("service",))
    assert _names(alert, Level.OWNER, ours) == FIRST[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_told_to_nobody(ours, kind):
    nowhere = _alert(kind, department="nowhere", made_by="")
    assert all(_names(nowhere, level, ours) for level in Level)


def test_critical_also_calls_who_is_on_call(ours):
    alert = _alert("promise.broken", Severity.CRITICAL)
    assert "logistics.on_call" in _names(alert, Level.OWNER, ours)


def test_payments_stay_within_finance(ours):
    rule = KINDS["payment.promise_broken"]
    alert = _alert("payment.promise_broken")
    assert [_names(alert, level, ours) for level in rule.levels] == [["finance"], ["finance.head"]]


async def test_the_sieve_lets_through_what_says_something_to_the_alerter():
    def stored(topic, kind):
        return Stored(topic, 0, 0, 0, b"C1", b"", (("ce_type", kind),) if kind else ())

    records = [
        stored("klantbus.events.sales", b"alert.acknowledged"),
        stored("klantbus.events.sales", b"contact.logged"),
        stored("klantbus.events.sales", b"customer.updated"),
        stored("klantbus.events.sales", None),
        stored("klantbus.alerts", None),
    ]

    class Bare:
        async def batch(self, **_):
            return Batch(records, {Lane("klantbus.events.sales", 0): 4})

    batch = await Sieve(Bare()).batch()
    assert batch.records == [records[0], records[2], records[4]]
    assert batch.positions == {Lane("klantbus.events.sales", 0): 4}


def test_who_is_on_call_reads_the_time_on_the_wall_of_the_department_day_and_night(ours):
    on_call = ours.units["sales"].on_call
    assert on_call is not None
    night = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert on_call.hours.is_open(night)
    assert on_call.hours.local(night).strftime("%d %H:%M") == "24 00:30"
    assert on_call.hours.day_of(night).day == 24
