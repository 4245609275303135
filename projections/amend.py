"""Facts as they stand after corrections and retractions (RULES section 6). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from klantbus.domain.events import PAYLOADS
from klantbus.domain.events.base import Instant


class Amendment(NamedTuple):
    """A correction or retraction of one fact. `changes` is a JSON object; None with a retraction."""

    target_event_id: str
    event_id: str
    retracts: bool
    time: datetime
    published: datetime
    changes: str | None


def mended(
    facts: Sequence[Mapping[str, Any]], amendments: Iterable[Amendment]
) -> Sequence[Mapping[str, Any]]:
    """Return `facts` (rows with event_id, time and payload) as they stand; what was retracted is left out.

    Only amendments that count may be given (see the view `standing_amendment`). They are applied in order
    of time, publication and id, so that the order in which they arrived does not matter.
    """
    ordered = sorted(amendments, key=lambda a: (a.target_event_id, a.time, a.published, a.event_id))
    by_target = {target: list(group) for target, group in groupby(ordered, key=lambda a: a.target_event_id)}
    return [
        _as_mended(fact, by_target.get(fact["event_id"], ()))
        for fact in facts
        if not any(amendment.retracts for amendment in by_target.get(fact["event_id"], ()))
    ]


def _as_mended(fact: Mapping[str, Any], amendments: Iterable[Amendment]) -> Mapping[str, Any]:
    payload, time = orjson.loads(fact["payload"]), fact["time"]
    for amendment in amendments:
        changes = orjson.loads(amendment.changes or "{}")
        try:
            moment = _MOMENT.validate_json(orjson.dumps(changes.pop("time"))) if "time" in changes else time
            said = _said(fact["type"], payload | changes)
        except ValidationError:
            continue  # it breaks the contract: the judge refuses it as well
        payload |= {name: said[name] for name in changes}
        time = moment
    return {**fact, "time": time, "payload": orjson.dumps(payload).decode()}


def _said(event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a payload as its contract writes it. Raises `ValidationError` for one that breaks it."""
    text = orjson.dumps({**_LEFT_OUT.get(event, {}), **payload})
    return PAYLOADS[event].model_validate_json(text).model_dump(mode="json", by_alias=True)


_MOMENT = TypeAdapter(Instant)
_LEFT_OUT: Mapping[str, Mapping[str, str]] = {"customer.registered": {"name": "-"}}
"""Personal fields that a payload must have, and that are not in this file."""
