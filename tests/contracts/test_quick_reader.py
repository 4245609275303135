"""The reader in C reads what the readers in Python read, to the last byte, and leaves all else to them."""

import os
import struct
import sys
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from strategies import facts

from klantbus.bus import packing, quick
from klantbus.bus.codec import decode, encode, note
from klantbus.bus.contract import contract
from klantbus.bus.errors import Unreadable
from klantbus.bus.framing import HEAD
from klantbus.bus.gate.release import sample
from klantbus.bus.packing import pack, unpack
from klantbus.bus.ports import Lane, Stored
from klantbus.domain.events import PAYLOADS
from klantbus.domain.noting import noted
from klantbus.domain.said import Known, Other

ONCE = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking a fact takes minutes, and it prints well
TROUBLE = (IndexError, ValueError, Unreadable)
LEFT_TO_PYTHON = {"event.corrected"}
"""Its map may hold a name twice, which JSON cannot tell."""

needs_c = pytest.mark.skipif(
    quick.native is None and "KLANTBUS_COMPILED" not in os.environ,
    reason="the reader in C is not built here: `make compiled` builds it, `make check` tests it",
)


def in_python(read, value):
    """Return what a reader in Python reads; None where it refuses or does not come to the end."""
    try:
        found, end = read(value, HEAD)
    except TROUBLE:
        return None
    return found if end == len(value) else None


def exactly(fact):
    """Return a fact with what `==` overlooks: types, order, exponents of amounts, zones of instants."""
    if hasattr(fact, "model_fields_set"):
        inside = [(name, exactly(value)) for name, value in fact.__dict__.items()]
        return type(fact), inside, fact.model_fields_set, fact.__pydantic_extra__, fact.__pydantic_private__
    if isinstance(fact, tuple | list):
        return type(fact), [exactly(each) for each in fact]
    if isinstance(fact, dict):
        return [(name, exactly(value)) for name, value in fact.items()]
    return type(fact), repr(fact)


@needs_c
def test_it_knows_every_type_of_fact_of_this_release():
    assert quick.native is not None
    for agreed in contract().newest.values():
        value, headers = encode(sample(agreed.shape))
        assert agreed.quick(value, HEAD, headers) is not None, agreed.file.event
        assert (agreed.quick_row(value, HEAD, headers) is None) == (agreed.file.event in LEFT_TO_PYTHON)


@needs_c
@pytest.mark.parametrize("event", PAYLOADS)
@settings(max_examples=8, deadline=None, phases=ONCE)
@given(data=st.data())
def test_it_reads_a_fact_and_a_row_as_python_does(event, data):
    value, headers = encode(data.draw(facts(event)))
    agreed = contract().newest[event]
    for said in (headers, [*headers], (), headers[::-1]):
        assert exactly(agreed.quick(value, HEAD, said)) == exactly(in_python(agreed.read, value))
        row = agreed.quick_row(value, HEAD, said)
        assert (row is None and event in LEFT_TO_PYTHON) or exactly(row) == exactly(
            in_python(agreed.read_row, value)
        )


NEVER_NOTED = {
    *("event.corrected", "event.retracted", "evidence.linked", "evidence.unlinked"),
    *("customer.merged", "customer.unmerged"),
}
"""What is taken as it comes by whoever deals with merges and corrections."""


@needs_c
def test_it_notes_every_type_of_fact_that_says_something_of_a_promise():
    for event, agreed in contract().newest.items():
        value, headers = encode(sample(agreed.shape).model_copy(update={}))
        says_nothing = noted(decode(value), 0).said == Other()
        with_condition = event == "promise.made"  # its sample has one
        left = agreed.quick_note is None or agreed.quick_note(value, HEAD, headers, 0) is None
        assert left == (says_nothing or with_condition or event in NEVER_NOTED), event


@needs_c
@pytest.mark.parametrize("event", PAYLOADS)
@settings(max_examples=30, deadline=None, phases=ONCE)
@given(data=st.data(), published=st.integers(0, 2**53))
def test_what_it_notes_of_a_fact_is_what_python_notes(event, data, published):
    value, headers = encode(data.draw(facts(event)))
    wanted = noted(decode(value, headers), published)
    told = note(value, published, headers)
    known = told if isinstance(told, Known) else noted(told, published)
    assert known.in_words() == wanted.in_words()
    assert exactly(known.said.fields()) == exactly(wanted.said.fields())


