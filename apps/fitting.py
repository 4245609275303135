"""Makes loosely written payloads fit their shapes: see `scenarios` for how kindly."""

import json
import types
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from klantbus.domain.events import Condition, Part, Payload
from klantbus.domain.events.due import Cutoff, DueDate

CUTOFFS = {"day": "end_of_day", "midnight": "end_of_day", "close": "close_of_business"}
LENIENT = ("other", "unknown")


def fit(shape: type[Payload], said: Mapping[str, Any], department: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return payload fields of `shape` from what a scenario wrote; `department` is who stated it."""
    plain = _completed(shape.event, dict(said), department)
    if shape.event == "event.corrected":
        plain["set"] = {name: _json(value, zone) for name, value in dict(plain.get("set") or {}).items()}
        return plain
    return _part(shape, plain, zone)


def _completed(kind: str, said: dict[str, Any], department: str) -> dict[str, Any]:
    """Fill in what goes without saying."""
    if kind == "promise.made":
        subject = said.pop("subject", None)
        said = {**(subject if isinstance(subject, dict) else {}), **said}
        said.setdefault("made_by", department)
        said.setdefault("performer", said["made_by"])
        if isinstance(said.get("condition"), str):
            said["condition"] = {"kind": said["condition"]}
        said["lines"] = [{"quantity": "0", **line} for line in said.get("lines") or ()]
    if kind == "contact.logged":
        said.setdefault("direction", "unknown")
        said.setdefault("reached", said["direction"] == "in")
    if kind == "promise.rescheduled":
        said.setdefault("agreed", False)
    return said


def _part(shape: type[Part], said: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    found = {}
    for name, field in shape.model_fields.items():
        key = next((one for one in (field.alias, name) if one is not None and one in said), None)
        if key is not None and not (said[key] is None and not field.is_required()):
            found[name] = _value(field.annotation, said[key], zone)
    if shape is Condition and "kind" not in found and "type" in said:
        found["kind"] = str(said["type"])
    return found


def _value(wanted: Any, said: Any, zone: ZoneInfo) -> Any:  # noqa: ANN401, PLR0911  JSON in, JSON out; one line per sort of type
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is tuple:
        return [_value(inner[0], one, zone) for one in said or ()]
    if origin in {Union, types.UnionType}:
        return None if said is None else _one_of([one for one in inner if one is not type(None)], said, zone)
    if origin is not None and inner:
        return _value(inner[0], said, zone)
    if isinstance(wanted, type) and issubclass(wanted, Part) and isinstance(said, dict):
        return _part(wanted, said, zone)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return _word(wanted, said)
    if wanted in {datetime, AwareDatetime} and isinstance(said, str):
        time = datetime.fromisoformat(said)
        return time if time.tzinfo else time.replace(tzinfo=zone)
    return said


def _one_of(choices: list[Any], said: Any, zone: ZoneInfo) -> Any:  # noqa: ANN401  JSON in, JSON out
    """Pick the shape that has the fields that were written."""
    if isinstance(said, dict):
        for choice in choices:
            names = {
                field.alias or name for name, field in choice.model_fields.items() if field.is_required()
            }
            if names <= said.keys():
                return choice.model_validate(_part(choice, said, zone))
        return said
    return _value(choices[0], said, zone)


def _word(words: type[StrEnum], said: Any) -> Any:  # noqa: ANN401  JSON in, JSON out
    word = str(said).strip().lower().replace(" ", "_").replace("-", "_")
    if words is Cutoff:
        word = CUTOFFS.get(word, word)
    if word in set(words):
        return word
    return next((one for one in LENIENT if one in set(words)), said)


def _json(value: Any, zone: ZoneInfo) -> str:  # noqa: ANN401  JSON in, JSON out
    """Return a corrected value as JSON text, its naive times made local."""
    return json.dumps(_localised(value, zone))


def _localised(value: Any, zone: ZoneInfo) -> Any:  # noqa: ANN401  JSON in, JSON out
    if isinstance(value, dict):
        return {key: _localised(one, zone) for key, one in _due_words(value).items()}
    if isinstance(value, list):
        return [_localised(one, zone) for one in value]
    if not isinstance(value, str) or "T" not in value:
        return value
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (time if time.tzinfo else time.replace(tzinfo=zone)).isoformat()


def _due_words(value: dict[str, Any]) -> dict[str, Any]:
    if value.keys() >= {"date", "cutoff"} and value.keys() <= DueDate.model_fields.keys():
        return {**value, "cutoff": _word(Cutoff, value["cutoff"])}
    return value
