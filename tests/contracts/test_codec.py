"""Any fact becomes bytes and the same fact again; fastavro and pydantic read those bytes alike."""

import datetime as dt
import io
import os
from functools import cache

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import facts

from klantbus.bus.codec import decode, decode_all, encode
from klantbus.bus.contract import contract
from klantbus.bus.errors import FactRefused, Unreadable
from klantbus.bus.framing import HEAD, head_of
from klantbus.domain.events import PAYLOADS, Fact

A_FACT = Fact(
    id="0192f3a1-0000-7000-8000-000000000001",
    source="/sales/crm",
    subject="C100234",
    time="2026-03-02T08:00:00Z",
    recordedtime="2026-03-02T08:00:05.000001Z",
    type="promise.accepted",
    data={"promise_id": "P-1"},
)


A_CONTACT = PAYLOADS["contact.logged"](direction="out", reached=True)
A_CALENDAR = PAYLOADS["calendar.published"](calendar_id="nl", version=1)


@cache
def parsed(schema_id: int):
    return fastavro.parse_schema(contract().by_id[schema_id].file.schema)


def peer_reads(value: bytes) -> Fact:
    """What fastavro and pydantic make of a value."""
    body = io.BytesIO(value[HEAD:])
    said = fastavro.schemaless_reader(body, parsed(int.from_bytes(value[1:HEAD])))
    assert not body.read(), "bytes behind the end"
    return Fact.model_validate(said)


@pytest.mark.parametrize("event", PAYLOADS)
def test_any_fact_becomes_bytes_and_the_same_fact_again(event: str):
    there_and_back(event, examples=15)


@pytest.mark.slow
@pytest.mark.parametrize("event", PAYLOADS)
def test_very_many_facts_become_bytes_and_the_same_facts_again(event: str):
    there_and_back(event, examples=10 * int(os.environ.get("KLANTBUS_CYCLES", "20")))


def there_and_back(event: str, *, examples: int):
    @given(facts(event))
    @settings(max_examples=examples, deadline=None)
    def holds(fact: Fact):
        value, headers = encode(fact)
        again = decode(value, headers)
        assert again == fact
        assert [*again.data.__dict__] == [*fact.data.__dict__]
        assert peer_reads(value) == fact

    holds()


@pytest.mark.parametrize("event", PAYLOADS)
def test_what_fastavro_writes_we_read(event: str):
    @given(facts(event))
    @settings(max_examples=5, deadline=None)
    def holds(fact: Fact):
        agreed = contract().newest[event]
        body = io.BytesIO()
        fastavro.schemaless_writer(body, parsed(agreed.id), fact.model_dump())
        assert decode(agreed.head + body.getvalue()) == fact

    holds()


