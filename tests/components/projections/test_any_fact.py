"""No fact that the contract lets in can stop the projector, whatever stands in it."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from read_side import House, at, reached, rows_of
from strategies import facts, json_texts

from klantbus.domain.events import PAYLOADS, EventCorrected
from projections.models import read_models
from projections.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = Store(tmp_path_factory.mktemp("any"), read_models())
    yield opened
    opened.close()


# Shrinking would take minutes in a database; the batch that fails is printed as it is.
ONCE = [Phase.explicit, Phase.reuse, Phase.generate]
CALM = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
AMENDABLE = ("contact.logged", "promise.made", "delivery.completed", "invoice.issued", "customer.registered")


@st.composite
def amended(draw):
    """A fact, and a correction of it that says anything at all about its fields."""
    event, number = draw(st.sampled_from(AMENDABLE)), draw(st.uuids()).hex
    fact = draw(facts(event, id=f"f{number}", source="/sales/x", sourceref=None))
    names = st.sampled_from([*PAYLOADS[event].model_fields, "time", "id", "nonsense"])
    changes = draw(st.dictionaries(names, json_texts, min_size=1, max_size=3))
    said = EventCorrected(target_event_id=fact.id, set=changes)
    correction = draw(facts("event.corrected", id=f"c{number}", source="/sales/x", sourceref=None))
    return draw(st.permutations([fact, correction.model_copy(update={"data": said})]))


@settings(max_examples=15, deadline=None, suppress_health_check=CALM, phases=ONCE)
@given(batch=st.lists(facts(), min_size=1, max_size=12))
def test_any_facts_are_taken_in_and_every_one_of_them_is_there(store, batch):
    house = House()
    base = sum(store.positions().values())
    for fact in batch:
        topic = f"klantbus.any.{base}"
        house.says(fact, datetime(2026, 3, 9, tzinfo=UTC), topic)
    store.take(rows_of(house.records), reached(house.records))
    there = store._con.execute("SELECT count(*) FROM event_log WHERE topic = $1", [topic]).fetchall()[0][0]
    assert there == len({fact.id for fact in batch})


@settings(max_examples=12, deadline=None, suppress_health_check=CALM, phases=ONCE)
@given(pairs=st.lists(amended(), min_size=1, max_size=8))
def test_no_correction_stops_the_projector_or_makes_a_row_twice(store, pairs):
    house = House()
    topic = f"klantbus.any.{sum(store.positions().values())}"
    for fact in (fact for pair in pairs for fact in pair):
        house.says(fact, datetime(2026, 3, 9, tzinfo=UTC), topic)
    for record in (house.records[0::2], house.records[1::2]):
        store.take(rows_of(record), reached(record))
    twice = store._con.execute(
        "SELECT event_id FROM contact AS c GROUP BY event_id HAVING count(*) > "
        "(SELECT count(*) FROM event_log AS e WHERE e.event_id = c.event_id)"
    ).fetchall()
    assert twice == []


def test_an_empty_byte_in_a_text_is_a_text_like_any_other(store):
    house = House()
    house.states("contact.logged", "C1", at(2), "telephony", direction="in", reached=True, topic="a\x00b")
    store.take(rows_of(house.records), reached(house.records))
    assert ("a\x00b",) in store._con.execute("SELECT topic FROM contact").fetchall()


def test_after_any_facts_every_question_can_still_be_asked(store):
    views = store._con.execute(
        "SELECT database_name, view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    for database, view in views:
        store._con.execute(f"FROM {database}.{view}").fetchall()
