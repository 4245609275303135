"""Hypothesis strategies for facts: everything that the models let in, and nothing else.

`facts()` gives any fact, `facts("promise.made", subject=...)` of one type with some fields as told,
`payloads` what goes inside. Made from the models' own annotations, so that a new field is in them at once.
"""

import datetime as dt
import json
import types
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from klantbus.bus.avro.fitting import take_apart
from klantbus.domain.events import FIRST_YEAR, LAST_YEAR, PAYLOADS, Fact, Payload

MOST_ITEMS = 4
"""Lists longer than this teach a property nothing that a list of four does not."""

ZONES = ("Europe/Amsterdam", "UTC", "America/New_York", "Asia/Kathmandu")

_CHARACTERS = st.characters(exclude_categories=["Cs"])

instants = st.datetimes(
    dt.datetime(FIRST_YEAR, 1, 2),  # noqa: DTZ001  because Hypothesis puts the zone to it
    dt.datetime(LAST_YEAR, 12, 30),  # noqa: DTZ001  because Hypothesis puts the zone to it
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=45))]),
)
days = st.dates(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31))
json_texts = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(_CHARACTERS, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(_CHARACTERS, max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
).map(json.dumps)


def facts(event: str | None = None, **fixed: object) -> st.SearchStrategy[Fact]:
    """Any fact, or one of type `event`; `fixed` gives envelope fields their value."""
    if event is None:
        return st.sampled_from([*PAYLOADS]).flatmap(lambda each: facts(each, **fixed))
    return st.builds(
        Fact.model_validate,
        st.fixed_dictionaries(
            {**_fields(Fact), "type": st.just(event), "data": payloads(event)}
            | {name: st.just(value) for name, value in fixed.items()},
        ),
    )


@cache
def payloads(event: str) -> st.SearchStrategy[Payload]:
    """Any payload of type `event`."""
    return _models(PAYLOADS[event])


@cache
def _models(model: type[BaseModel]) -> st.SearchStrategy:
    return st.fixed_dictionaries(_fields(model)).map(model.model_validate)


def _fields(model: type[BaseModel]) -> dict[str, st.SearchStrategy]:
    return {
        name: _values(take_apart(info.annotation, info.metadata))
        for name, info in model.model_fields.items()
        if info.annotation is not Payload
    }


def _values(said) -> st.SearchStrategy:
    origin, inside = get_origin(said.bare), get_args(said.bare)
    if origin in {Union, types.UnionType}:
        return st.one_of([_values(take_apart(each)) for each in inside])
    if said.bare is types.NoneType:
        return st.none()
    if origin is tuple:
        return st.lists(_values(take_apart(inside[0])), max_size=MOST_ITEMS).map(tuple)
    if origin is dict:
        key, value = (_values(take_apart(each)) for each in inside)
        return st.dictionaries(key, value, max_size=MOST_ITEMS)
    return _plain(said)


def _plain(said) -> st.SearchStrategy:
    if said.bare is str:
        return _texts(said)
    if said.bare is Decimal:
        return _decimals(said)
    if said.bare is int:
        return st.integers(said.limit(Ge, "ge", 0), said.limit(Le, "le", 0))
    if issubclass(said.bare, StrEnum):
        return st.sampled_from(said.bare)
    if said.bare is AwareDatetime:
        return instants
    plain = {bool: st.booleans(), dt.date: days}
    return plain[said.bare] if said.bare in plain else _models(said.bare)


def _texts(said) -> st.SearchStrategy[str]:
    checks = {getattr(mark, "func", print).__name__ for mark in said.marks}
    if "_json_text" in checks:
        return json_texts
    if "_known_zone" in checks:
        return st.sampled_from(ZONES)
    shortest, longest = said.limit(MinLen, "min_length", 0), said.limit(MaxLen, "max_length", 99)
    for mark in said.marks:
        if getattr(mark, "pattern", None):
            return st.from_regex(mark.pattern.replace("$", r"\Z")).filter(lambda each: len(each) <= longest)
    edges = st.sampled_from(["é" * longest, "a" * min(63, longest), "a" * min(64, longest)])
    return st.text(_CHARACTERS, min_size=shortest, max_size=longest) | edges


def _decimals(said) -> st.SearchStrategy[Decimal]:
    digits, places = (
        next(found for mark in said.marks if (found := getattr(mark, name, None)) is not None)
        for name in ("max_digits", "decimal_places")
    )
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda value: Decimal(value).scaleb(-places)) | st.integers(
        0, 99
    ).map(Decimal)
