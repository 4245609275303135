"""The job that every peer does, and how it tells its progress: the nearest equal of what the watch does.

Per customer: counts by type, open promises by due date, last contact. One record out whenever a promise opens
or closes. Decoding is fastavro with the schemas of the contract. It knows neither calendars, nor grace,
nor disorder, nor corrections, and time alone changes nothing: all of that is to the peers' advantage.
"""

import io
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro

HEAD = 5
EVERY = 500
WAY_OFF = "9999"
"""A due date that sorts behind all others."""
State = dict[str, Any]


class Decoder:
    """Reads values in Confluent framing by the schemas in a folder: one file per id."""

    def __init__(self, folder: Path) -> None:
        self._known = {
            int(path.name): fastavro.parse_schema(json.loads(json.loads(path.read_text())["schema"]))
            for path in folder.iterdir()
            if path.name.isdigit()
        }

    def __call__(self, value: bytes) -> dict[str, Any]:
        """Return the event in a value."""
        schema = self._known[int.from_bytes(value[1:HEAD], "big")]
        return fastavro.schemaless_reader(io.BytesIO(value[HEAD:]), schema, None)


class Progress:
    """Prints how many events were done, now and then, for who started us."""

    def __init__(self) -> None:
        self.done = 0
        self._wanted = int(os.environ["PEER_EVENTS"])

    def more(self) -> bool:
        """Count one event; return whether it was the last."""
        self.done += 1
        over = self.done == self._wanted
        if self.done % EVERY == 0 and not over:
            self.tell()
        return over

    def tell(self) -> None:
        """Print the count. After the last event, call it once everything is written."""
        os.write(1, b"%d\n" % self.done)  # past Faust, which takes sys.stdout for its log


def fresh() -> State:
    """Return the state of a customer of whom nothing is known."""
    return {"counts": {}, "open": {}, "orders": {}, "last": None}


def learn(state: State, event: dict[str, Any]) -> list[bytes]:
    """Change `state` by `event`; return what is published about it."""
    kind, data = event["type"], event["data"]
    state["counts"][kind] = state["counts"].get(kind, 0) + 1
    if kind == "promise.made":
        state["open"][data["promise_id"]] = due_of(data["due"], event["time"])
        state["orders"][data.get("order_ref") or data["kind"]] = data["promise_id"]
        return [_said(event, data["promise_id"], "open", state)]
    if kind == "contact.logged":
        state["last"] = str(event["time"])
        return _closed(state, event, "callback") if data["direction"] == "out" and data["reached"] else []
    if kind == "delivery.completed":
        return _closed(state, event, data.get("order_ref"))
    return _closed(state, event, "document") if kind == "document.sent" else []


def _closed(state: State, event: dict[str, Any], what: str | None) -> list[bytes]:
    promise = state["orders"].pop(what, None)
    if promise is None:
        return []
    state["open"].pop(promise, None)
    return [_said(event, promise, "closed", state)]


def _said(event: dict[str, Any], promise: str, became: str, state: State) -> bytes:
    said = {
        "cause": str(event["id"]),
        "customer": event["subject"],
        "promise": promise,
        "became": became,
        "next_due": min(state["open"].values(), default=None),
        "open": len(state["open"]),
    }
    return json.dumps(said).encode()


def due_of(due: dict[str, Any], time: datetime) -> str:
    """Return when a promise is due, without calendars: as text that sorts."""
    said = {name: part for name, part in due.items() if part is not None}
    if "date" in said:
        return str(said["date"])
    return str(time + timedelta(days=float(said.get("working_days", 1))))