@needs_c
@settings(max_examples=300, deadline=None, phases=ONCE)
@given(fact=facts(), at=st.integers(HEAD, 600), bytes_=st.binary(min_size=1, max_size=12), cut=st.booleans())
def test_spoilt_bytes_are_noted_as_python_notes_them_or_not_at_all(fact, at, bytes_, cut):
    value, headers = encode(fact)
    at = HEAD + at % (len(value) - HEAD)
    spoilt = value[:at] + bytes_ + (b"" if cut else value[at + len(bytes_) :])
    quick_note = contract().newest[fact.type].quick_note
    for said in ((), headers):
        found = quick_note(spoilt, HEAD, said, 5) if quick_note else None
        assert found is None or found.in_words() == noted(decode(spoilt, said), 5).in_words()


@needs_c
@settings(max_examples=400, deadline=None, phases=ONCE)
@given(fact=facts(), at=st.integers(HEAD, 600), bytes_=st.binary(min_size=1, max_size=12), cut=st.booleans())
@example(fact=sample(contract().newest["promise.made"].shape), at=HEAD, bytes_=b"\xff" * 11, cut=True)
def test_spoilt_bytes_are_left_to_python_or_read_as_python_reads_them(fact, at, bytes_, cut):
    value, _ = encode(fact)
    at = HEAD + at % (len(value) - HEAD)
    spoilt = value[:at] + bytes_ + (b"" if cut else value[at + len(bytes_) :])
    agreed = contract().newest[fact.type]
    for mine, read in ((agreed.quick, agreed.read), (agreed.quick_row, agreed.read_row)):
        found = mine(spoilt, HEAD, ())
        assert found is None or exactly(found) == exactly(in_python(read, spoilt))


@needs_c
@settings(max_examples=100, deadline=None, phases=ONCE)
@given(fact=facts(), which=st.integers(0, 9), other=st.sampled_from((b"", b"x", None)))
def test_headers_that_are_not_just_so_are_left_to_python(fact, which, other):
    value, headers = encode(fact)
    which %= len(headers)
    name, said = headers[which]
    agreed = contract().newest[fact.type]
    wrong = [(name, other if other is None or other != said else b"y")]
    for bad in (
        (*headers[:which], *headers[which + 1 :]),  # one is missing
        (*headers, headers[which]),  # one comes twice
        (*headers[:which], *wrong, *headers[which + 1 :]),
        (*headers, ("mine", b"x")),
    ):
        assert agreed.quick(value, HEAD, bad) is None
        assert agreed.quick_row(value, HEAD, bad) is None


@needs_c
def test_it_holds_nothing_of_a_fact_that_was_let_go():
    agreed = contract().newest["promise.made"]
    value, headers = encode(sample(agreed.shape))
    for _ in range(100):
        agreed.quick(value, HEAD, headers), agreed.quick_row(value, HEAD, headers)
    marks = [Decimal, None, *PAYLOADS]
    before = [sys.getrefcount(mark) for mark in marks]
    held = sys.getallocatedblocks()
    for at in range(HEAD, len(value)):  # whole ones, and ones that end at every byte
        for _ in range(20):
            agreed.quick(value, HEAD, headers), agreed.quick(value[:at], HEAD, headers)
            agreed.quick_row(value, HEAD, headers), agreed.quick_row(value[:at], HEAD, headers)
    assert sys.getallocatedblocks() - held < 200
    assert [sys.getrefcount(mark) - was for mark, was in zip(marks, before, strict=True)] < [200] * len(marks)


@needs_c
@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2**62),
            st.integers(0, 2**62),
            st.none() | st.binary(max_size=9),
            st.none() | st.binary(max_size=9),
            st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=300)), max_size=9)
            .map(tuple)
            .map(pack),
        ),
        max_size=5,
    ),
    base=st.integers(0, 2**62),
)
def test_rows_of_the_journal_become_the_records_that_python_makes_of_them(rows, base):
    lane = Lane("klantbus.events.sales", 7)
    wanted = [
        Stored(*lane, place - base, appended, key, value, unpack(blob))
        for place, appended, key, value, blob in rows
    ]
    found = packing.stored_of(lane, base, rows)
    assert (found, [*map(type, found)]) == (wanted, [Stored] * len(rows))


@needs_c
@given(blob=st.binary(max_size=40) | st.tuples(st.integers(0, 60), st.binary(max_size=60)).map(
    lambda cut: pack((("ce_id", b"E1"), ("ce_type", b"x")))[: cut[0]] + cut[1]
))  # fmt: skip
def test_headers_that_are_cut_off_crash_nothing(blob):
    with suppress(ValueError, struct.error, IndexError):
        packing.stored_of(Lane("t", 0), 0, [(1, 2, None, None, blob)])


def test_decoding_says_the_same_with_and_without_it():
    fact = sample(contract().newest["invoice.issued"].shape)
    assert exactly(decode(*encode(fact))) == exactly(decode(encode(fact)[0]))
