"""What the bus itself states: verdicts on promises, the edges of alerts, and people's answers to alerts.

A verdict and an edge say enough to act upon without reading any state. `at` is the logical instant at which
it became so; the envelope's `time` is the same. `source` is /bus/judge; the id follows from the cause.
"""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from klantbus.domain.events.base import (
    PII,
    Count,
    Department,
    EventRef,
    Instant,
    Many,
    Money,
    Part,
    Payload,
    PromiseRef,
    Quantity,
    Ref,
    Text80,
    Text280,
    Why,
)
from klantbus.domain.events.promise import Importance, PromiseKind, Scope


class PromiseState(StrEnum):
    """The states of a promise (RULES section 4)."""

    MADE = "made"
    ACCEPTED = "accepted"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"
    BROKEN = "broken"
    PAUSED = "paused"
    CONDITIONAL = "conditional"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    RELEASED = "released"
    PARTIALLY_KEPT = "partially_kept"
    KEPT = "kept"
    KEPT_LATE = "kept_late"
    GONE = "gone"
    UNKNOWN = "unknown"


class Flag(StrEnum):
    """What is worth knowing beside the state (RULES section 4)."""

    CONFLICT = "conflict"
    LATE_EVIDENCE = "late_evidence"
    MISSED_ORIGINAL = "missed_original"
    RENEGOTIATED_AFTER_BREACH = "renegotiated_after_breach"
    TOO_EARLY = "too_early"
    RETURNED_FAULTY = "returned_faulty"
    MOVED_WITHOUT_CONSENT = "moved_without_consent"
    CHILD_LATE = "child_late"
    OTHER = "other"


