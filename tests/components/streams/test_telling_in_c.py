"""Tables of fields in C: what is written is what Python writes, and what does not fit is refused."""

import os
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantbus.bus import quick
from klantbus.bus.avro.pieces import FIRST, LAST
from klantbus.bus.ports import Record
from klantbus.domain.events import Flag, PromiseState
from streams import naming, writing
from streams.frames import Frame

pytestmark = pytest.mark.skipif(
    quick.native is None and "KLANTBUS_COMPILED" not in os.environ,
    reason="what is in C is not built here: `make compiled` builds it, `make check` tests it",
)

ITEM = ((writing.text, "name"), b"\x02", (writing.word, "much", writing.QUANTITIES))
EVERYTHING = (
    (writing.text, "t"),
    (writing.text_or, "u", "pcs"),
    (writing.maybe, "m"),
    (writing.filled, "u"),
    (writing.number, "n"),
    (writing.count, "c"),
    (writing.instant, "i"),
    (writing.when, "w"),
    (writing.truth, "b"),
    (writing.word, "e", writing.STATES),
    (writing.word, "odd", writing.TIERS),
    (writing.maybe_word, "g", writing.STATES),
    (writing.sorted_words, "h", writing.FLAGS),
    (writing.inside, "p", b"nobody", ITEM),
    (writing.some, "r", None, ITEM),
    (writing.many, "r", None, ITEM),
    (writing.many, "r", None, ITEM, 2),
    (writing.many, "r", None, ITEM, -2),
    (writing.many, "r", None, ITEM, -1),
    (writing.texts, "l"),
    (writing.texts, "l", None, (), 2),
)
said = st.text(max_size=70)
numbers = st.integers(-(2**62), 2**62)
items = st.builds(SimpleNamespace, name=said, much=st.decimals(-1000, 1000, places=6))
rulings = st.builds(
    SimpleNamespace,
    at=st.integers(FIRST, LAST),
    t=said,
    u=said,
    m=st.none() | said,
    n=numbers,
    c=st.none() | numbers,
    i=numbers,
    w=st.none() | numbers,
    b=st.none() | st.booleans(),
    e=st.sampled_from(PromiseState),
    odd=st.sampled_from([*writing.TIERS, "T9"]),
    g=st.none() | st.sampled_from(PromiseState),
    h=st.lists(st.sampled_from(Flag), unique=True).map(tuple),
    p=st.none() | items,
    r=st.lists(items, max_size=4).map(tuple),
    l=st.lists(said, max_size=4).map(tuple),
)
NAMES = [*"tmnciweghprl"]
WRONG = [object(), 2**70, ("\ud800",), "\ud800"]


def test_every_way_of_writing_is_tried():
    assert {field[0] for field in EVERYTHING} == {*writing.LETTERS}


@settings(max_examples=300)
@given(ruling=rulings, subject=st.binary(max_size=90), name=said)
def test_what_a_table_says_is_written_in_c_as_in_python(ruling, subject, name):
    frame = Frame("verdict.changed", "t", EVERYTHING, 1 << 20)
    assert frame.in_c(quick.native).record(subject, name, ruling) == frame.record(subject, name, ruling)


@given(ruling=rulings, room=st.integers(0, 900))
def test_what_has_no_room_has_none_in_c_either(ruling, room):
    frame = Frame("verdict.changed", "t", EVERYTHING, room)
    assert frame.in_c(quick.native).record(b"s", "e", ruling) == frame.record(b"s", "e", ruling)


@given(
    ruling=rulings,
    name=st.sampled_from(NAMES),
    wrong=st.sampled_from([object(), 2**70, ("\ud800",), "\ud800"]),
)
def test_what_is_no_such_thing_is_refused_and_nothing_falls_over(ruling, name, wrong):
    setattr(ruling, name, wrong)
    teller = Frame("verdict.changed", "t", EVERYTHING, 1 << 20).in_c(quick.native)
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError, OverflowError)):
        teller.record(b"s", "e", ruling)


@given(
    space=st.binary(min_size=16, max_size=16),
    parts=st.lists(st.text(max_size=90) | st.integers(-(2**63), 2**63 - 1), max_size=5),
    quickly=st.booleans(),
)
def test_a_name_is_that_which_python_gives_whoever_reckons_it(space, parts, quickly):
    assert quick.native.hash_quickly(quickly) in {quickly, False}
    name = quick.native.named(space, *parts)
    quick.native.hash_quickly(True)
    assert name == naming._named(space, *parts)


@given(rulings)
def test_what_is_missing_is_refused_and_the_next_is_told(ruling):
    teller = Frame("verdict.changed", "t", EVERYTHING, 1 << 20).in_c(quick.native)
    with pytest.raises(AttributeError):
        teller.record(b"s", "e", SimpleNamespace(at=1))
    assert teller.record(b"s", "e", ruling)


WRONG_TABLES = [
    ("text",),
    (("T",),),
    (("E", "e"),),
    (("P", "p", b""),),
    (("P", "p", "nobody", ()),),
    (("R", "r", None),),
    (("S", "r", None, ()),),
    (("S", "r", None, (b"first",)),),
    (("R", "r", None, (("E", "e"),)),),
]


@pytest.mark.parametrize("table", WRONG_TABLES)
def test_a_table_that_lacks_something_is_refused_when_the_teller_is_made(table):
    with pytest.raises(TypeError):
        quick.native.Teller(Record, "t", b"", b"", b"", b"", b"", 0, 1, table)
