"""The topics of the bus, made from departments.toml. Their names are written here and nowhere else."""

from collections.abc import Sequence

from klantbus.bus.departments import Departments
from klantbus.bus.ports import TopicSpec

EVENTS = "klantbus.events."
EVERY_DEPARTMENT = "klantbus.events.*"
VERDICTS = "klantbus.verdicts"
ALERTS = "klantbus.alerts"
PARKED = "klantbus.parked"
RELAY = "klantbus.relay"
"""What one partition of the streams tells another: facts of customers that were merged."""

PULSES = "klantbus.pulses"
"""How far the streams have judged each partition, and when departments spoke: of use for days only."""

PULSE_DAYS = 7
DERIVED = (VERDICTS, ALERTS, PARKED, RELAY, PULSES)


def topic_of(department: str) -> str:
    """Return the topic in which `department` states its facts."""
    return f"{EVENTS}{department}"


def department_of(topic: str) -> str | None:
    """Return whose topic it is; None for one that is no department's."""
    return topic.removeprefix(EVENTS) if topic.startswith(EVENTS) else None


def topic_specs(departments: Departments) -> Sequence[TopicSpec]:
    """Return every topic as it should be: as many partitions each, kept by time, never compacted."""
    keep = departments.retention
    events = [TopicSpec(topic_of(name), retention_days=keep.of("events")) for name in departments.names()]
    return [
        *events,
        TopicSpec(VERDICTS, retention_days=keep.of("verdicts")),
        TopicSpec(ALERTS, retention_days=keep.of("alerts")),
        TopicSpec(PARKED, retention_days=keep.of("parked")),
        TopicSpec(RELAY),
        TopicSpec(PULSES, retention_days=PULSE_DAYS),
    ]