@given(facts(), st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_bytes_are_refused_or_read_as_the_peers_read_them(fact: Fact, data: st.DataObject):
    value = bytearray(encode(fact)[0])
    at = data.draw(st.integers(HEAD, len(value) - 1))
    value[at] = data.draw(st.integers(0, 255))
    try:
        read = decode(bytes(value))
    except Unreadable:
        return
    assert peer_reads(bytes(value)) == read


@given(facts(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_fact_cut_off_anywhere_is_refused(fact: Fact, data: st.DataObject):
    # a cut inside a text can also leave half a letter, or nothing of a number that may not be empty
    value, _ = encode(fact)
    with pytest.raises(Unreadable) as refused:
        decode(value[: data.draw(st.integers(0, len(value) - 1))])
    assert refused.value.code in {"framing", "truncated", "wrong_type", "contract"}


@given(facts())
@settings(max_examples=50, deadline=None)
def test_bytes_behind_the_end_are_refused(fact: Fact):
    with pytest.raises(Unreadable) as refused:
        decode(encode(fact)[0] + b"\0")
    assert refused.value.code == "framing"


VALUE, HEADERS = encode(A_FACT)


@pytest.mark.parametrize(
    ("value", "headers", "code"),
    [
        (None, (), "tombstone"),
        (bytes(256 * 1024 + 1), (), "too_large"),
        (b"", (), "framing"),
        (b"\0\1\2\3", (), "framing"),
        (b"{" + VALUE[1:], (), "framing"),
        (b"\0\0\0\0\1" + VALUE[HEAD:], (), "unknown_schema"),
        (VALUE[:-1], (), "truncated"),
        (contract().newest["promise.declined"].head + VALUE[HEAD:], (), "contract"),
        (VALUE.replace(b"C100234", b"C 00234"), (), "contract"),
        (VALUE.replace(b"C100234", b"C\xff00234"), (), "wrong_type"),
        (VALUE, (("ce_type", b"promise.made"),), "headers_disagree"),
        (VALUE, (("ce_id", b""),), "headers_disagree"),
        (VALUE, (("ce_subject", b"C100235"),), "headers_disagree"),
        (VALUE, (("ce_source", b"/sales"),), "headers_disagree"),
        (VALUE, (("ce_time", b"2026-03-02T08:00:01Z"),), "headers_disagree"),
        (VALUE, (("ce_time", b"2026-03-02T08:00:00"),), "headers_disagree"),
        (VALUE, (("ce_time", b"soon"),), "headers_disagree"),
        (VALUE, (("ce_causationid", b"x"),), "headers_disagree"),
        (VALUE, (("ce_specversion", b"0.3"),), "headers_disagree"),
        (VALUE, (("content-type", b"application/json"),), "headers_disagree"),
        (VALUE, (*HEADERS, ("ce_id", b"another")), "headers_disagree"),
    ],
)
def test_every_way_of_being_unreadable_has_its_own_word(value: bytes, headers: tuple, code: str):
    with pytest.raises(Unreadable) as refused:
        decode(value, headers)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "headers",
    [
        (),
        HEADERS,
        (("traceparent", b"\xff"), ("ce_somebodys", b"own")),
        (("ce_time", b"2026-03-02T09:00:00.000+01:00"),),
    ],
)
def test_headers_that_say_the_same_or_nothing_agree(headers: tuple):
    assert decode(VALUE, headers) == A_FACT


def test_headers_are_those_of_cloudevents_and_name_no_person():
    fact = A_FACT.model_copy(update={"actor": "E-77", "sourceref": "CRM:jan", "causationid": "e9"})
    headers = dict(encode(fact)[1])
    assert headers == {
        "content-type": b"application/avro",
        "ce_specversion": b"1.0",
        "ce_id": b"0192f3a1-0000-7000-8000-000000000001",
        "ce_source": b"/sales/crm",
        "ce_type": b"promise.accepted",
        "ce_subject": b"C100234",
        "ce_time": b"2026-03-02T08:00:00Z",
        "ce_recordedtime": b"2026-03-02T08:00:05.000001Z",
        "ce_causationid": b"e9",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "promise.lost"},
        {"time": dt.datetime(2026, 3, 2)},  # noqa: DTZ001  because its lack of a zone is the point
        {"subject": None},
        {"data": {"promise_id": "P-1"}},
        {"data": PAYLOADS["promise.released"](promise_id="P-1")},
        {"subject": "\ud800"},
        {"data": A_FACT.data.model_copy(update={"note": "n" * 281})},
        {"type": "contact.logged", "data": A_CONTACT.model_copy(update={"promise_ids": ("p",) * 1001})},
        {"type": "contact.logged", "data": A_CONTACT.model_copy(update={"direction": "sideways"})},
        {"type": "calendar.published", "data": A_CALENDAR.model_copy(update={"version": 2**31})},
    ],
)
def test_a_fact_put_together_past_its_model_is_refused_not_written(wrong: dict):
    with pytest.raises(FactRefused):
        encode(A_FACT.model_copy(update=wrong))


def test_a_batch_gives_each_record_its_fact_or_its_reason():
    facts_and_reasons = decode_all([(VALUE, HEADERS), (None, ()), (VALUE, ())])
    assert facts_and_reasons[0] == facts_and_reasons[2] == A_FACT
    assert isinstance(facts_and_reasons[1], Unreadable)


def test_a_reason_never_repeats_what_the_record_says():
    value = VALUE.replace(b"C100234", b"Jan\tvanD")
    with pytest.raises(Unreadable) as refused:
        decode(value)
    assert "Jan" not in refused.value.reason


def test_what_was_read_is_as_good_as_what_pydantic_made():
    read = decode(VALUE, HEADERS)
    assert read.model_copy(update={"actor": "E-1"}).actor == "E-1"
    assert read.model_dump_json() == A_FACT.model_dump_json()
    assert hash(read) == hash(A_FACT)
    assert Fact.model_validate(read.model_dump()) == read
    with pytest.raises(ValueError, match="frozen"):
        read.id = "another"


def test_a_schema_id_stands_in_the_first_five_bytes():
    assert VALUE[:HEAD] == head_of(contract().newest["promise.accepted"].id)
