"""Who may do what on the log, planned from departments.toml: a department writes its own topic and no other.

Principals are Kafka's: with SCRAM a user's name; with mutual TLS the certificate's name, which a department
then gives as `principal` in departments.toml. The bus's own parts are principals too.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from klantbus.bus.departments import Departments
from klantbus.bus.topics import ALERTS, EVENTS, PARKED, PULSES, RELAY, VERDICTS, topic_of


class Operation(StrEnum):
    """What is allowed; Kafka's words."""

    READ = "READ"
    WRITE = "WRITE"
    DESCRIBE = "DESCRIBE"


class Kind(StrEnum):
    """What it is allowed on; Kafka's words."""

    TOPIC = "TOPIC"
    GROUP = "GROUP"


class Match(StrEnum):
    """Whether a name is meant in full or as a beginning; Kafka's words."""

    LITERAL = "LITERAL"
    PREFIXED = "PREFIXED"


class Grant(NamedTuple):
    """One line of the plan: `principal` may do `operation` on `kind` `name`."""

    principal: str
    operation: Operation
    kind: Kind
    name: str
    match: Match = Match.LITERAL


class Part(NamedTuple):
    """A part of the bus: topics it reads and writes (one that ends in `.` is a beginning), and its groups."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    groups: str | None = None


PARTS = (
    # judges; parks what it cannot read, forwards facts of merged customers to itself
    Part(
        "streams",
        (EVENTS, PARKED, RELAY, PULSES),
        (VERDICTS, ALERTS, PARKED, RELAY, PULSES),
        "klantbus-watch",
    ),
    # answers; reads everything, and parks what it cannot read
    Part("projector", (EVENTS, VERDICTS, ALERTS, PARKED), (PARKED,), "klantbus-projector"),
    # calls; escalations are facts too
    Part("alerts", (EVENTS, VERDICTS, ALERTS, PARKED), (ALERTS, PARKED), "klantbus-alerts"),
    # takes facts over HTTP and stamps their source from the credentials; people's answers to alerts as well
    Part("gateway", (), (EVENTS, ALERTS)),
    # a person who replays or discards what is parked
    Part("operator", (EVENTS, PARKED), (EVENTS, PARKED), "klantbus-operator"),
)


def principal_of(departments: Departments, department: str) -> str:
    """Return the name under which Kafka knows `department`."""
    return f"User:{departments.departments[department].principal or department}"


def grants(departments: Departments) -> Sequence[Grant]:
    """Return the whole plan, sorted; whatever is not in it is not allowed."""
    parts = (grant for part in PARTS for grant in _of_part(part))
    return sorted({*_of_departments(departments), *parts, *_of_calendars(departments)})


def _of_calendars(departments: Departments) -> Iterator[Grant]:
    """Let the streams state, where a calendar is published, which promises it moves (RULES 6)."""
    for department in departments.names():
        if departments.may_state(department, "calendar.published"):
            for operation in (Operation.WRITE, Operation.DESCRIBE):
                yield _on("User:klantbus-streams", operation, topic_of(department))


def _of_departments(departments: Departments) -> Iterator[Grant]:
    for department in departments.names():
        who, topic = principal_of(departments, department), topic_of(department)
        yield Grant(who, Operation.WRITE, Kind.TOPIC, topic)
        yield Grant(who, Operation.DESCRIBE, Kind.TOPIC, topic)


def _of_part(part: Part) -> Iterator[Grant]:
    who = f"User:klantbus-{part.name}"
    for topic in part.writes:
        yield from (_on(who, operation, topic) for operation in (Operation.WRITE, Operation.DESCRIBE))
    for topic in part.reads:
        yield from (_on(who, operation, topic) for operation in (Operation.READ, Operation.DESCRIBE))
    if part.groups:
        yield Grant(who, Operation.READ, Kind.GROUP, part.groups, Match.PREFIXED)


def _on(who: str, operation: Operation, topic: str) -> Grant:
    match = Match.PREFIXED if topic.endswith(".") else Match.LITERAL
    return Grant(who, operation, Kind.TOPIC, topic, match)
