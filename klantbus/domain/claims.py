"""What facts say about promises, as the judge keeps it: a fraction of the size of the fact itself.

Instants are microseconds since 1970 UTC, days ordinals, quantities and money `Decimal`. All of it is made
once and never changed. These are classes with slots and no named tuples, which cost more to make, to read and
to hold once they are compiled. What facts report of the world beside is in `reports`.
"""

from decimal import Decimal
from typing import ClassVar, Self

from mypy_extensions import mypyc_attr

from klantbus.domain.events import Cutoff, Importance, PromiseKind, Scope


@mypyc_attr(acyclic=True)
class Claim:
    """What a fact says, or a part of it. `FIELDS` are its fields in the order in which it is made."""

    __slots__ = ()
    FIELDS: ClassVar[tuple[str, ...]] = ()

    def fields(self) -> list[object]:
        """Return all that it says, in order."""
        return [getattr(self, name) for name in type(self).FIELDS]

    def but(self, name: str, value: object) -> Self:
        """Return the same with another value of one field."""
        return type(self)(*[value if one == name else getattr(self, one) for one in type(self).FIELDS])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Claim) and type(self) is type(other) and self.fields() == other.fields()

    def __hash__(self) -> int:
        return hash(tuple(self.fields()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.fields()))})"


@mypyc_attr(acyclic=True)
class Term(Claim):
    """A due: `value` is a day's ordinal, an instant, the window's start, or a number of days or hours."""

    __slots__ = ("calendar", "cutoff", "form", "until", "value")
    FIELDS = ("form", "value", "until", "cutoff", "calendar")

    def __init__(
        self,
        form: str,
        value: int | Decimal,
        until: int = 0,
        cutoff: Cutoff = Cutoff.END_OF_DAY,
        calendar: str | None = None,
    ) -> None:
        self.form = form
        self.value = value
        self.until = until
        self.cutoff = cutoff
        self.calendar = calendar


@mypyc_attr(acyclic=True)
class Line(Claim):
    """So much of one article; `price` is net per unit where a fact states one."""

    __slots__ = ("line_no", "price", "quantity", "sku", "uom")
    FIELDS = ("sku", "uom", "quantity", "line_no", "price")

    def __init__(
        self,
        sku: str,
        uom: str,
        quantity: Decimal,
        line_no: int | None = None,
        price: Decimal | None = None,
    ) -> None:
        self.sku = sku
        self.uom = uom
        self.quantity = quantity
        self.line_no = line_no
        self.price = price


@mypyc_attr(acyclic=True)
class Price(Claim):
    """A promised price of one unit."""

    __slots__ = ("currency", "sku", "unit_net")
    FIELDS = ("sku", "unit_net", "currency")

    def __init__(self, sku: str, unit_net: Decimal, currency: str) -> None:
        self.sku = sku
        self.unit_net = unit_net
        self.currency = currency


@mypyc_attr(acyclic=True)
class Made(Claim):
    """promise.made. `condition` None has none; `must_by` is the instant after which it expires."""

    __slots__ = (
        "amount",
        "as_said",
        "condition",
        "currency",
        "due",
        "early_is_breach",
        "importance",
        "kind",
        "line_no",
        "lines",
        "made_by",
        "must_by",
        "order",
        "parent",
        "performer",
        "prices",
        "promise_id",
        "requested",
        "scope",
        "supersedes",
        "topic",
        "value",
    )
    FIELDS = (
        *(
            "promise_id",
            "kind",
            "scope",
            "made_by",
            "performer",
            "as_said",
            "order",
            "line_no",
            "topic",
            "lines",
            "prices",
            "due",
        ),
        *(
            "requested",
            "condition",
            "must_by",
            "parent",
            "supersedes",
            "value",
            "amount",
            "currency",
            "importance",
        ),
        "early_is_breach",
    )

    def __init__(  # noqa: PLR0913, PLR0917  a fact has as many fields
        self,
        promise_id: str,
        kind: PromiseKind,
        scope: Scope,
        made_by: str,
        performer: str,
        as_said: str,
        order: str | None,
        line_no: int | None,
        topic: str | None,
        lines: tuple[Line, ...],
        prices: tuple[Price, ...],
        due: Term | None,
        requested: Term | None,
        condition: str | None,
        must_by: int | None,
        parent: str | None,
        supersedes: str | None,
        value: Decimal | None,
        amount: Decimal | None,
        currency: str | None,
        importance: Importance,
        early_is_breach: bool,  # noqa: FBT001  a fact, no switch
    ) -> None:
        self.promise_id = promise_id
        self.kind = kind
        self.scope = scope
        self.made_by = made_by
        self.performer = performer
        self.as_said = as_said
        self.order = order
        self.line_no = line_no
        self.topic = topic
        self.lines = lines
        self.prices = prices
        self.due = due
        self.requested = requested
        self.condition = condition
        self.must_by = must_by
        self.parent = parent
        self.supersedes = supersedes
        self.value = value
        self.amount = amount
        self.currency = currency
        self.importance = importance
        self.early_is_breach = early_is_breach


@mypyc_attr(acyclic=True)
class Step(Claim):
    """Something about a promise that says no more than which: accepted, declined, resumed, fulfilled, ..."""

    __slots__ = ("promise_id",)
    FIELDS = ("promise_id",)

    def __init__(self, promise_id: str) -> None:
        self.promise_id = promise_id


@mypyc_attr(acyclic=True)
class Moved(Claim):
    """promise.rescheduled."""

    __slots__ = ("agreed", "by_calendar", "due", "promise_id")
    FIELDS = ("promise_id", "due", "agreed", "by_calendar")

    def __init__(
        self,
        promise_id: str,
        due: Term | None,
        agreed: bool,  # noqa: FBT001  a fact, no switch
        by_calendar: bool,  # noqa: FBT001  a fact, no switch
    ) -> None:
        self.promise_id = promise_id
        self.due = due
        self.agreed = agreed
        self.by_calendar = by_calendar


@mypyc_attr(acyclic=True)
class Ended(Claim):
    """promise.cancelled, promise.released, promise.closed_short."""

    __slots__ = ("consent", "promise_id")
    FIELDS = ("promise_id", "consent")

    def __init__(
        self,
        promise_id: str,
        consent: bool,  # noqa: FBT001  a fact, no switch
    ) -> None:
        self.promise_id = promise_id
        self.consent = consent


@mypyc_attr(acyclic=True)
class Link(Claim):
    """evidence.linked, evidence.unlinked."""

    __slots__ = ("evidence_id", "promise_id")
    FIELDS = ("evidence_id", "promise_id")

    def __init__(self, evidence_id: str, promise_id: str) -> None:
        self.evidence_id = evidence_id
        self.promise_id = promise_id
