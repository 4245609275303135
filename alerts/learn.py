"""Edges and answers become alerts. Pure: what stands, and what was said, in; what stands now, out.

An alert has a *base* from which its ladder counts. Alerts of one department and kind that start within the
group wait share it, so that they are told in one message and climb together: see `Gathering`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.errors import AnswerRefused
from alerts.life import Trigger, can, step
from alerts.model import Alert, Answer, Edge
from alerts.words import RANKS, AnswerWord, EdgeWord, Status

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gathering:
    """The opening of a group: alerts of one department and kind, raised (or resolved) close together."""

    department: str
    kind: str
    phase: EdgeWord
    opened: datetime

    def takes(self, at: datetime, wait: timedelta) -> bool:
        """Return whether an alert at `at` still belongs to it."""
        return abs(at - self.opened) <= wait


def gather(standing: Gathering | None, edge: Edge, at: datetime, wait: timedelta) -> Gathering:
    """Return the group that `edge` starts in at `at`: the standing one, or a new one."""
    if standing and standing.takes(at, wait):
        return standing
    return Gathering(edge.about.department, edge.kind, edge.word, at)


def is_old_news(edge: Edge, standing: Alert | None, named: Alert | None) -> bool:
    """Return whether what `edge` says is known, should it ever come back under a new event id (N10).

    `standing` is the last alert of its fingerprint, `named` the one of its number.
    """
    if edge.word is EdgeWord.RESOLVED:
        return standing is not None and edge.at < standing.raised
    if named is None:
        return False
    if named.resolved is not None and edge.at < named.resolved:
        return True
    return edge.at == named.raised and RANKS[edge.severity] <= RANKS[named.severity]


def learn(alert: Alert | None, edge: Edge, base: datetime, wait: timedelta) -> Alert | None:
    """Return the alert after `edge`; `base` is the opening of its group. None: there is nothing to keep."""
    if edge.word is EdgeWord.RESOLVED:
        return _resolve(alert, edge, base) if alert else None
    if alert is None or alert.status is Status.RESOLVED:
        return _raise(alert, edge, base, wait)
    return _raise_again(alert, edge, base)


def _raise(past: Alert | None, edge: Edge, base: datetime, wait: timedelta) -> Alert:
    if past and _came_back(past, edge, wait):
        return _return(past, edge)
    return Alert(
        id=edge.alert,
        kind=edge.kind,
        key=edge.key,
        severity=edge.severity,
        status=Status.OPEN,
        raised=edge.at,
        base=base,
        about=edge.about,
        turn=past.turn + 1 if past else 0,
    )


def _came_back(past: Alert, edge: Edge, wait: timedelta) -> bool:
    """Return whether it was away so shortly that nobody has been told that it was over."""
    if past.resolved is None or edge.at < past.resolved:
        return False
    return edge.at - past.resolved < wait and not past.decided


def _return(past: Alert, edge: Edge) -> Alert:
    """Take it up again where it was: who was told before is not told a second time."""
    return replace(
        past,
        id=edge.alert,
        status=step(past.status, Trigger.RETURNED),
        severity=edge.severity,
        about=edge.about,
        base=edge.at,
        turn=past.turn + 1,
        decided=frozenset(f"L0 {name}" for name in past.told),
        resolved=None,
        reason="",
        unheard=None,
    )


def _raise_again(alert: Alert, edge: Edge, base: datetime) -> Alert:
    if RANKS[edge.severity] <= RANKS[alert.severity]:
        return replace(alert, about=edge.about)
    moved = step(alert.status, Trigger.WORSENED)
    worse = replace(alert, about=edge.about, severity=edge.severity, status=moved)
    return restarted(worse, base)


def _resolve(alert: Alert, edge: Edge, base: datetime) -> Alert:
    if not can(alert.status, Trigger.RESOLVED):
        return alert
    is_unheard = alert.status is Status.OPEN and not alert.told and not alert.decided
    over = replace(
        alert,
        status=step(alert.status, Trigger.RESOLVED),
        resolved=edge.at,
        reason=edge.reason,
        unheard=alert.base if is_unheard else None,
    )
    return restarted(_updated(over, edge), base)


def _updated(alert: Alert, edge: Edge) -> Alert:
    """Keep what the end adds: how late it was told, and what is missing."""
    about = replace(
        alert.about,
        lag_minutes=edge.about.lag_minutes,
        missing=edge.about.missing,
        note=edge.about.note or alert.about.note,
    )
    return replace(alert, about=about)


def restarted(alert: Alert, base: datetime) -> Alert:
    """Return the alert with its ladder counted anew from `base`."""
    return replace(
        alert, base=base, turn=alert.turn + 1, decided=NOTHING, until=None, held_by="", assigned_by=""
    )


def lifted(alert: Alert, base: datetime) -> Alert:
    """Return a held alert after its cause went away."""
    return restarted(replace(alert, status=step(alert.status, Trigger.LIFTED)), base)


def held(alert: Alert, cause: Alert) -> Alert:
    """Return the alert, silent as long as `cause` stands."""
    return replace(alert, status=step(alert.status, Trigger.HELD), held_by=cause.id)


def woken(alert: Alert, now: datetime) -> Alert:
    """Return the alert after its snooze, when that is over."""
    if alert.status is not Status.SNOOZED or alert.until is None or now < alert.until:
        return alert
    return restarted(replace(alert, status=step(alert.status, Trigger.WOKE)), alert.until)


def answered(alert: Alert, answer: Answer) -> Alert:
    """Return the alert after somebody's answer; an answer to what is over changes nothing.

    Answers come from the log, where they stand for ever, so nothing is refused here: `check` does that before
    one is published.
    """
    if not can(alert.status, _TRIGGERS[answer.word]) or answer.at < alert.raised:
        return alert
    moved = replace(alert, status=step(alert.status, _TRIGGERS[answer.word]))
    if answer.word is AnswerWord.SNOOZED:
        return _snoozed(moved, answer)
    owned = restarted(replace(moved, owner=answer.owner or answer.by), answer.at)
    return replace(owned, assigned_by=answer.by if answer.word is AnswerWord.ASSIGNED else "")


_TRIGGERS = {
    AnswerWord.ACKNOWLEDGED: Trigger.ACKNOWLEDGED,
    AnswerWord.ASSIGNED: Trigger.ASSIGNED,
    AnswerWord.SNOOZED: Trigger.SNOOZED,
}


def _snoozed(alert: Alert, answer: Answer) -> Alert:
    until = _within_deadline(alert, answer.until or answer.at)
    return replace(restarted(alert, answer.at), until=until, owner=answer.owner or alert.owner)


def _within_deadline(alert: Alert, until: datetime) -> datetime:
    """Return `until`, or the last good moment while that is ahead and sooner (RULES 8)."""
    due = alert.about.due
    return min(until, due) if due and alert.raised < due else until


def check(alert: Alert, answer: Answer) -> None:
    """Raise `AnswerRefused` when the rules do not allow `answer`."""
    if alert.status is Status.RESOLVED:
        raise AnswerRefused(f"alert {alert.id} is resolved already; there is nothing to answer")
    if answer.word is not AnswerWord.SNOOZED:
        return
    if answer.until is None or answer.until <= answer.at:
        raise AnswerRefused("a snooze needs a moment in the future: --until 2026-03-10T09:00")
    if not answer.note.strip():
        raise AnswerRefused("a snooze needs a reason: --reason 'customer is on holiday'")
    if _within_deadline(alert, answer.until) < answer.until:
        raise AnswerRefused(f"a snooze may not pass the deadline of {alert.about.due:%Y-%m-%d %H:%M} UTC")
