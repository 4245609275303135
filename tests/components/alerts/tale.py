"""A tale: facts, each at its moment and known at another when it is late; and what was told of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.model import Alert
from klantbus.domain.events import Fact

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Told(NamedTuple):
    """One message: when it was decided, its logical instant, its rung, who got it, about what."""

    decided: str
    at: str
    level: str
    receiver: str
    keys: tuple[str, ...]
    held: int


def at(text: str) -> datetime:
    """Read "9 Mar 10:00" (of 2026, in Amsterdam)."""
    return datetime.strptime(f"{text} 2026", "%d %b %H:%M %Y").replace(tzinfo=AMSTERDAM)


def shown(moment: datetime) -> str:
    """Write a moment as `at` reads it."""
    here = moment.astimezone(AMSTERDAM)
    return f"{here.day} {here:%b %H:%M}"


@dataclass
class Tale:
    """The facts of a story, each at its logical moment and known at another when it is late."""

    facts: list[tuple[datetime, Fact]] = field(default_factory=list)

    def raised(
        self, when: str, kind: str, key: str, *, known: str = "", severity: str = "high", **more: object
    ) -> str:
        performer = {} if kind.startswith("info.") else {"performer": "logistics"}
        named = {"promise_id": key} if kind.startswith("promise.") else {}
        alert = f"A-{kind}-{key}-{when}".replace(" ", "_")
        data = {
            "alert_id": alert,
            "kind": kind,
            "key": key,
            "severity": severity,
            "at": at(when),
            "made_by": "sales",
            "promise_kind": "delivery",
            "as_said": "Friday at the latest",
            **performer,
            **named,
            **more,
        }
        self._say(
            "alert.raised", when, known or when, data, subject=key if kind.startswith("info.") else "C1"
        )
        return alert

    def resolved(self, when: str, kind: str, key: str, *, known: str = "", **more: object) -> None:
        data = {"alert_id": f"A-{kind}-{key}", "kind": kind, "key": key, "at": at(when), **more}
        self._say(
            "alert.resolved", when, known or when, data, subject=key if kind.startswith("info.") else "C1"
        )

    def acked(self, when: str, alert: str, by: str) -> None:
        self._say("alert.acknowledged", when, when, {"alert_id": alert, "owner": by}, actor=by)

    def assigned(self, when: str, alert: str, to: str, by: str) -> None:
        self._say("alert.assigned", when, when, {"alert_id": alert, "owner": to}, actor=by)

    def snoozed(self, when: str, alert: str, until: str, by: str) -> None:
        data = {"alert_id": alert, "owner": by, "until": at(until), "note": "waiting for the carrier"}
        self._say("alert.snoozed", when, when, data, actor=by)

    def registered(self, when: str, customer: str, owner: str) -> None:
        data = {"name": "Jansen BV", "account_owner": owner}
        self._say("customer.registered", when, when, data, subject=customer)

    def _say(
        self, kind: str, when: str, known: str, data: dict[str, object], subject: str = "C1", actor: str = ""
    ) -> None:
        fact = Fact.model_validate(
            {
                "id": f"f{len(self.facts):06d}",
                "source": "/bus/judge",
                "type": kind,
                "subject": subject,
                "time": at(when),
                "recordedtime": at(when),
                "actor": actor or None,
                "data": data,
            }
        )
        self.facts.append((at(known), fact))


def keys_of(alerts: Sequence[Alert]) -> tuple[str, ...]:
    return tuple(alert.key for alert in sorted(alerts, key=lambda alert: (alert.raised, alert.id)))
