"""A decided send becomes a letter: who, what, in which words, since when, who knows, what now. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from alerts.company import Company, Receiver
from alerts.letter import Item, Letter
from alerts.messages.clean import clean, line
from alerts.messages.dutch import DUTCH
from alerts.messages.english import ENGLISH
from alerts.messages.phrases import Phrases
from alerts.model import Alert, Send, Short
from alerts.policy import Policy
from alerts.words import Level, Status
from klantbus.bus.departments import Language
from klantbus.domain.events import Severity

PHRASES: Mapping[Language, Phrases] = {Language.DUTCH: DUTCH, Language.ENGLISH: ENGLISH}
SHOWN = 25
"""A message shows so many alerts; digests, the catch-up and the day-start list show all of them."""

_COMPLETE = {Level.DIGEST, Level.CATCH_UP, Level.MANAGEMENT}
WAS_KEPT = "was_kept"
HANDOFF = "handoff"


@dataclass(frozen=True, slots=True)
class Writer:
    """What every letter needs: the company, the policy, and the board's address that links point to."""

    company: Company
    policy: Policy
    board: str = "http://127.0.0.1:8080"

    def write(self, send: Send, alerts: Sequence[Alert]) -> Letter:
        """Return the letter of a send about `alerts`, in the order in which they are to be read."""
        receiver = self.company.receivers.get(send.receiver, self.company.management)
        return _Draft(self, receiver, send, alerts, _kind_of(alerts)).letter()


