"""Rows are read straight from the bytes; they say what the fact says, and refuse what decoding refuses."""

import duckdb
import orjson
from busy_week import busy_week
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from read_side import House, at, rows_of
from strategies import facts

from klantbus.bus.codec import decode, encode, row_in
from klantbus.bus.columns import key_of
from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Batch, Stored
from klantbus.domain.micros import micros
from projections.arrivals import MOMENT, arrived, decoded, one_by_one
from projections.models import statements_of

ONCE = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking a fact takes minutes, and it prints well


def code_of(read, value, headers):
    try:
        read(value, headers)
    except Unreadable as error:
        return error.code
    return "readable"


def together(payload, personal):
    """Payload and personal text as one."""
    for name, said in personal.items():
        if isinstance(said, dict):
            together(payload.setdefault(name, {}), said)
        else:
            payload[name] = said
    return payload


def said_by(fact):
    """What a fact says, without empty texts and lists: nobody said those."""
    return without_empty(orjson.loads(fact.data.model_dump_json(exclude_none=True)))


def without_empty(said):
    if isinstance(said, dict):
        return {name: without_empty(value) for name, value in said.items() if value not in ("", [])}
    return [without_empty(each) for each in said] if isinstance(said, list) else said


@settings(max_examples=80, deadline=None, phases=ONCE)
@given(fact=facts())
def test_a_row_says_what_the_fact_says(fact):
    row = row_in(*encode(fact))
    assert (row.id, row.type, row.source, row.subject, row.timezone) == (
        fact.id, fact.type, fact.source, fact.subject, fact.timezone,
    )  # fmt: skip
    assert (row.actor, row.sourceref, row.correlationid, row.causationid, row.traceparent) == (
        fact.actor, fact.sourceref, fact.correlationid, fact.causationid, fact.traceparent,
    )  # fmt: skip
    assert [row.time, row.recordedtime] == [micros(fact.time), micros(fact.recordedtime)]
    said = together(orjson.loads(row.payload), orjson.loads(row.personal or b"{}"))
    assert without_empty(said) == said_by(decode(*encode(fact)))


@settings(max_examples=80, deadline=None, phases=ONCE)
@given(fact=facts(), at_byte=st.integers(0, 400), byte=st.integers(0, 255))
def test_spoilt_bytes_are_refused_as_decoding_refuses_them(fact, at_byte, byte):
    value, headers = encode(fact)
    spoilt = bytearray(value)
    spoilt[at_byte % len(value)] = byte
    for bad in (bytes(spoilt), value[:at_byte], value + b"x"):
        for said in (headers, ()):
            assert code_of(row_in, bad, said) == code_of(decode, bad, said)


def test_headers_that_disagree_are_refused_and_those_written_otherwise_are_not():
    house = House()
    house.states("contact.logged", "C1", at(2), "telephony", direction="in", reached=True)
    fact = house.records[0][1]
    value, headers = encode(fact)
    other = dict(headers)
    assert code_of(row_in, value, (*{**other, "ce_subject": b"C2"}.items(),)) == "headers_disagree"
    assert (
        code_of(row_in, value, (*{**other, "ce_time": b"2026-03-02T10:00:00+01:00"}.items(),)) == "readable"
    )
    assert code_of(row_in, value, (*headers, ("mine", b"x"))) == "readable"


def test_a_correction_tells_personal_text_from_the_rest():
    house = House()
    house.states(
        "event.corrected", "C1", at(2), target_event_id="e9", reason="typo",
        set={"topic": '"order"', "summary": '"belde boos"', "condition": '{"text":"x"}'},
    )  # fmt: skip
    row = rows_of(house.records).facts.to_pylist()[0]
    assert orjson.loads(row["payload"]) == {"target_event_id": "e9", "set": {"topic": "order"}}
    assert orjson.loads(row["personal"]) == {
        "reason": "typo", "set": {"summary": "belde boos", "condition": {"text": "x"}},
    }  # fmt: skip


def test_no_records_are_no_rows():
    assert arrived([]).facts.schema.field("time").type == MOMENT


def in_order(found):
    """Rows and unreadable ones, by their place."""
    return [table.sort_by("offset").to_pylist() for table in found]


@settings(max_examples=60, deadline=None, phases=ONCE)
@given(
    facts=st.lists(st.tuples(facts(), st.booleans()), min_size=1, max_size=12),
    spoilt=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3), st.booleans()), max_size=6),
    other=st.tuples(st.integers(0, 9), st.sampled_from((b"", b"x", b"2026-03-02T10:00:00+01:00"))),
)
def test_many_records_become_the_rows_that_each_becomes_alone(facts, spoilt, other):
    records = []
    for offset, (fact, mirrored) in enumerate(facts):
        value, headers = encode(fact)
        records.append(Stored("klantbus.events.x", offset % 12, offset, 7, b"C1", value, headers * mirrored))
    for offset, (at_byte, bytes_, cut) in enumerate(spoilt, start=len(facts)):
        good = records[offset % len(facts)]
        value = good.value[:at_byte] + bytes_ + (b"" if cut else good.value[at_byte + len(bytes_) :])
        records.append(good._replace(offset=offset, value=value))
    records.append(records[0]._replace(offset=1000, value=None))
    value, headers = encode(facts[0][0])
    wrong = [(name, other[1] if place == other[0] else said) for place, (name, said) in enumerate(headers)]
    records.append(records[0]._replace(offset=1001, value=value, headers=tuple(wrong)))
    found, rows = in_order(arrived(records)), in_order(one_by_one(records))
    assert found == rows
    assert sum(map(len, found)) == len(records)


def test_a_batch_of_thousands_becomes_the_rows_that_each_becomes_alone():
    week = ((stored, *encode(fact)) for stored, fact in busy_week(9, 100))
    records = [stored._replace(value=value, headers=headers) for stored, value, headers in week]
    records.insert(7, Stored("klantbus.events.sales", 0, 10**6, 1, b"C1", b"nobody can read this", ()))
    records *= 6_000 // len(records) + 1
    records = [record._replace(offset=place) for place, record in enumerate(records)]
    facts, unreadable = found = decoded(Batch(records, {})).facts
    assert in_order(found) == in_order(one_by_one(records))
    assert facts.num_rows > 5_000
    assert unreadable.num_rows > 1


@settings(max_examples=200, deadline=None, phases=ONCE)
@given(event_id=st.text("0123456789abcdefABCDEF-_xX ghé", min_size=1, max_size=40) | st.uuids().map(str))
def test_the_number_that_an_id_says_is_the_one_by_which_a_fact_is_looked_up(event_id):
    with duckdb.connect() as con:
        con.execute(statements_of("keys.sql"))
        [(looked_up,)] = con.execute("SELECT id_key_of($1)", [event_id]).fetchall()
    assert key_of(event_id) in {None, looked_up}


def test_an_id_of_our_own_says_its_number():
    assert key_of("019a8f0c-1234-7abc-8def-0123456789ab") == 0x019A8F0C1234
    assert key_of("---") is None
    assert key_of("order-7") is None


def test_a_batch_without_records_has_no_rows():
    assert decoded(Batch([], {})).facts.facts.num_rows == 0
