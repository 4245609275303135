"""What the alerter thinks in: edges and answers come in, alerts stand, sends go out. Frozen; times aware.

Edge, Answer --learn--> Alert --plan--> Send --compose--> Letter --channel--> a person
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from alerts.words import AnswerWord, EdgeWord, Level, Status
from klantbus.domain.events import Severity

Fingerprint = tuple[str, str]
"""(kind, key): one open alert for each (RULES 8)."""


@dataclass(frozen=True, slots=True)
class Short:
    """What one line of a promise lacks: `left` of `promised`, as decimal text in units of `uom`."""

    left: str
    promised: str
    uom: str
    sku: str


@dataclass(frozen=True, slots=True)
class About:
    """What a message needs to know of the matter; texts are customers' words and never enter a log line.

    department     who must act: the performer, or the department that published (or did not)
    promise_kind   callback, delivery, ...: says whose facts would be the evidence
    parent         the promise that this hand-off serves
    cause          the alert it follows from, as "kind:key" (promise.overdue:h1)
    missing        what a promise kept in part still lacks
    lag_minutes    how late a fact was told, in business minutes
    """

    department: str
    made_by: str = ""
    also: tuple[str, ...] = ()
    customer: str = ""
    promise: str = ""
    promise_kind: str = ""
    parent: str = ""
    cause: str = ""
    account_owner: str = ""
    due: datetime | None = None
    as_said: str = ""
    note: str = ""
    missing: tuple[Short, ...] = ()
    lag_minutes: int | None = None
    why: tuple[str, ...] = ()

    @property
    def cause_key(self) -> str:
        """Return the key of the alert it follows from, or nothing."""
        return self.cause.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Edge:
    """The judge raised or resolved something at a logical instant. `id` is the event's: a repeat is seen."""

    id: str
    alert: str
    word: EdgeWord
    kind: str
    key: str
    at: datetime
    about: About
    severity: Severity = Severity.WARNING
    reason: str = ""

    @property
    def fingerprint(self) -> Fingerprint:
        """Return (kind, key)."""
        return self.kind, self.key


@dataclass(frozen=True, slots=True)
class Answer:
    """A person answered. `owner` is who takes it on; `until` and `note` go with a snooze."""

    id: str
    word: AnswerWord
    alert: str
    at: datetime
    by: str
    owner: str = ""
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Care:
    """Who looks after a customer: the account owner, by a pseudonymous number."""

    id: str
    customer: str
    owner: str


Said = Edge | Answer | Care
"""What the log tells the alerter."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person must know, decided once.

    raised    the logical instant of the raising edge
    base      the instant its ladder counts from; a group climbs together, so it is the group's opening
    turn      counts how often the ladder started anew (a lift, a rise in severity, an answer)
    decided   the steps taken in this turn, as "level receiver"
    told      the receivers who heard of it, in any turn: they get the resolution
    unheard   where its ladder stood when it ended before anybody was told: nobody was there to tell (N11)
    """

    id: str
    kind: str
    key: str
    severity: Severity
    status: Status
    raised: datetime
    base: datetime
    about: About
    turn: int = 0
    owner: str = ""
    assigned_by: str = ""
    until: datetime | None = None
    held_by: str = ""
    resolved: datetime | None = None
    reason: str = ""
    decided: frozenset[str] = field(default=frozenset())
    told: frozenset[str] = field(default=frozenset())
    unheard: datetime | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """Return (kind, key)."""
        return self.kind, self.key

    @property
    def is_critical(self) -> bool:
        """Return whether it goes out at any hour."""
        return self.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of one alert for one receiver: `at` is its logical instant, `due` when it may be handed over."""

    level: Level
    receiver: str
    at: datetime
    due: datetime

    @property
    def mark(self) -> str:
        """Return the name under which it is remembered as taken."""
        return f"{self.level} {self.receiver}"


@dataclass(frozen=True, slots=True)
class Rise:
    """An alert that went up to a rung, at a logical instant: the bus is told, once for each turn and rung."""

    alert: str
    turn: int
    level: Level
    at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel delivers: `channel` is mail, slack, teams, webhook, file, console or apprise."""

    channel: str
    to: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.to}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address as `departments.toml` writes it: mail:desk@company.example."""
        channel, _, to = text.partition(":")
        return cls(channel, to)


@dataclass(frozen=True, slots=True)
class Send:
    """One message to one address, decided. `id` follows from what was decided: it is the idempotency key."""

    id: str
    level: Level
    receiver: str
    address: Address
    at: datetime
    alerts: tuple[str, ...]
    held: int = 0
