"""What the judge decides: verdicts on promises and edges of alerts, each with its time and its why."""

from decimal import Decimal
from typing import NamedTuple, TypeAlias

from klantbus.domain.events import Flag, PromiseState, Severity
from klantbus.domain.said import Made


class Reason(NamedTuple):
    """A fact that a decision stands on (None: time alone) and the rule's number in RULES."""

    event_id: str | None
    rule: str


class Counted(NamedTuple):
    """How far one line of a promise is: quantities in `uom`; `sku` is empty for a promise without lines."""

    sku: str
    uom: str
    promised: Decimal
    fulfilled: Decimal

    @property
    def percent(self) -> int:
        """0 to 100, rounded down, so that 100 means all of it."""
        if not self.promised:
            return 100 if self.fulfilled else 0
        return int(100 * self.fulfilled / self.promised)


class Proof(NamedTuple):
    """So much of a fact counts for a line of a promise, by a tier of RULES 7."""

    event_id: str
    time: int
    tier: str
    sku: str
    quantity: Decimal


class Sight(NamedTuple):
    """A promise as it stands when something is said of it. Instants are µs; None is "not (yet)"."""

    said: Made
    made_event: str
    made_at: int
    accepted_at: int | None
    start: int | None
    warn: int | None
    due: int | None
    grace: int | None
    original_due: int | None
    requested_due: int | None
    planned: int | None
    done_at: int | None
    ended_at: int | None
    consent: bool | None
    revision: int
    breach_count: int
    calendar: str | None
    calendar_version: int | None
    lines: tuple[Counted, ...]
    evidence: tuple[Proof, ...]
    conflicts: tuple[str, ...]


class Verdict(NamedTuple):
    """Something of what a promise is, or why, changed. `cause` is the fact that did it, None for time."""

    at: int
    customer: str
    promise_id: str
    previous: PromiseState | None
    state: PromiseState
    flags: tuple[Flag, ...]
    cause: str | None
    why: tuple[Reason, ...]
    sight: Sight | None

    @property
    def cause_key(self) -> str:
        """The same for the same decision, however often and by whom it is taken."""
        flags = ",".join(self.flags)
        return f"verdict|{self.customer}|{self.promise_id}|{self.state}|{flags}|{self.at}|{self.cause or ''}"


class Edge(NamedTuple):
    """An alert was raised or resolved. `key` with `kind` is its fingerprint (RULES 8, 11)."""

    at: int
    edge: str
    kind: str
    key: str
    severity: Severity
    customer: str
    cause: str | None
    promise_id: str | None
    event_id: str | None
    reason: str
    lag: int | None
    why: tuple[Reason, ...]
    sight: Sight | None
    promise_ids: tuple[str, ...]
    departments: tuple[str, ...] = ()
    """Of a conflict: who made the two promises."""

    @property
    def cause_key(self) -> str:
        """The same for the same decision, however often and by whom it is taken."""
        return f"alert|{self.edge}|{self.kind}|{self.key}|{self.customer}|{self.at}|{self.cause or ''}"


Decision: TypeAlias = Verdict | Edge
