"""Facts that the contract lets in and nobody would send: largest, smallest, longest, emptiest.

`hostile(event)` gives a fact of one type whose every value lies on an edge of what its field allows. Numbers
of promises, orders, articles and facts come from small pools, so that such facts meet each other. Corrections
put such values, and such as no field allows, in the place of others.
"""

import datetime as dt
import json
import os
import types
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from klantbus.bus.avro.fitting import take_apart
from klantbus.domain.events import PAYLOADS, Fact, Payload

FIRST, LAST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2199, 12, 31, 23, 59, 59, 999_999, dt.UTC)
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
INSTANTS = (FIRST, NOW, NOW + dt.timedelta(hours=1), NOW + dt.timedelta(days=3), LAST)
TEXTS = (
    "",
    " ",
    "\x00",
    "a",
    "NaN",
    "-Infinity",
    "null",
    "é",
    "\U0001f4a9",
    "\u202e",
    "'); DROP TABLE",
    "\n",
    "|",
    "+",
)
IDS = ("e1", "e2", "e3", "e4", "e5", "e6")
POOLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("promise_id", "parent_promise_id", "supersedes", "promise_ids"), ("p1", "p2", "p3")),
    **dict.fromkeys(("target_event_id", "evidence_event_id"), IDS),
    **dict.fromkeys(("from_", "into"), ("C1", "C2")),
    **dict.fromkeys(("made_by", "performer", "by"), ("sales", "logistics", "\x00")),
    **dict.fromkeys(("calendar_id", "calendar"), ("nl", "yard")),
    "order_ref": ("O1", "O2"),
    "invoice_no": ("F1", "F2"),
    "delivery_id": ("D1",),
    "opportunity_id": ("x1",),
    "sku": ("A", "B", "\n"),
    "uom": ("pcs", "STUKS", "kg", "?"),
    "version": (),
}
WILD = (
    *(
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "-1e-999",
        "NaN",
        "Infinity",
        '"NaN"',
        '""',
        "[]",
        "{}",
        '"a"',
        "[null]",
    ),
    *(
        '"0001-01-01"',
        '"9999-12-31"',
        '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59.999999Z"',
        '"2026-02-30"',
    ),
    *(
        "99999999999999999999999999",
        "0.00000000000000000000000001",
        '"1e400"',
        '{"working_days": 2147483647}',
    ),
    *('{"working_days": -2147483648}', '{"business_hours": "99999.9999"}', '{"business_hours": "NaN"}'),
    *(
        '{"date": "0001-01-01"}',
        '{"date": "2199-12-31", "cutoff": "close_of_business"}',
        '{"at": "2199-12-31T23:59Z"}',
    ),
    *(
        '{"from": "2199-12-31T00:00Z", "to": "1900-01-01T00:00Z"}',
        '{"from": null, "to": null}',
        '{"kind": ""}',
    ),
    *(
        '[{"sku": "A", "quantity": "999999999999.999999"}]',
        '[{"sku": "A", "quantity": "-0"}]',
        '"visit"',
        '"p1"',
    ),
    *(
        '[{"weekday": 1, "opens": "24:00", "closes": "00:00"}]',
        json.dumps("é" * 10_000, ensure_ascii=False),
        "[" * 150 + "]" * 150,
    ),
)
"""What a correction may put in the place of a field: JSON that no field allows is refused, not judged."""


@cache
def hostile(event: str) -> st.SearchStrategy[Fact]:
    """A fact of one type at the edges of the contract."""
    return st.builds(
        lambda name, department, at, ref, data: Fact(
            id=name,
            source=f"/{department}/x",
            type=event,
            subject="C1",
            time=at,
            recordedtime=at,
            sourceref=ref,
            data=data,
        ),
        st.sampled_from(IDS),
        st.sampled_from(("sales", "logistics", "calendar")),
        st.sampled_from(INSTANTS),
        st.sampled_from((None, None, "", "r1")),
        _model(PAYLOADS[event]),
    )


@cache
def _model(model: type[BaseModel]) -> st.SearchStrategy:
    fields = {
        name: _value(name, take_apart(info.annotation, info.metadata))
        for name, info in model.model_fields.items()
        if info.annotation is not Payload
    }
    return st.fixed_dictionaries(fields).map(model.model_validate)


def _value(name: str, said) -> st.SearchStrategy:
    origin, inside = get_origin(said.bare), get_args(said.bare)
    if origin in {Union, types.UnionType}:
        return st.one_of([_value(name, take_apart(each)) for each in inside])
    if said.bare is types.NoneType:
        return st.none()
    if origin is tuple:
        item = _value(name, take_apart(inside[0]))
        return st.one_of(st.just(()), st.lists(item, max_size=3).map(tuple))
    if origin is dict:
        return _changes()
    return _plain(name, said)


@cache
def _changes() -> st.SearchStrategy[dict[str, str]]:
    names = sorted(
        {name for shape in PAYLOADS.values() for name in shape.model_fields}
        | {"time", "id", "from", ""} - {""}
    )
    return st.dictionaries(st.sampled_from(names), st.sampled_from(WILD), max_size=3)


def _plain(name: str, said) -> st.SearchStrategy:
    if said.bare is str:
        return _text(name, said)
    if said.bare is Decimal:
        return _decimal(said)
    if said.bare is int:
        low, high = said.limit(Ge, "ge", 0), said.limit(Le, "le", 0)
        return st.sampled_from(sorted({low, high, min(max(0, low), high), min(max(2, low), high)}))
    if issubclass(said.bare, StrEnum):
        return st.sampled_from(said.bare)
    if said.bare is AwareDatetime:
        return st.sampled_from(INSTANTS)
    plain = {bool: st.booleans(), dt.date: st.sampled_from([at.date() for at in INSTANTS])}
    return plain[said.bare] if said.bare in plain else _model(said.bare)


def _text(name: str, said) -> st.SearchStrategy[str]:
    if POOLS.get(name):
        return st.sampled_from(POOLS[name])
    checks = {getattr(mark, "func", print).__name__ for mark in said.marks}
    if "_known_zone" in checks:
        return st.sampled_from(
            ("Europe/Amsterdam", "Pacific/Apia", "Africa/Monrovia", "Etc/GMT+12", "Asia/Kathmandu")
        )
    if "_json_text" in checks:
        return st.sampled_from(WILD)
    for mark in said.marks:
        if getattr(mark, "pattern", None):
            return st.from_regex(mark.pattern.replace("$", r"\Z"))
    shortest, longest = said.limit(MinLen, "min_length", 0), said.limit(MaxLen, "max_length", 99)
    edges = [text for text in TEXTS if shortest <= len(text) <= longest]
    return st.sampled_from([*edges, "é" * longest])


def _decimal(said) -> st.SearchStrategy[Decimal]:
    digits, places = (
        next(found for mark in said.marks if (found := getattr(mark, name, None)) is not None)
        for name in ("max_digits", "decimal_places")
    )
    most, least = Decimal(10**digits - 1).scaleb(-places), Decimal(1).scaleb(-places)
    return st.sampled_from([most, -most, least, -least, Decimal(0), Decimal("-0"), Decimal(5), Decimal(10)])


def patient(examples: int) -> settings:
    """Settings for properties over what `hostile` makes, which takes its time: the same examples each run,
    unless KLANTBUS_CYCLES asks for others.
    """
    return settings(
        max_examples=int(os.environ.get("KLANTBUS_CYCLES", str(examples))),
        deadline=None,
        derandomize="KLANTBUS_CYCLES" not in os.environ,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
