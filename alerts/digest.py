"""The daily digest: what stands open in a department, told when it opens. Complete, never a sample."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.company import Company, Receiver, Unit
from alerts.grouping import name_of
from alerts.hours import Hours
from alerts.model import Alert, Send
from alerts.words import RANKS, Level, Status

SHORT = {"slack", "teams"}
"""Channels that show twenty alerts of a message and count the rest."""


@dataclass(frozen=True, slots=True)
class Day:
    """A department's digest of one local date: decided once."""

    department: str
    day: date
    opened: datetime


def due_today(company: Company, told: Mapping[str, date], now: datetime, wait: timedelta) -> Sequence[Day]:
    """Return the departments that opened today and had no digest yet; `told` holds each one's last date.

    A digest stands for the opening and leaves when the groups of that moment have closed, `wait` later.
    """
    found = []
    for unit in company.units.values():
        hours = unit.desk.hours
        today = hours.day_of(now)
        opening = hours.opening(today)
        if opening and opening + wait <= now and told.get(unit.name) != today:
            found.append(Day(unit.name, today, opening))
    return found


def next_digest(company: Company, now: datetime, wait: timedelta) -> datetime | None:
    """Return when the next department's digest leaves."""
    hours = [unit.desk.hours for unit in company.units.values() if unit.desk.hours.calendar]
    return min((_next_opening(one, now, wait) for one in hours), default=None)


def _next_opening(hours: Hours, now: datetime, wait: timedelta) -> datetime:
    today = hours.opening(hours.day_of(now))
    return (today if today and today + wait > now else hours.next_day_opening(now)) + wait


def digests(days: Iterable[Day], standing: Sequence[Alert], company: Company) -> Sequence[Send]:
    """Return a digest for every department of `days` that has something open; each alert in it once."""
    sends: list[Send] = []
    for day in days:
        unit = company.units[day.department]
        concerning = [alert for alert in standing if _concerns(alert, day)]
        if concerning:
            sends += _to_unit(unit, day, concerning)
    return sends


def _concerns(alert: Alert, day: Day) -> bool:
    if alert.status is Status.RESOLVED or alert.raised > day.opened:
        return False
    return day.department in {alert.about.department, alert.about.made_by, *alert.about.also}


def _to_unit(unit: Unit, day: Day, alerts: Sequence[Alert]) -> list[Send]:
    ordered = sorted(alerts, key=lambda alert: (-RANKS[alert.severity], alert.raised, alert.id))
    return [_send(receiver, day, ordered) for receiver in [unit.desk] if receiver.addresses]


def _send(receiver: Receiver, day: Day, alerts: Sequence[Alert]) -> Send:
    # One complete copy is enough; other channels get the messages.
    whole = [address for address in receiver.addresses if address.channel not in SHORT]
    address = (whole or receiver.addresses)[0]
    return Send(
        id=name_of(str(address), Level.DIGEST, day.department, day.day.isoformat()),
        level=Level.DIGEST,
        receiver=receiver.name,
        address=address,
        at=day.opened,
        alerts=tuple(alert.id for alert in alerts),
    )