class Tier(StrEnum):
    """How evidence found its promise (RULES section 7)."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    OTHER = "other"


class Severity(StrEnum):
    """How loud an alert is (RULES section 8)."""

    NOTICE = "notice"
    WARNING = "warning"
    HIGH = "high"
    CRITICAL = "critical"


class Resolution(StrEnum):
    """Why an alert is over."""

    KEPT = "kept"
    KEPT_LATE = "kept_late"
    WAS_KEPT = "was_kept"  # kept in time, and told late
    ANSWERED = "answered"
    MOVED = "moved"
    ENDED = "ended"
    CORRECTED = "corrected"
    REPLACED = "replaced"  # by a graver alert on the same promise
    SPOKE_AGAIN = "spoke_again"
    OTHER = "other"


class Fulfilment(Part):
    """How far one line of a promise is."""

    sku: Ref = Field(description="Article number.")
    uom: Ref = Field("pcs", description="Unit of both quantities.")
    promised: Quantity = Field(description="How much was promised.")
    fulfilled: Quantity = Field(description="How much evidence there is for.")


class EvidenceUse(Part):
    """Which evidence counts for a promise, and how much of it."""

    event_id: EventRef = Field(description="The fact that is evidence.")
    at: Instant = Field(description="When the evidence happened.")
    tier: Tier = Field(Tier.OTHER, description="How it found the promise.")
    sku: Ref | None = Field(None, description="Article number, where the promise has lines.")
    quantity: Quantity | None = Field(None, description="How much of the promise it covers.")


class VerdictChanged(Payload):
    """The bus judges a promise otherwise than before."""

    event: ClassVar[str] = "verdict.changed"
    promise_id: PromiseRef = Field(description="The promise.")
    previous: PromiseState | None = Field(None, description="The state before; none at its first verdict.")
    state: PromiseState = Field(description="The state from now on.")
    flags: Many[Flag] = Field((), description="What holds beside the state, in order of name.")
    at: Instant = Field(description="The logical instant at which it changed.")
    kind: PromiseKind = Field(PromiseKind.OTHER, description="What is promised.")
    scope: Scope = Field(Scope.EXTERNAL, description="To a customer, or to another department.")
    made_by: Department = Field(description="The department that said it.")
    performer: Department = Field(description="The department that must do it.")
    importance: Importance = Field(Importance.NORMAL, description="How much hangs on it.")
    value: Money | None = Field(None, description="What is at stake, in the company's currency.")
    as_said: Text280 = Field("", description="The words that were used, verbatim.", json_schema_extra=PII)
    order_ref: Ref | None = Field(None, description="The order it is about.")
    topic: Text80 | None = Field(None, description="What it is about, one word or two.")
    parent_promise_id: PromiseRef | None = Field(None, description="The promise that this hand-off serves.")
    made_at: Instant | None = Field(None, description="When it was made.")
    accepted_at: Instant | None = Field(None, description="When the performer took it on.")
    starts_at: Instant | None = Field(None, description="When its clock started; none before.")
    warn_at: Instant | None = Field(None, description="From when it is at risk.")
    due: Instant | None = Field(None, description="The last good moment as it stands now.")
    grace_ends_at: Instant | None = Field(None, description="After this moment it is broken.")
    original_due: Instant | None = Field(None, description="The last good moment as first promised.")
    requested_due: Instant | None = Field(None, description="The last good moment the customer asked for.")
    planned_at: Instant | None = Field(None, description="The latest moment on the plan.")
    done_at: Instant | None = Field(None, description="When the evidence was complete.")
    ended_at: Instant | None = Field(None, description="When it was cancelled, released or closed short.")
    consent: bool | None = Field(None, description="Whether the customer agreed to that end.")
    revision: Count = Field(0, description="How often it was moved with consent.")
    breach_count: Count = Field(0, description="How often it was moved after it had been missed.")
    calendar: Ref | None = Field(None, description="Calendar that its moments were reckoned with.")
    calendar_version: Count | None = Field(None, description="Version of that calendar.")
    lines: Many[Fulfilment] = Field((), description="How far each line is.")
    evidence: Many[EvidenceUse] = Field((), description="The evidence that counts for it.")
    conflicts_with: Many[PromiseRef] = Field((), description="Promises that contradict it.")
    why: Many[Why] = Field((), description="The facts and rules this verdict stands on.")


class AlertRaised(Payload):
    """Something became so that a person must know."""

    event: ClassVar[str] = "alert.raised"
    alert_id: Ref = Field(description="Number of the alert; follows from its cause.")
    kind: Ref = Field(description="What it is, such as promise.broken (RULES section 8).")
    key: Text280 = Field(description="What it is about; with kind the fingerprint of which one may be open.")
    severity: Severity = Field(Severity.NOTICE, description="How loud it is.")
    at: Instant = Field(description="The logical instant at which it became so.")
    owner: Ref | None = Field(None, description="Who has it now: a pseudonymous number.")
    until: Instant | None = Field(None, description="Not used by an edge; people's answers do.")
    note: Text280 = Field("", description="What else matters, in words.", json_schema_extra=PII)
    department: Department | None = Field(None, description="The department it is for first.")
    promise_id: PromiseRef | None = Field(None, description="The promise it is about.")
    promise_ids: Many[PromiseRef] = Field((), description="Every promise it is about, where several.")
    promise_kind: PromiseKind | None = Field(None, description="What was promised.")
    made_by: Department | None = Field(None, description="The department that said it.")
    performer: Department | None = Field(None, description="The department that must do it.")
    importance: Importance = Field(Importance.NORMAL, description="How much hangs on it.")
    value: Money | None = Field(None, description="What is at stake, in the company's currency.")
    as_said: Text280 = Field("", description="The words that were used, verbatim.", json_schema_extra=PII)
    order_ref: Ref | None = Field(None, description="The order it is about.")
    topic: Text80 | None = Field(None, description="What it is about, one word or two.")
    due: Instant | None = Field(None, description="The last good moment.")
    event_id: EventRef | None = Field(None, description="The fact it is about, where it is about one fact.")
    lag_minutes: Count | None = Field(None, description="How late a fact was told, in business minutes.")
    lines: Many[Fulfilment] = Field((), description="How far each line of the promise is.")
    cause: Text280 | None = Field(
        None, description="What it follows from: kind and key of another alert, such as promise.overdue:h1."
    )
    why: Many[Why] = Field((), description="The facts and rules it stands on.")


class AlertResolved(Payload):
    """What an alert was about is over."""

    event: ClassVar[str] = "alert.resolved"
    alert_id: Ref = Field(description="Number of the alert.")
    kind: Ref = Field(description="What it was, such as promise.broken (RULES section 8).")
    key: Text280 = Field(description="What it was about.")
    severity: Severity = Field(Severity.NOTICE, description="How loud it was.")
    at: Instant = Field(description="The logical instant at which it was over.")
    owner: Ref | None = Field(None, description="Who had it: a pseudonymous number.")
    until: Instant | None = Field(None, description="Not used by an edge; people's answers do.")
    note: Text280 = Field("", description="What else matters, in words.", json_schema_extra=PII)
    reason: Resolution = Field(Resolution.OTHER, description="Why it is over.")
    department: Department | None = Field(None, description="The department it was for first.")
    promise_id: PromiseRef | None = Field(None, description="The promise it was about.")
    promise_ids: Many[PromiseRef] = Field((), description="Every promise it was about, where several.")
    state: PromiseState | None = Field(None, description="The state of the promise now.")
    done_at: Instant | None = Field(None, description="When the promise was fulfilled after all.")
    lag_minutes: Count | None = Field(None, description="How late we were told, in business minutes.")
    lines: Many[Fulfilment] = Field((), description="How far each line of the promise is.")
    why: Many[Why] = Field((), description="The facts and rules it stands on.")


class AlertAcknowledged(Payload):
    """Somebody took an alert on; the ladder stops."""

    event: ClassVar[str] = "alert.acknowledged"
    alert_id: Ref = Field(description="Number of the alert.")
    kind: Ref | None = Field(None, description="What it is, such as promise.broken.")
    key: Text280 | None = Field(None, description="What it is about.")
    severity: Severity | None = Field(None, description="How loud it is.")
    owner: Ref = Field(description="Who has it from now on: a pseudonymous number.")
    until: Instant | None = Field(None, description="By when they expect to be done.")
    note: Text280 = Field("", description="What they added.", json_schema_extra=PII)


class AlertAssigned(Payload):
    """An alert was given to somebody."""

    event: ClassVar[str] = "alert.assigned"
    alert_id: Ref = Field(description="Number of the alert.")
    kind: Ref | None = Field(None, description="What it is, such as promise.broken.")
    key: Text280 | None = Field(None, description="What it is about.")
    severity: Severity | None = Field(None, description="How loud it is.")
    owner: Ref = Field(description="Who has it from now on: a pseudonymous number.")
    until: Instant | None = Field(None, description="By when it should be done.")
    note: Text280 = Field("", description="What was added.", json_schema_extra=PII)


class AlertSnoozed(Payload):
    """Somebody put an alert off, until a moment and for a reason."""

    event: ClassVar[str] = "alert.snoozed"
    alert_id: Ref = Field(description="Number of the alert.")
    kind: Ref | None = Field(None, description="What it is, such as promise.broken.")
    key: Text280 | None = Field(None, description="What it is about.")
    severity: Severity | None = Field(None, description="How loud it is.")
    owner: Ref | None = Field(None, description="Who put it off: a pseudonymous number.")
    until: Instant = Field(description="Until when; never beyond the last good moment of the promise.")
    note: Text280 = Field("", description="Why.", json_schema_extra=PII)


class AlertEscalated(Payload):
    """An alert went up the ladder."""

    event: ClassVar[str] = "alert.escalated"
    alert_id: Ref = Field(description="Number of the alert.")
    kind: Ref | None = Field(None, description="What it is, such as promise.broken.")
    key: Text280 | None = Field(None, description="What it is about.")
    severity: Severity | None = Field(None, description="How loud it is.")
    level: Count = Field(1, description="The rung of the ladder it is on now: 0 owner to 3 management.")
    owner: Ref | None = Field(None, description="Who has it from now on: a pseudonymous number.")
    until: Instant | None = Field(None, description="When it goes up further.")
    note: Text280 = Field("", description="What was added.", json_schema_extra=PII)
