"""What is said of a promise beside its state: its moments, how far it is, and by which evidence.

All of it is made once and never changed. These are classes with slots and no named tuples: they are made and
read several times for every fact, which a named tuple does at twice the price, compiled at five times.
"""

from decimal import Decimal
from typing import cast

from mypy_extensions import mypyc_attr

from klantbus.domain.calendar import Calendar
from klantbus.domain.rules import Clock
from klantbus.domain.said import Known, Made


@mypyc_attr(acyclic=True)
class Counted:
    """How far one line of a promise is: quantities in `uom`; `sku` is empty for a promise without lines."""

    __slots__ = ("fulfilled", "promised", "sku", "uom")

    def __init__(self, sku: str, uom: str, promised: Decimal, fulfilled: Decimal) -> None:
        self.sku = sku
        self.uom = uom
        self.promised = promised
        self.fulfilled = fulfilled

    @property
    def percent(self) -> int:
        """0 to 100, rounded down, so that 100 means all of it."""
        if not self.promised:
            return 100 if self.fulfilled else 0
        return int(100 * self.fulfilled / self.promised)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Counted)
            and self.fulfilled == other.fulfilled
            and self.promised == other.promised
            and self.sku == other.sku
            and self.uom == other.uom
        )

    def __hash__(self) -> int:
        return hash((self.sku, self.uom, self.promised, self.fulfilled))


@mypyc_attr(acyclic=True)
class Proof:
    """So much of a fact counts for a line of a promise, by a tier of RULES 7."""

    __slots__ = ("event_id", "quantity", "sku", "tier", "time")

    def __init__(self, event_id: str, time: int, tier: str, sku: str, quantity: Decimal) -> None:
        self.event_id = event_id
        self.time = time
        self.tier = tier
        self.sku = sku
        self.quantity = quantity

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Proof)
            and self.event_id == other.event_id
            and self.quantity == other.quantity
            and self.sku == other.sku
            and self.tier == other.tier
            and self.time == other.time
        )

    def __hash__(self) -> int:
        return hash((self.event_id, self.sku, self.quantity))


@mypyc_attr(acyclic=True)
class Sight:
    """A promise as it stands when something is said of it. Instants are µs; None is "not (yet)"."""

    __slots__ = (
        "accepted_at",
        "breach_count",
        "clock",
        "conflicts",
        "consent",
        "done_at",
        "ended_at",
        "evidence",
        "lines",
        "made",
        "original_due",
        "planned",
        "reckoned_by",
        "requested_due",
        "revision",
        "start",
    )

    def __init__(  # noqa: PLR0913, PLR0917  a promise has as many sides
        self,
        made: Known,
        accepted_at: int | None,
        start: int | None,
        clock: Clock | None,
        original_due: int | None,
        requested_due: int | None,
        planned: int | None,
        done_at: int | None,
        ended_at: int | None,
        consent: bool | None,  # noqa: FBT001  a fact, no switch
        revision: int,
        breach_count: int,
        reckoned_by: Calendar | None,
        lines: tuple[Counted, ...],
        evidence: tuple[Proof, ...],
        conflicts: tuple[str, ...],
    ) -> None:
        self.made = made
        self.accepted_at = accepted_at
        self.start = start
        self.clock = clock
        self.original_due = original_due
        self.requested_due = requested_due
        self.planned = planned
        self.done_at = done_at
        self.ended_at = ended_at
        self.consent = consent
        self.revision = revision
        self.breach_count = breach_count
        self.reckoned_by = reckoned_by
        self.lines = lines
        self.evidence = evidence
        self.conflicts = conflicts

    @property
    def said(self) -> Made:
        """What was promised."""
        return cast("Made", self.made.said)

    @property
    def made_event(self) -> str:
        """The fact by which it was made."""
        return self.made.id

    @property
    def made_at(self) -> int:
        """When it was made."""
        return self.made.time

    @property
    def warn(self) -> int | None:
        """W."""
        return None if self.clock is None else self.clock.warn

    @property
    def due(self) -> int | None:
        """D."""
        return None if self.clock is None else self.clock.last

    @property
    def grace(self) -> int | None:
        """G."""
        return None if self.clock is None else self.clock.grace

    @property
    def calendar(self) -> str | None:
        """The calendar it was reckoned with."""
        return None if self.reckoned_by is None else self.reckoned_by.id

    @property
    def calendar_version(self) -> int | None:
        """That calendar's version."""
        return None if self.reckoned_by is None else self.reckoned_by.version

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Sight)
            and self.done_at == other.done_at
            and self.accepted_at == other.accepted_at
            and self.planned == other.planned
            and self._goes_as(other)
            and self.lines == other.lines
            and self.evidence == other.evidence
            and self.conflicts == other.conflicts
            and self._stands_as(other)
        )

    def _goes_as(self, other: "Sight") -> bool:
        """Return whether the clock runs alike, and no more was moved or ended."""
        return (
            self.revision == other.revision
            and self.breach_count == other.breach_count
            and self.ended_at == other.ended_at
            and self.consent == other.consent
            and self.start == other.start
            and (
                self.clock is other.clock
                or (self.warn == other.warn and self.due == other.due and self.grace == other.grace)
            )
        )

    def _stands_as(self, other: "Sight") -> bool:
        """Return whether the same was promised, in the first place too, by the same calendar."""
        return (
            self.original_due == other.original_due
            and self.requested_due == other.requested_due
            and self.calendar == other.calendar
            and self.calendar_version == other.calendar_version
            and (
                self.made is other.made
                or (
                    self.made_event == other.made_event
                    and self.made_at == other.made_at
                    and self.said == other.said
                )
            )
        )

    def __hash__(self) -> int:
        return hash((self.made_event, self.revision, self.done_at, self.accepted_at))
