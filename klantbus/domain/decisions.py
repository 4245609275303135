"""What the judge decides: verdicts on promises and edges of alerts, each with its time and its why.

As in `sights`, all of it is made once and never changed, and no named tuple.
"""

from typing import Any, TypeAlias

from mypy_extensions import mypyc_attr

from klantbus.domain.events import Flag, PromiseState, Severity
from klantbus.domain.sights import Counted, Proof, Sight

__all__ = ["Counted", "Decision", "Edge", "Proof", "Reason", "Sight", "Verdict"]


@mypyc_attr(acyclic=True)
class Reason:
    """A fact that a decision stands on (None: time alone) and the rule's number in RULES."""

    __slots__ = ("event_id", "rule")

    def __init__(self, event_id: str | None, rule: str) -> None:
        self.event_id = event_id
        self.rule = rule

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reason) and self.event_id == other.event_id and self.rule == other.rule

    def __hash__(self) -> int:
        return hash((self.event_id, self.rule))

    def __repr__(self) -> str:
        return f"Reason({self.event_id!r}, {self.rule!r})"


@mypyc_attr(acyclic=True)
class Verdict:
    """Something of what a promise is, or why, changed. `cause` is the fact that did it, None for time."""

    __slots__ = ("at", "cause", "customer", "flags", "previous", "promise_id", "sight", "state", "why")

    def __init__(  # noqa: PLR0913, PLR0917  a verdict says as much
        self,
        at: int,
        customer: str,
        promise_id: str,
        previous: PromiseState | None,
        state: PromiseState,
        flags: tuple[Flag, ...],
        cause: str | None,
        why: tuple[Reason, ...],
        sight: Sight | None,
    ) -> None:
        self.at = at
        self.customer = customer
        self.promise_id = promise_id
        self.previous = previous
        self.state = state
        self.flags = flags
        self.cause = cause
        self.why = why
        self.sight = sight

    @property
    def cause_key(self) -> str:
        """The same for the same decision, however often and by whom it is taken."""
        flags = ",".join(self.flags)
        return f"verdict|{self.customer}|{self.promise_id}|{self.state}|{flags}|{self.at}|{self.cause or ''}"

    def told(self) -> tuple[Any, ...]:
        """Return all that it says, but for when."""
        subject = (self.customer, self.promise_id, self.previous, self.state)
        return (*subject, self.flags, self.cause, self.why, self.sight)

    def dated(self, at: int) -> "Verdict":
        """Return the same, decided at `at`."""
        return Verdict(at, *self.told())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdict) and self.at == other.at and self.told() == other.told()

    def __hash__(self) -> int:
        return hash((self.at, self.told()))


@mypyc_attr(acyclic=True)
class Edge:
    """An alert was raised or resolved. `key` with `kind` is its fingerprint (RULES 8, 11).

    `departments`, of a conflict: who made the two promises.
    """

    __slots__ = (
        "at",
        "cause",
        "customer",
        "departments",
        "edge",
        "event_id",
        "key",
        "kind",
        "lag",
        "promise_id",
        "promise_ids",
        "reason",
        "severity",
        "sight",
        "why",
    )

    def __init__(  # noqa: PLR0913, PLR0917  an edge says as much
        self,
        at: int,
        edge: str,
        kind: str,
        key: str,
        severity: Severity,
        customer: str,
        cause: str | None,
        promise_id: str | None,
        event_id: str | None,
        reason: str,
        lag: int | None,
        why: tuple[Reason, ...],
        sight: Sight | None,
        promise_ids: tuple[str, ...],
        departments: tuple[str, ...] = (),
    ) -> None:
        self.at = at
        self.edge = edge
        self.kind = kind
        self.key = key
        self.severity = severity
        self.customer = customer
        self.cause = cause
        self.promise_id = promise_id
        self.event_id = event_id
        self.reason = reason
        self.lag = lag
        self.why = why
        self.sight = sight
        self.promise_ids = promise_ids
        self.departments = departments

    @property
    def cause_key(self) -> str:
        """The same for the same decision, however often and by whom it is taken."""
        return f"alert|{self.edge}|{self.kind}|{self.key}|{self.customer}|{self.at}|{self.cause or ''}"

    def told(self) -> tuple[Any, ...]:
        """Return all that it says, but for when."""
        return (
            *(self.edge, self.kind, self.key, self.severity, self.customer, self.cause, self.promise_id),
            *(self.event_id, self.reason, self.lag, self.why, self.sight, self.promise_ids),
            self.departments,
        )

    def dated(self, at: int) -> "Edge":
        """Return the same, decided at `at`."""
        return Edge(at, *self.told())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edge) and self.at == other.at and self.told() == other.told()

    def __hash__(self) -> int:
        return hash((self.at, self.told()))


Decision: TypeAlias = Verdict | Edge
