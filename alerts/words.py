"""The words of telling people: how bad, how far along, on which rung."""

from enum import StrEnum

from klantbus.domain.events import Severity

RANKS = {Severity.NOTICE: 0, Severity.WARNING: 1, Severity.HIGH: 2, Severity.CRITICAL: 3}
"""A notice stands on the board only; critical goes out at any hour (RULES 8)."""


class EdgeWord(StrEnum):
    """What the judge said about an alert."""

    RAISED = "alert.raised"
    RESOLVED = "alert.resolved"


class AnswerWord(StrEnum):
    """What a person said about an alert."""

    ACKNOWLEDGED = "alert.acknowledged"
    ASSIGNED = "alert.assigned"
    SNOOZED = "alert.snoozed"


class Status(StrEnum):
    """Where an alert is in its life (the table is in `life`)."""

    OPEN = "open"
    HELD = "held"
    ACKED = "acked"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Level(StrEnum):
    """On which rung, or for which other reason, a message goes out."""

    OWNER = "L0"
    HEAD = "L1"
    ABOVE = "L2"
    MANAGEMENT = "L3"
    ASSIGNED = "assigned"
    REMINDER = "reminder"
    HELD = "held"
    RESOLVED = "resolved"
    CATCH_UP = "catch-up"
    DIGEST = "digest"
    TEST = "test"


LADDER = {Level.HEAD: 1, Level.ABOVE: 2, Level.MANAGEMENT: 3}
"""The rungs above the owner, as the bus counts them."""


class Role(StrEnum):
    """Who hears of it, said as a part someone plays; `routing` turns it into receivers."""

    PERFORMER = "performer"
    PERFORMER_HEAD = "performer head"
    MADE_BY = "made by"
    MADE_BY_HEAD = "head of made by"
    EVERYONE_CONCERNED = "all departments concerned"
    ACCOUNT_OWNER = "account owner"
    ON_CALL = "on call"
    FINANCE = "finance"
    FINANCE_HEAD = "finance head"
    LOGISTICS = "logistics"
    SALES = "sales"
    OPERATIONS = "operations"
    MANAGEMENT = "management"
    OWNER = "owner"
