"""What is asked of customers: their briefing, and what they said, wanted and thought of us."""

from itertools import combinations

from read_side import at, only

from apps.editions import QUESTIONS
from klantbus.domain.measures import CustomerSigns, temperature


def test_the_briefing_is_one_wide_row_for_whichever_number_is_asked_for(house, answers):
    house.states("customer.registered", "C17", at(1), "admin", name="Jansen", segment="retail", language="nl")
    house.states("customer.updated", "C17", at(2), "admin", account_owner="m7")
    house.states("customer.merged", "C42", at(3), "admin", **{"from": "C42", "into": "C17"})
    house.judges("p1", "broken", at(9), customer="C42", due=at(6))
    house.warns("promise.broken", "p1", at(9), customer="C42")
    house.states("contact.logged", "C42", at(4), "telephony", direction="in", reached=True, mood="upset")
    house.states("complaint.opened", "C17", at(5), "service", complaint_id="k1", text="Weer te laat")
    house.states(
        "invoice.issued", "C17", at(5), "finance", invoice_no="F1", total_net="100.00", total_vat="21.00"
    )
    house.states("payment.received", "C17", at(6), "finance", amount="21.00")
    for asked in ("C17", "C42"):
        row = only(answers(f"FROM briefing_of('{asked}')"))
        assert row["numbers"] == ["C17", "C42"]
        assert (row["segment"], row["account_owner"], row["language"]) == ("retail", "m7", "nl")
        assert (row["temperature"], row["temperature_reasons"]) == (
            "red",
            ["open broken promise", "complaint open"],
        )
        assert [promise["promise_id"] for promise in row["open_promises"]] == ["p1"]
        assert row["last_contacts"][0]["mood"] == "upset"
        assert (row["open_alerts"], row["open_complaints"]) == (["promise.broken"], ["k1"])
        assert row["invoiced_and_not_paid"] == 100


SIGNS = {
    "broken_open": lambda house, who: house.judges(f"p-{who}", "broken", at(9), customer=who, due=at(6)),
    "complaints_open": lambda house, who: house.states(
        "complaint.opened", who, at(5), "service", complaint_id=f"k-{who}", text="Weer te laat"
    ),
    "chasing": lambda house, who: house.warns("contact.chasing", who, at(9), customer=who),
    "conflicts": lambda house, who: house.warns("promise.conflict", f"{who}+p", at(9), customer=who),
    "last_score": lambda house, who: house.states("satisfaction.recorded", who, at(9), "service", score=1),
}


def test_a_customers_colour_is_that_of_the_pure_measure_whatever_is_the_matter(house, answers):
    wanted = {}
    for signs in (signs for count in range(len(SIGNS) + 1) for signs in combinations(SIGNS, count)):
        who = f"C{len(wanted)}"
        house.states("customer.updated", who, at(1), "admin", language="nl")
        for sign in signs:
            SIGNS[sign](house, who)
        wanted[who] = str(temperature(CustomerSigns(**dict.fromkeys(signs, True))).colour)
    found = {who: only(answers(f"FROM briefing_of('{who}')"))["temperature"] for who in wanted}
    assert found == wanted


def test_money_is_what_is_left_when_credits_are_taken_off_with_their_tax(house, answers):
    for number in ("F1", "F2", "F3"):
        house.states(
            "invoice.issued", "C1", at(5), "finance", invoice_no=number, total_net="100.00", total_vat="21.00"
        )
    house.states("invoice.issued", "C1", at(6), "finance", invoice_no="F1", total_net="900.00")  # sent again
    house.states("invoice.credited", "C1", at(7), "finance", invoice_no="F1")
    house.states("invoice.credited", "C1", at(7), "finance", invoice_no="F2", total_net="50.00")
    lines = [{"sku": "A", "quantity": "2", "unit_net": "5.00"}]
    house.states("invoice.credited", "C1", at(7), "finance", invoice_no="F3", lines=lines)
    house.states("payment.received", "C1", at(8), "finance", amount="60.50")
    left = only(answers("FROM briefing_of('C1')"))["invoiced_and_not_paid"]
    assert str(left) == "108.90"  # of F2 60.50 and of F3 108.90, less what was paid


def test_unmerging_customers_parts_their_briefings_again(house, answers):
    house.states("customer.merged", "C42", at(3), "admin", **{"from": "C42", "into": "C17"})
    house.states("customer.unmerged", "C42", at(4), "admin", **{"from": "C42", "into": "C17"})
    house.judges("p1", "broken", at(9), customer="C42", due=at(6))
    assert only(answers("FROM briefing_of('C17')"))["numbers"] == ["C17"]
    assert only(answers("FROM briefing_of('C42')"))["broken"] == 1


