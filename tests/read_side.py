"""A small house whose facts go straight into read models, or by a log; and a projector to watch.

Shared by the tests of the read side.
"""

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from klantbus.bus.codec import encode
from klantbus.bus.ports import Lane, Record, Stored, TopicSpec
from klantbus.domain.events import Fact
from projections.arrivals import arrived
from projections.models import read_models
from projections.projector import TOPICS as FOLLOWED
from projections.projector import Pace, project
from projections.store import Store

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
DEPARTMENTS = ("sales", "telephony", "logistics", "finance", "service", "admin")
TOPICS = [TopicSpec(f"klantbus.events.{name}") for name in DEPARTMENTS] + [
    TopicSpec("klantbus.verdicts"),
    TopicSpec("klantbus.alerts"),
]


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of March 2026, in UTC."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


class House:
    """States facts and keeps them as records of a log, one lane per topic."""

    def __init__(self) -> None:
        self.records: list[tuple[Stored, Fact]] = []
        self._numbers = itertools.count(1)
        self._offsets: dict[str, int] = {}

    def states(
        self, event, customer, time, department="sales", *, told=None, event_id=None, ref=None, **data
    ):
        """State a fact that the log gets at `told` (a minute after `time` when not said); return its id.

        `whose` gives the field `department` of an alert.
        """
        if "whose" in data:
            data["department"] = data.pop("whose")
        fact = Fact.model_validate(
            {
                "id": event_id or f"e{next(self._numbers)}",
                "source": f"/{department}/system",
                "type": event,
                "subject": customer,
                "time": time,
                "recordedtime": time,
                "sourceref": ref,
                "data": data,
            }
        )
        topic = {"verdict": "klantbus.verdicts", "alert": "klantbus.alerts"}.get(event.partition(".")[0])
        return self.says(fact, told or time + timedelta(minutes=1), topic or f"klantbus.events.{department}")

    def says(self, fact, told, topic):
        """Put a fact into the log as it is."""
        offset = self._offsets.get(topic, 0)
        self._offsets[topic] = offset + 1
        stored = Stored(topic, 0, offset, int(told.timestamp() * 1e6), fact.subject.encode(), b"", ())
        self.records.append((stored, fact))
        return fact.id

    def corrects(self, target, moment, department="telephony", *, told=None, **fields):
        """Correct a fact about C1: each field of `target` with its new value."""
        changes = {name: json.dumps(value) for name, value in fields.items()}
        return self.states(
            "event.corrected", "C1", moment, department, told=told, target_event_id=target, set=changes
        )

    def judges(self, promise_id, state, time, customer="C1", **fields):
        """State a verdict of the judge."""
        given = {"made_by": "sales", "performer": "sales", "kind": "delivery"} | fields
        return self.states(
            "verdict.changed",
            customer,
            time,
            "bus",
            told=time,
            promise_id=promise_id,
            state=state,
            at=time,
            **given,
        )

    def warns(self, kind, key, time, edge="raised", customer="C1", **fields):
        """State an edge of an alert."""
        given = {"alert_id": f"{kind}:{key}", "kind": kind, "key": key}
        if edge in {"raised", "resolved"}:
            given["at"] = time
        return self.states(f"alert.{edge}", customer, time, "bus", told=time, **given, **fields)


def only(rows):
    """The one row that came."""
    assert len(rows) == 1
    return rows[0]


def reached(records):
    """The positions after some records."""
    ends: dict[Lane, int] = {}
    for stored, _ in records:
        lane = Lane(stored.topic, stored.partition)
        ends[lane] = max(ends.get(lane, 0), stored.offset + 1)
    return ends


def rows_of(records):
    """The rows of some records, by way of their bytes."""
    return arrived(
        stored._replace(value=value, headers=headers) for stored, (value, headers) in _written(records)
    )


def _written(records):
    return [(stored, encode(fact)) for stored, fact in records]


def taken(place: Path, *batches) -> Store:
    """Read models under `place` that took these batches of records."""
    store = Store(place, read_models())
    for batch in batches:
        store.take(rows_of(batch), reached(batch))
    return store


async def publish(log, records, prefix=""):
    """Publish records of a house to a log, in topics that begin with `prefix`; return their places."""
    publisher = await log.publisher()
    return await publisher.publish(
        [Record(prefix + stored.topic, fact.subject.encode(), *encode(fact)) for stored, fact in records]
    )


@asynccontextmanager
async def projecting(log, place, pace=None, prefix=""):
    """Run a projector while inside; what it raises comes out."""
    stop = asyncio.Event()
    topics = [prefix + topic for topic in FOLLOWED]
    running = asyncio.create_task(project(log, place, stop, topics=topics, pace=pace or Pace(pause=0.02)))
    try:
        yield running
    finally:
        stop.set()
        await running
