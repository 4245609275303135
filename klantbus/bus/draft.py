"""Writes a schema from the models: the draft of a new version, and the yardstick for the newest file.

The files under `schemas/` are the contract, and a released one never changes. What this returns for an event
type must equal its newest file: names, types, doc sentences, personal marks, defaults (a test compares).
"""

import datetime as dt
import types
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from klantbus.bus.avro.fitting import Said, take_apart
from klantbus.domain.events import PAYLOADS, Fact, Payload

Schema = Any
"""A schema or a part of one, as JSON gives it."""

NAMESPACE = "klantbus"

PLAIN: Mapping[type, Schema] = {
    str: "string",
    bool: "boolean",
    int: "int",
    AwareDatetime: {"type": "long", "logicalType": "timestamp-micros"},
    dt.date: {"type": "int", "logicalType": "date"},
}

UNKNOWN_WORDS: Mapping[str, str] = {
    "Cutoff": "end_of_day",
    "Scope": "external",
    "Importance": "normal",
    "Initiator": "us",
    "Scale": "csat",
    "Mood": "neutral",
    "Gravity": "normal",
    "Strength": "hint",
    "Severity": "warning",
}
"""What an old reader takes a new word for, where the enum has no `other` or `unknown`."""


def draft(event: str) -> Schema:
    """Return the schema of an event type as its model says."""
    return _Drafting(PAYLOADS[event]).event()


class _Drafting:
    """One schema while it is written: a named type is written out once and then referred to."""

    def __init__(self, payload: type[Payload]) -> None:
        self._payload = payload
        self._written: set[str] = set()

    def event(self) -> Schema:
        name = self._payload.__name__
        return {**self._record(Fact, name), "doc": _doc(self._payload)}

    def _record(self, model: type[BaseModel], name: str) -> Schema:
        self._written.add(name)
        fields = [self._field(info.alias or each, info) for each, info in model.model_fields.items()]
        return {"type": "record", "name": name, "namespace": NAMESPACE, "doc": _doc(model), "fields": fields}

    def _field(self, name: str, info: FieldInfo) -> Schema:
        if info.annotation is Payload:
            kind = self._record(self._payload, f"{self._payload.__name__}Payload")
        else:
            kind = self._type(take_apart(info.annotation, info.metadata))
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        field = {"name": name, "type": kind, "doc": info.description, **extra}
        return field if info.is_required() else {**field, "default": _default(info.default)}

    def _type(self, said: Said) -> Schema:
        origin, inside = get_origin(said.bare), [take_apart(each) for each in get_args(said.bare)]
        if origin in {Union, types.UnionType}:
            null = [each for each in inside if each.bare is types.NoneType]
            return [*("null" for _ in null), *(self._type(each) for each in inside if each not in null)]
        if origin is tuple:
            return {"type": "array", "items": self._type(inside[0])}
        if origin is dict:
            return {"type": "map", "values": self._type(inside[1])}
        if said.bare is Decimal:
            return _decimal(said)
        return PLAIN[said.bare] if said.bare in PLAIN else self._named(said.bare)

    def _named(self, model: type[BaseModel] | type[StrEnum]) -> Schema:
        if model.__name__ in self._written:
            return f"{NAMESPACE}.{model.__name__}"
        if issubclass(model, BaseModel):
            return self._record(model, model.__name__)
        self._written.add(model.__name__)
        symbols = [member.value for member in model]
        default = next((word for word in ("other", "unknown") if word in symbols), None)
        return {
            "type": "enum",
            "name": model.__name__,
            "namespace": NAMESPACE,
            "doc": _doc(model),
            "symbols": symbols,
            "default": UNKNOWN_WORDS.get(model.__name__, default),
        }


def _doc(model: type) -> str:
    return " ".join((model.__doc__ or "").split())


def _default(value: object) -> object:
    return [] if value == () else getattr(value, "value", value)


def _decimal(said: Said) -> Schema:
    digits, places = (
        next(found for mark in said.marks if (found := getattr(mark, name, None)) is not None)
        for name in ("max_digits", "decimal_places")
    )
    return {"type": "bytes", "logicalType": "decimal", "precision": digits, "scale": places}
