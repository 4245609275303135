"""Facts from `klantbus.alerts` as the alerter thinks of them: edges of the judge, answers of people."""

from datetime import datetime

from alerts.grouping import name_of
from alerts.model import About, Alert, Answer, Care, Edge, Rise, Said, Short
from alerts.words import LADDER, AnswerWord, EdgeWord
from klantbus.domain.events import (
    AlertAcknowledged,
    AlertAssigned,
    AlertEscalated,
    AlertRaised,
    AlertResolved,
    AlertSnoozed,
    CustomerId,
    CustomerRegistered,
    CustomerUpdated,
    Fact,
    Fulfilment,
)

Answering = AlertAcknowledged | AlertAssigned | AlertSnoozed


SOURCE = "/bus/alerts"

TYPES = frozenset(
    {
        "alert.raised",
        "alert.resolved",
        "alert.acknowledged",
        "alert.assigned",
        "alert.snoozed",
        "customer.registered",
        "customer.updated",
    }
)
"""The types of fact that say something to the alerter."""


def read(fact: Fact) -> Said | None:
    """Return what a fact says to the alerter, or None when it says nothing to it."""
    said = fact.data
    if isinstance(said, AlertRaised):
        return _raised(fact, said)
    if isinstance(said, AlertResolved):
        return _resolved(fact, said)
    if isinstance(said, Answering):
        return _answer(fact, said)
    if isinstance(said, CustomerRegistered | CustomerUpdated) and said.account_owner:
        return Care(fact.id, fact.subject, said.account_owner)
    return None


def _raised(fact: Fact, said: AlertRaised) -> Edge:
    about = About(
        department=said.performer or said.department or said.key,
        made_by=said.made_by or "",
        also=(said.department,) if said.department else (),
        customer="" if said.key == fact.subject and said.kind.startswith("info.") else fact.subject,
        promise=said.promise_id or "",
        promise_kind=said.promise_kind or "",
        parent=_parent(said),
        cause=said.cause or "",
        account_owner=said.owner or "",
        due=said.due,
        as_said=said.as_said,
        note=said.note,
        missing=_missing(said.lines),
        lag_minutes=said.lag_minutes,
        why=tuple(f"{why.rule} {why.event_id or ''}".strip() for why in said.why),
    )
    return Edge(
        id=fact.id,
        alert=said.alert_id,
        word=EdgeWord.RAISED,
        kind=said.kind,
        key=said.key,
        at=said.at,
        about=about,
        severity=said.severity,
    )


def _parent(said: AlertRaised) -> str:
    """Return the promise that a hand-off serves: an alert about it names both."""
    if said.kind == "promise.conflict":
        return ""
    return next((name for name in said.promise_ids if name != said.promise_id), "")


def _resolved(fact: Fact, said: AlertResolved) -> Edge:
    about = About(
        department=said.department or "",
        customer=fact.subject,
        promise=said.promise_id or "",
        note=said.note,
        missing=_missing(said.lines),
        lag_minutes=said.lag_minutes,
    )
    return Edge(
        id=fact.id,
        alert=said.alert_id,
        word=EdgeWord.RESOLVED,
        kind=said.kind,
        key=said.key,
        at=said.at,
        about=about,
        severity=said.severity,
        reason=said.reason,
    )


def answer_of(fact: Fact) -> Answer | None:
    """Return the answer that a fact states, or None when it states none."""
    return _answer(fact, fact.data) if isinstance(fact.data, Answering) else None


def _answer(fact: Fact, said: Answering) -> Answer:
    owner = said.owner or fact.actor or ""
    return Answer(
        id=fact.id,
        word=AnswerWord(fact.type),
        alert=said.alert_id,
        at=fact.time,
        by=fact.actor or owner,
        owner=owner,
        until=said.until,
        note=said.note,
    )


def escalation(rise: Rise, alert: Alert, now: datetime) -> Fact:
    """Return the fact that an alert went up. Its id follows from the rise, so a repeat is recognised."""
    payload = AlertEscalated(
        alert_id=alert.id,
        kind=alert.kind,
        key=alert.key,
        severity=alert.severity,
        level=LADDER[rise.level],
        owner=alert.owner or None,
    )
    return Fact(
        id=name_of("escalated", rise.alert, str(rise.turn), rise.level),
        source=SOURCE,
        type=payload.event,
        subject=CustomerId(alert.about.customer or alert.key),
        time=rise.at,
        recordedtime=now,
        data=payload,
    )


def _missing(lines: tuple[Fulfilment, ...]) -> tuple[Short, ...]:
    """Return what is missing of a promise kept in part; nothing when nothing was delivered at all."""
    if not any(line.fulfilled for line in lines):
        return ()
    short = [line for line in lines if line.fulfilled < line.promised]
    return tuple(
        Short(f"{line.promised - line.fulfilled:f}", f"{line.promised:f}", line.uom, line.sku)
        for line in short
    )