@dataclass(frozen=True, slots=True)
class _Draft:
    writer: Writer
    receiver: Receiver
    send: Send
    alerts: Sequence[Alert]
    kind: str
    """The kind of all of them; empty when there are several, and one action does not fit all."""

    @property
    def words(self) -> Phrases:
        return PHRASES[self.receiver.language]

    def letter(self) -> Letter:
        shown = self.alerts if self.send.level in _COMPLETE else self.alerts[:SHOWN]
        left = len(self.alerts) - len(shown)
        return Letter(
            id=self.send.id,
            kind=self.kind,
            level=self.send.level,
            severity=self.alerts[0].severity if self.alerts else Severity.NOTICE,
            language=self.receiver.language,
            subject=line(self._subject(), 180),
            lead=clean(self._lead()),
            items=tuple(self._item(alert) for alert in shown),
            more=self.words.more.format(count=left) if left else "",
            action=self._action(),
            link=self._link(),
        )

    # -- the top

    def _subject(self) -> str:
        if self.send.level is Level.TEST or not self.alerts:
            return f"klantbus: {self.words.leads[self.send.level]}"
        if self.send.level in _COMPLETE:
            return f"klantbus: {self._filled_lead()}"
        return f"[{self._tone()}] {self._what_together()}"

    def _tone(self) -> str:
        over = self.send.level is Level.RESOLVED
        return self.words.over if over else self.words.severities[self.alerts[0].severity]

    def _what_together(self) -> str:
        first = self.alerts[0]
        title = self._title(first)
        if len(self.alerts) == 1:
            about = self._matter(first)
            return f"{title}: {about}" if about else title
        return self.words.several.format(
            title=title, count=len(self.alerts), department=self._named(first.about.department)
        )

    def _lead(self) -> str:
        lead = self._filled_lead()
        if not self.send.held:
            return lead
        silenced = self.words.silenced if self.send.held > 1 else self.words.silenced_one
        return f"{lead} {silenced.format(count=self.send.held)}".strip()

    def _filled_lead(self) -> str:
        lead = self.words.leads[self.send.level]
        if self._is_resumed():
            lead = self.words.resumed
        return lead.format(
            hours=f"{self._span().total_seconds() / 3600:g}",
            count=len(self.alerts),
            parts=self._open_and_over(),
            department=self._named(self._department()),
        )

    def _span(self) -> timedelta:
        """Return how long it waited for this rung, in business time."""
        policy = self.writer.policy
        spans = {
            Level.HEAD: policy.head_after,
            Level.ABOVE: policy.above_after,
            Level.REMINDER: policy.remind_after,
        }
        span = spans.get(self.send.level, timedelta(0))
        return span + policy.resume_after - policy.head_after if self._is_resumed() else span

    def _is_resumed(self) -> bool:
        """Return whether it climbs although somebody took it on."""
        is_climbing = self.send.level in {Level.HEAD, Level.ABOVE}
        return is_climbing and all(alert.status is Status.ACKED for alert in self.alerts)

    def _open_and_over(self) -> str:
        over = sum(alert.status is Status.RESOLVED for alert in self.alerts)
        parts = ((self.words.still_open, len(self.alerts) - over), (self.words.came_and_went, over))
        return ", ".join(phrase.format(count=count) for phrase, count in parts if count)

    def _department(self) -> str:
        """Return whose letter it is: the digest of a desk is its own, else the alerts say it."""
        if self.send.level is Level.DIGEST:
            return self.send.receiver.partition(".")[0]
        return self.alerts[0].about.department if self.alerts else ""

    def _action(self) -> str:
        if all(alert.status is Status.RESOLVED for alert in self.alerts):
            return ""
        return self._what_now(self.alerts[0]) if self.kind else self.words.many_actions

    def _link(self) -> str:
        if len(self.alerts) == 1:
            return self._link_to(self.alerts[0])
        return f"{self.writer.board}/alerts?{urlencode({'message': self.send.id})}"

    # -- one alert

    def _item(self, alert: Alert) -> Item:
        lines = [(self.words.labels[label], line(text, 400)) for label, text in self._lines(alert) if text]
        return Item(alert.id, line(self._titled(alert)), tuple(lines), self._link_to(alert))

    def _titled(self, alert: Alert) -> str:
        about = self._matter(alert)
        return f"{self._title(alert)}: {about}" if about else self._title(alert)

    def _lines(self, alert: Alert) -> list[tuple[str, str]]:
        about = alert.about
        over = alert.status is Status.RESOLVED
        return [
            ("who", self._who(alert)),
            ("words", f"“{about.as_said}”" if about.as_said else ""),
            ("since", self._since(alert)),
            ("cause", self._cause(alert)),
            ("missing", ", ".join(self._short(short) for short in about.missing)),
            ("note", about.note),
            ("ended", self._ended(alert) if over else ""),
            ("knows", "" if over else self._knows(alert)),
            ("now", "" if over or self.kind else self._what_now(alert)),
        ]

    def _title(self, alert: Alert) -> str:
        if alert.status is Status.RESOLVED and alert.reason == WAS_KEPT:
            return self.words.told_late
        title = self.words.titles.get(alert.kind, self.words.other_kind)
        is_gone = alert.status is Status.RESOLVED and self.send.level is Level.CATCH_UP
        return self.words.gone.format(title=title) if is_gone else title

    def _matter(self, alert: Alert) -> str:
        about = alert.about
        what = self.words.promise_kinds.get(about.promise_kind, "")
        whom = self.words.customer.format(customer=about.customer) if about.customer else ""
        if not whom:
            return self._named(about.department) if alert.key == about.department else alert.key
        named = about.promise or ("" if alert.key == about.customer else alert.key)
        return ", ".join(part for part in (what, whom, named) if part)

    def _who(self, alert: Alert) -> str:
        about = alert.about
        performer = self._named(about.department)
        if about.made_by in {"", about.department}:
            return performer
        made_by = self._named(about.made_by)
        if not about.promise:
            return f"{performer}, {made_by}"
        said = self.words.asked_of if about.promise_kind == HANDOFF else self.words.made_for
        return said.format(made_by=made_by, performer=performer)

    def _short(self, short: Short) -> str:
        left, promised = (text.replace(".", self.words.decimal) for text in (short.left, short.promised))
        uom = self.words.units.get(short.uom, short.uom)
        return self.words.short.format(left=left, promised=promised, uom=uom, sku=short.sku)

    def _since(self, alert: Alert) -> str:
        when = self._moment(alert.raised)
        if alert.resolved:
            return self.words.from_until.format(when=when, until=self._moment(alert.resolved))
        due = alert.about.due
        if due is None:
            return when
        said = self.words.still_until if due > alert.raised else self.words.overdue_since
        return said.format(when=when, due=self._moment(due))

    def _knows(self, alert: Alert) -> str:
        """Return who took it on, else who was told."""
        if alert.owner:
            return self.words.owned_by.format(owner=alert.owner)
        told = ", ".join(self._called(name) for name in sorted(alert.told))
        return f"{told} ({self.words.nobody_knows})" if told else self.words.nobody_knows

    def _called(self, receiver: str) -> str:
        """Return what people call a receiver: "head of Logistics"; a person keeps the number."""
        name, _, role = receiver.partition(".")
        called = self.words.roles.get(role or name, "")
        return called.format(title=self._named(name)) if called else self._named(name)

    def _cause(self, alert: Alert) -> str:
        kind, _, key = alert.about.cause.partition(":")
        return f"{self.words.titles.get(kind, kind)}: {key}" if key else kind

    def _ended(self, alert: Alert) -> str:
        if alert.reason != WAS_KEPT or not alert.about.lag_minutes:
            return self.words.resolutions.get(alert.reason, "")
        hours = f"{alert.about.lag_minutes / 60:.1f}".removesuffix(".0")
        return self.words.hours_late.format(hours=hours.replace(".", self.words.decimal))

    def _what_now(self, alert: Alert) -> str:
        return self.words.actions.get(alert.kind, self.words.other_action)

    def _named(self, department: str) -> str:
        return self.writer.company.title(department, self.receiver.language)

    def _moment(self, at: datetime) -> str:
        here = self.receiver.hours.local(at)
        day = f"{self.words.weekdays[here.weekday()]} {here.day} {self.words.months[here.month - 1]}"
        return f"{day} {here:%H:%M}"

    def _link_to(self, alert: Alert) -> str:
        return f"{self.writer.board}/alerts/{quote(alert.id, safe='')}"


def _kind_of(alerts: Sequence[Alert]) -> str:
    kinds = {alert.kind for alert in alerts}
    return kinds.pop() if len(kinds) == 1 else ""
