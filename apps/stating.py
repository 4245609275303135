"""From the words of a command line to a payload: `--due friday`, `--due.working_days 2`, `--lines [..]`."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError

from klantbus.bus.errors import FactRefused
from klantbus.domain.events import PAYLOADS, Payload

ZONE = ZoneInfo("Europe/Amsterdam")
_SPAN = re.compile(r"^\+(\d+)(s|m|h|d)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DUES = {"due", "requested_due", "counter_due"}
DUE_FORMS = "2026-12-01, 2026-12-01T14:00, +90m, 2wd (working days), 4bh (business hours), friday or none"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAGEN = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")


def read_fields(words: Sequence[str]) -> dict[str, Any]:
    """Return `--name value` pairs as fields; dots make parts, `[` and `{` begin JSON.

    Raises `FactRefused` for a name without a value.
    """
    fields: dict[str, Any] = {}
    rest = list(words)
    while rest:
        name = rest.pop(0)
        if not name.startswith("--"):
            raise FactRefused(f"a field looks like --name value, not {name!r}")
        name, given, value = name[2:].replace("-", "_").partition("=")
        if not given:
            if not rest:
                raise FactRefused("needs a value", field=name)
            value = rest.pop(0)
        _put(fields, name.split("."), _plain(value, name))
    return fields


def _put(fields: dict[str, Any], path: list[str], value: object) -> None:
    *parts, last = path
    for part in parts:
        fields = fields.setdefault(part, {})
    fields[last] = value


def _plain(value: str, name: str) -> object:
    if value[:1] not in {"[", "{"}:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise FactRefused(f"is not JSON: {error}", field=name) from error


def payload_of(event: str, fields: dict[str, Any], now: datetime) -> Payload:
    """Return the payload of `event`; a due may be written as people say it.

    Raises `FactRefused` with the field and what it should be.
    """
    if event not in PAYLOADS:
        raise FactRefused(f"there is no event type {event}; see: klantbus schema list")
    said = {
        name: read_due(value, now) if name in _DUES and isinstance(value, str) else value
        for name, value in fields.items()
    }
    try:
        return PAYLOADS[event].model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise FactRefused(first["msg"], field="--" + ".".join(map(str, first["loc"]))) from error


def read_due(text: str, now: datetime) -> dict[str, Any] | None:
    """Return a due as the contract has it; raise `FactRefused` naming the forms there are."""
    word = text.strip().lower()
    if word in {"", "none", "soon"}:
        return None
    if found := _SPAN.match(word):
        return {"at": (now + timedelta(**{_UNITS[found[2]]: int(found[1])})).isoformat()}
    if word.endswith(("wd", "bh")) and word[:-2].replace(".", "", 1).isdigit():
        return {"working_days" if word.endswith("wd") else "business_hours": word[:-2]}
    if day := _named_day(word, now.astimezone(ZONE).date()):
        return {"date": day.isoformat()}
    return _written(text)


def _named_day(word: str, today: date) -> date | None:
    near = {"today": 0, "vandaag": 0, "tomorrow": 1, "morgen": 1}
    if word in near:
        return today + timedelta(days=near[word])
    for names in (_WEEKDAYS, _DAGEN):
        if word in names:
            return today + timedelta(days=(names.index(word) - today.weekday() - 1) % 7 + 1)
    return None


def _written(text: str) -> dict[str, Any]:
    try:
        if len(text) == len("2026-12-01"):
            return {"date": date.fromisoformat(text).isoformat()}
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FactRefused(f"{text!r} is no moment; write {DUE_FORMS}", field="--due") from None
    return {"at": (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC).isoformat()}


def read_moment(text: str | None, now: datetime) -> datetime:
    """Return the moment that is written, in UTC; `now` when none is. Raises `FactRefused`."""
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FactRefused(f"{text!r} is no moment; write 2026-12-01T14:00", field="--at") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)
