"""The life of an alert as a table; the drawing in docs/alerts.md is made from it and tested.

Whatever is not in the table cannot happen: `step` raises `KeyError`, and the callers guard first.
"""

from enum import StrEnum

from alerts.words import Status


class Trigger(StrEnum):
    """What moves an alert on."""

    WORSENED = "severity rose"
    HELD = "a cause explains it"
    LIFTED = "the cause went away"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    WOKE = "snooze ended"
    RESOLVED = "resolved"
    RETURNED = "raised again within the group wait"


_O, _H, _A, _S, _R = Status.OPEN, Status.HELD, Status.ACKED, Status.SNOOZED, Status.RESOLVED

LIFE: dict[tuple[Status, Trigger], Status] = {
    (_O, Trigger.WORSENED): _O,
    (_O, Trigger.HELD): _H,
    (_O, Trigger.ACKNOWLEDGED): _A,
    (_O, Trigger.ASSIGNED): _A,
    (_O, Trigger.SNOOZED): _S,
    (_O, Trigger.RESOLVED): _R,
    (_H, Trigger.WORSENED): _O,
    (_H, Trigger.LIFTED): _O,
    (_H, Trigger.ACKNOWLEDGED): _A,
    (_H, Trigger.ASSIGNED): _A,
    (_H, Trigger.SNOOZED): _S,
    (_H, Trigger.RESOLVED): _R,
    (_A, Trigger.WORSENED): _O,
    (_A, Trigger.ACKNOWLEDGED): _A,
    (_A, Trigger.ASSIGNED): _A,
    (_A, Trigger.SNOOZED): _S,
    (_A, Trigger.RESOLVED): _R,
    (_S, Trigger.WORSENED): _O,
    (_S, Trigger.ACKNOWLEDGED): _A,
    (_S, Trigger.ASSIGNED): _A,
    (_S, Trigger.SNOOZED): _S,
    (_S, Trigger.WOKE): _O,
    (_S, Trigger.RESOLVED): _R,
    (_R, Trigger.RETURNED): _O,
}


def step(status: Status, trigger: Trigger) -> Status:
    """Return the status after `trigger`."""
    return LIFE[status, trigger]


def can(status: Status, trigger: Trigger) -> bool:
    """Return whether `trigger` means anything in this status."""
    return (status, trigger) in LIFE


def draw() -> str:
    """Return the table as a mermaid drawing."""
    lines = [f"    {source} --> {target}: {trigger}" for (source, trigger), target in LIFE.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> open: raised", *lines, "    resolved --> [*]"]) + "\n"
