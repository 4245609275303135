"""Many steps, few messages: what goes into one message, and the name by which a repeat of it is known."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.company import Company
from alerts.model import Address, Alert, Send, Step
from alerts.words import RANKS, Level, Status


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken now; `late` ones go into the catch-up digest."""

    alert: Alert
    step: Step
    late: bool


@dataclass(frozen=True, slots=True)
class _Pile:
    """What makes a message one: the address, the rung and, below management, department and kind (N6)."""

    address: Address
    level: Level
    department: str
    kind: str


def gather_sends(taken: Iterable[Taken], company: Company, silenced: Mapping[str, int]) -> Sequence[Send]:
    """Return one message per pile; `silenced` counts per alert how many others it keeps quiet."""
    known = company.receivers
    piles: dict[_Pile, list[Taken]] = defaultdict(list)
    for one in taken:
        for address in known[one.step.receiver].addresses:
            piles[_pile(one, address)].append(one)
    return [_send(pile, ones, silenced) for pile, ones in piles.items()]


def _pile(one: Taken, address: Address) -> _Pile:
    if one.late:
        return _Pile(address, Level.CATCH_UP, "", "")
    if one.step.level is Level.MANAGEMENT:
        return _Pile(address, Level.MANAGEMENT, "", "")
    return _Pile(address, one.step.level, one.alert.about.department, one.alert.kind)


def _send(pile: _Pile, ones: Sequence[Taken], silenced: Mapping[str, int]) -> Send:
    alerts = {one.alert.id: one.alert for one in ones}
    ordered = sorted(alerts.values(), key=_open_and_worst_first)
    marks = sorted({f"{one.alert.id}/{one.alert.turn}/{one.step.level}" for one in ones})
    return Send(
        id=name_of(str(pile.address), pile.level, *marks),
        level=pile.level,
        receiver=ones[0].step.receiver,
        address=pile.address,
        at=min(one.step.at for one in ones),
        alerts=tuple(alert.id for alert in ordered),
        held=sum(silenced.get(alert, 0) for alert in alerts),
    )


def _open_and_worst_first(alert: Alert) -> tuple[bool, int, datetime, str]:
    return alert.status is Status.RESOLVED, -RANKS[alert.severity], alert.raised, alert.id


def name_of(*parts: str) -> str:
    """Return the idempotency key: it follows from what was decided, so that a repeat carries the same one."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
