from datetime import UTC, datetime
from decimal import Decimal

from apps.briefing import briefing_of

FRIDAY = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)


def promise(state, *flags, **more):
    plain = {"promise_id": "P1", "kind": "delivery", "state": state, "due": FRIDAY, "performer": "logistics"}
    return {**plain, "made_by": "sales", "order_ref": "O1", "flags": list(flags), **more}


def row(*promises, **more):
    nothing = dict.fromkeys(
        ["last_contacts", "open_opportunities", "open_complaints", "last_score", "do_not_call_before"]
    )
    nothing["open_alerts"] = None
    plain = {"asked_for": "K1", "temperature": "green", "temperature_reasons": [], "do_not_call_after": None}
    return {
        **nothing,
        **plain,
        "invoiced_and_not_paid": Decimal("12.5"),
        "open_promises": list(promises) or None,
        **more,
    }


def test_a_broken_promise_is_said_first_and_no_new_date_is_named():
    briefing = briefing_of(row(promise("at_risk", promise_id="P2"), promise("broken")))
    assert briefing.say_first[0] == (
        "apologise: delivery of order O1 (P1) was due Fri 06 Mar 17:00 and is not there"
    )
    assert "P2" in briefing.say_first[1]
    assert briefing.do_not_say == ["no new date before the performer has named one"]


def test_what_departments_contradict_each_other_on_is_not_said():
    briefing = briefing_of(row(promise("accepted", "conflict"), promise("conditional", promise_id="P2")))
    assert [line.split(":")[0].split(" for ")[0] for line in briefing.do_not_say] == ["no date", "no date"]


def test_complaints_low_scores_and_chances_are_said_too():
    more = {"open_complaints": ["C1"], "last_score": 2, "open_opportunities": ["K9"]}
    briefing = briefing_of(row(**more, do_not_call_before="09:00", do_not_call_after="17:30"))
    assert [line.split()[0] for line in briefing.say_first] == ["complaint", "their", "opportunity"]
    assert briefing.do_not_say == ["nothing by phone before 09:00 or after 17:30"]


def test_who_had_to_chase_hears_that_we_know_and_nobody_is_reminded_of_an_invoice_that_is_wrong():
    briefing = briefing_of(row(open_alerts=["contact.chasing", "invoice.duplicate", "invoice.duplicate"]))
    assert briefing.say_first == ["they had to call again and again: say that you know"]
    assert briefing.do_not_say == ["no reminder to pay: an invoice may have been sent twice"]


def test_of_the_hours_not_to_call_only_those_that_the_customer_named_are_said():
    assert briefing_of(row(do_not_call_after="17:30")).do_not_say == ["nothing by phone after 17:30"]


def test_a_customer_of_whom_nothing_presses_is_told_as_such():
    briefing = briefing_of(row())
    assert briefing.say_first == ["nothing presses"]
    assert briefing.do_not_say == []
    assert briefing.money == "12.50 invoiced and not paid"
