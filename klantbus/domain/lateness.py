"""Facts told late: the promise may be kept, and the telling failed (RULES 8, info.late_publication)."""

from typing import Final

from klantbus.domain.decisions import Edge, Reason
from klantbus.domain.events import Severity
from klantbus.domain.micros import MINUTE
from klantbus.domain.rules import Rules
from klantbus.domain.said import Known

KIND: Final = "info.late_publication"
UNTOLD: Final = frozenset({"alert", "verdict", "calendar"})
"""Families of events that no department is late with: people's answers and what the bus says itself."""


def lateness(known: Known, rules: Rules, customer: str) -> Edge | None:
    """Return the edge for a fact told late: raised once, never resolved. Ask only for facts that are new."""
    limit = rules.policy.late_publication
    if known.published - known.time <= limit or known.type.split(".", 1)[0] in UNTOLD:
        return None
    lag = rules.lag(known.department, known.time, known.published)
    if lag <= limit:
        return None
    return Edge(
        at=known.published,
        edge="raised",
        kind=KIND,
        key=known.id,
        severity=Severity.NOTICE,
        customer=customer,
        cause=known.id,
        promise_id=None,
        event_id=known.id,
        reason="",
        lag=lag // MINUTE,
        why=(Reason(known.id, f"8.{KIND}"),),
        sight=None,
        promise_ids=(),
    )
