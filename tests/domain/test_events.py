"""What a fact lets in and what it refuses."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from pydantic import ValidationError
from strategies import facts

from klantbus.domain.events import (
    Cutoff,
    DepartmentHeartbeat,
    DueAt,
    DueBusinessHours,
    DueDate,
    DueWindow,
    DueWorkingDays,
    Fact,
    PromiseMade,
)

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def promise(**said) -> PromiseMade:
    return PromiseMade.model_validate(
        {"promise_id": "p1", "made_by": "sales", "performer": "logistics", **said},
    )


def fact(**said) -> Fact:
    envelope = {"id": "e1", "source": "/sales/crm/eu", "subject": "C1", "time": NINE, "recordedtime": NINE}
    return Fact.model_validate({**envelope, "data": promise(), **said})


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ({"date": "2026-03-06"}, DueDate(date=dt.date(2026, 3, 6))),
        (
            {"date": "2026-03-06", "cutoff": "close_of_business"},
            DueDate(date=dt.date(2026, 3, 6), cutoff=Cutoff.CLOSE_OF_BUSINESS),
        ),
        ({"at": "2026-03-02T09:00:00Z"}, DueAt(at=NINE)),
        (
            {"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T10:00:00Z"},
            DueWindow(from_=NINE, to=NINE + dt.timedelta(hours=1)),
        ),
        ({"working_days": 2}, DueWorkingDays(working_days=2)),
        ({"business_hours": 0.5}, DueBusinessHours(business_hours=Decimal("0.5"))),
        (None, None),
    ],
)
def test_a_due_is_known_by_the_names_in_it(said, due):
    assert promise(due=said).due == due


@pytest.mark.parametrize(
    "due",
    [
        {},
        {"date": "soon"},
        {"at": "2026-03-02T09:00:00"},
        {"at": "2026-03-02T09:00:00Z", "date": "2026-03-02"},
        {"days": 2},
    ],
)
def test_a_due_that_is_none_of_these_is_refused(due):
    with pytest.raises(ValidationError):
        promise(due=due)


def test_the_type_follows_from_what_is_said():
    assert fact().type == "promise.made"


@pytest.mark.parametrize("event", ["promise.accepted", "promise.lost", ""])
def test_a_type_that_contradicts_what_is_said_is_refused(event: str):
    with pytest.raises(ValidationError):
        fact(type=event)


def test_department_and_system_stand_in_the_source():
    assert (fact().department, fact().system) == ("sales", "crm/eu")
    assert (fact(source="/sales").department, fact(source="/sales").system) == ("sales", "")


def test_an_instant_is_kept_in_utc_whatever_zone_it_came_in():
    there = fact(time="2026-03-02T10:00:00+01:00").time
    assert there == NINE
    assert there.tzinfo is dt.UTC


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": "2026-03-02T09:00:00"},
        {"time": "1899-12-31T23:59:59Z"},
        {"time": "2200-01-01T00:00:00Z"},
        {"time": "0001-01-01T00:00:00+14:00"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"source": "sales/crm"},
        {"source": "/sales//crm"},
        {"subject": "Jan de Vries"},
        {"subject": ""},
        {"id": "x" * 65},
        {"colour": "red"},
        {"data": {"promise_id": "p1"}},
    ],
)
def test_an_envelope_that_breaks_a_rule_is_refused(wrong: dict):
    with pytest.raises(ValidationError):
        fact(**wrong)


@pytest.mark.parametrize(
    "quantity", ["1.0000001", "1e12", "NaN", "Infinity"], ids=["places", "digits", "nan", "infinity"]
)
def test_a_quantity_that_does_not_fit_is_refused(quantity: str):
    with pytest.raises(ValidationError):
        promise(lines=[{"sku": "A", "quantity": quantity}])


def test_a_heartbeat_is_about_its_department():
    assert DepartmentHeartbeat.about == "department"
    assert PromiseMade.about == "customer"


@given(facts())
@settings(max_examples=80, deadline=None)
def test_a_fact_comes_back_from_its_json(any_fact: Fact):
    assert Fact.model_validate_json(any_fact.model_dump_json()) == any_fact