def test_a_customer_is_found_by_any_number_of_theirs_and_a_department_is_none(house, answers):
    house.states("department.heartbeat", "sales", at(2))
    house.warns("info.silent_department", "sales", at(3), customer="sales")
    house.states("satisfaction.recorded", "C1", at(2), score=4)
    house.judges("p1", "accepted", at(2), customer="C2", order_ref="O1")
    house.states("invoice.issued", "C3", at(2), "finance", invoice_no="F1", total_net="1.00")
    found = {
        asked: [row["customer_id"] for row in answers(f"FROM customer_found('{asked}')")]
        for asked in ("C1", "p1", "O1", "F1", "sales", "nobody")
    }
    assert found == {"C1": ["C1"], "p1": ["C2"], "O1": ["C2"], "F1": ["C3"], "sales": [], "nobody": []}


def test_promises_are_listed_whichever_of_a_customers_numbers_is_asked_for(house, answers):
    house.states("customer.merged", "C42", at(3), "admin", **{"from": "C42", "into": "C17"})
    for customer in ("C42", "C17", "C5"):
        house.judges(f"p-{customer}", "accepted", at(9), customer=customer, due=at(10))
    question = (QUESTIONS / "promises.sql").read_text()
    for asked, found in (("C17", ["C17", "C42"]), ("C42", ["C17", "C42"]), (None, ["C17", "C42", "C5"])):
        assert [row["customer_id"] for row in answers(question, None, None, asked, 10)] == found


def test_the_list_of_briefings_has_one_row_per_customer(house, answers):
    house.states("customer.merged", "C42", at(3), "admin", **{"from": "C42", "into": "C17"})
    house.judges("p1", "broken", at(9), customer="C42", due=at(6))
    house.judges("p2", "kept", at(9), customer="C17", due=at(6))
    row = only(answers("FROM customer_briefing"))
    assert (row["customer_id"], row["broken"], row["kept"]) == ("C17", 1, 1)


def test_customers_who_had_to_chase_are_told_with_what_was_open(house, answers):
    house.judges("p1", "accepted", at(2), made_at=at(2))
    for day in (3, 5, 9):
        house.states("contact.logged", "C1", at(day), "telephony", direction="in", reached=True)
    house.warns("contact.chasing", "C1", at(9, 9, 1))
    row = only(answers("FROM customers_who_had_to_chase"))
    assert (row["customer_id"], row["calls"], row["open_promises"]) == ("C1", 3, ["p1"])


def test_a_customer_who_chased_under_two_numbers_is_told_with_all_calls_and_promises(house, answers):
    house.states("customer.merged", "C42", at(1), "admin", **{"from": "C42", "into": "C17"})
    house.judges("p1", "accepted", at(2), customer="C42", made_at=at(2))
    for day, number in ((3, "C42"), (5, "C17"), (9, "C42")):
        house.states("contact.logged", number, at(day), "telephony", direction="in", reached=True)
    house.warns("contact.chasing", "C17", at(9, 9, 1), customer="C17")
    row = only(answers("FROM customers_who_had_to_chase"))
    assert (row["customer_id"], row["calls"], row["open_promises"]) == ("C17", 3, ["p1"])


def test_satisfaction_is_told_by_how_the_promise_ended(house, answers):
    house.judges("p1", "kept", at(6))
    house.judges("p2", "kept", at(6), revision=1)
    house.states("satisfaction.recorded", "C1", at(9), "telephony", score=5, about_promise="p1")
    house.states("satisfaction.recorded", "C1", at(9), "telephony", score=2, about_promise="p2")
    rows = {
        row["promise_was"]: (row["mean_score"], row["unhappy"])
        for row in answers("FROM satisfaction_after_promise")
    }
    assert rows == {"kept": (5.0, 0), "kept after renegotiation": (2.0, 1)}


def test_opportunities_are_told_by_origin_with_time_to_pick_up(house, answers):
    house.states("opportunity.signalled", "C1", at(2, 9), "service", opportunity_id="o1")
    house.states("opportunity.picked_up", "C1", at(2, 12), opportunity_id="o1")
    house.states("opportunity.closed", "C1", at(4), opportunity_id="o1", result="won")
    row = only(answers("FROM opportunities_by_origin"))
    assert (row["origin"], row["hours_to_pick_up_p50"], row["won"]) == ("service", 3.0, 1)


def test_the_words_that_were_used_stand_in_the_personal_file_after_corrections(house, answers):
    said = house.states(
        "contact.logged", "C1", at(2), "telephony", direction="in", reached=True, summary="boos"
    )
    house.corrects(said, at(3), summary="blij", topic="prijs")
    made = house.states(
        "promise.made", "C1", at(2), promise_id="p1", made_by="sales", performer="sales", as_said="Morgen!"
    )
    house.states("event.retracted", "C1", at(3), target_event_id=made)
    row = only(answers("FROM personal.contact_said"))
    assert (row["summary"], row["topic"]) == ("blij", "prijs")
    assert not answers("FROM personal.said WHERE type = 'promise.made'")
