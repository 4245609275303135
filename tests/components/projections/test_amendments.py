"""Facts as they stand: repeats, corrections and retractions, in whatever order they came."""

from read_side import at


def contact(house, **more):
    return house.states("contact.logged", "C1", at(2), "telephony", direction="in", reached=True, **more)


def test_a_fact_that_came_twice_is_there_once(house, answers):
    contact(house, event_id="d1")
    contact(house, event_id="d1", told=at(3))
    assert answers("SELECT count(*) AS n FROM contact") == [{"n": 1}]


def test_the_same_record_of_a_system_under_another_id_is_a_repeat_and_says_of_which(house, answers):
    contact(house, event_id="d1", ref="PBX:7")
    contact(house, event_id="d2", ref="PBX:7")
    assert answers("SELECT count(*) AS n FROM contact") == [{"n": 1}]
    assert answers("SELECT repeat_of FROM event_log WHERE event_id = 'd2'") == [{"repeat_of": "d1"}]


def test_a_correction_changes_the_row_and_leaves_the_log_as_it_was(house, answers):
    contact(house, event_id="d1", topic="prijs")
    house.corrects("d1", at(3), topic="levering")
    assert answers("SELECT topic FROM contact") == [{"topic": "levering"}]
    assert answers("SELECT payload ->> '$.topic' AS t FROM event_log WHERE event_id = 'd1'") == [
        {"t": "prijs"}
    ]


def test_a_correction_may_come_before_what_it_corrects(house, answers):
    house.corrects("d1", at(3), topic="levering")
    contact(house, event_id="d1", topic="prijs")
    assert answers("SELECT topic FROM contact") == [{"topic": "levering"}]


def test_of_two_corrections_the_one_with_the_later_time_wins_whichever_came_first(house, answers):
    contact(house, event_id="d1", topic="prijs")
    house.corrects("d1", at(5), topic="laatste")
    house.corrects("d1", at(4), told=at(6), topic="eerste")
    assert answers("SELECT topic FROM contact") == [{"topic": "laatste"}]


def test_another_department_corrects_and_retracts_nothing(house, answers):
    contact(house, event_id="d1", topic="prijs")
    house.corrects("d1", at(3), "sales", topic="levering")
    house.states("event.retracted", "C1", at(3), "sales", target_event_id="d1")
    assert answers("SELECT topic FROM contact") == [{"topic": "prijs"}]


def test_a_correction_that_breaks_the_contract_is_refused_whole(house, answers):
    contact(house, event_id="d1", topic="prijs")
    house.corrects("d1", at(3), topic="x", reached="maybe")
    assert answers("SELECT topic, reached FROM contact") == [{"topic": "prijs", "reached": True}]


def test_a_corrected_time_moves_the_row(house, answers):
    contact(house, event_id="d1")
    house.corrects("d1", at(3), time="2026-03-01T10:00:00Z")
    assert answers("SELECT time FROM contact") == [{"time": at(1, 10)}]


def test_what_was_taken_back_is_gone_and_taking_that_back_brings_it_again(house, answers):
    contact(house, event_id="d1")
    contact(house, event_id="d2")
    house.states("event.retracted", "C1", at(3), "telephony", event_id="r1", target_event_id="d1")
    house.states("event.retracted", "C1", at(3), "telephony", event_id="r2", target_event_id="d2")
    house.states("event.retracted", "C1", at(4), "telephony", target_event_id="r2")
    assert answers("SELECT event_id FROM contact") == [{"event_id": "d2"}]


def test_lines_of_a_corrected_delivery_are_replaced_not_added(house, answers):
    house.states(
        "delivery.completed", "C1", at(2), "logistics", event_id="d1", lines=[{"sku": "A", "quantity": "10"}]
    )
    lines = [{"sku": "A", "quantity": "6"}, {"sku": "B", "quantity": "1"}]
    house.corrects("d1", at(3), "logistics", lines=lines)
    assert answers("SELECT sku, quantity FROM delivery_line ORDER BY sku") == [
        {"sku": "A", "quantity": 6},
        {"sku": "B", "quantity": 1},
    ]
