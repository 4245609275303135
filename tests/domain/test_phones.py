import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from klantbus.domain.events import CustomerRegistered
from klantbus.domain.phones import e164


@pytest.mark.parametrize(
    "said",
    [
        "020 555 0123",
        "020-5550123",
        "(020) 555 01 23",
        "+31 20 555 0123",
        "0031205550123",
        "+31 (0)20 5550123",
    ],
)
def test_a_number_is_the_same_however_it_is_written(said):
    assert e164(said) == "+31205550123"


def test_a_number_abroad_keeps_its_country():
    assert e164("00 32 2 555 12 12") == "+3225551212"


@pytest.mark.parametrize("said", ["", "9", "K1003", "112", "555 9876", "+0 20 555 9876", "0205550123456789"])
def test_what_can_be_no_number_is_refused_without_being_repeated(said):
    with pytest.raises(ValidationError) as refused:
        CustomerRegistered(name="x", phones=(said,))
    assert not said or said not in refused.value.errors(include_input=False)[0]["msg"]


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_number_that_is_written_as_it_is_kept_stays_so(said):
    assert e164(said) == said
