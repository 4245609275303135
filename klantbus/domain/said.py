"""What the judge keeps of a fact: plain frozen tuples, a fraction of the size of the fact itself.

Instants are microseconds since 1970 UTC, days ordinals, quantities and money `Decimal`. A `Known` sorts by
(time, rank, published, id), the order of RULES 2; the rank only breaks ties at one instant: a promise is
made before anything else happens to it, and it ends after the evidence of that instant (RULES 7, guards).
"""

from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from klantbus.domain.events import (
    Cutoff,
    DeliveryKind,
    DeliveryTrouble,
    Direction,
    Importance,
    PromiseKind,
    Scope,
)

Place: TypeAlias = tuple[int, int, int, str]
"""A fact's place in the order of the world: time, rank, publication and id."""


class Term(NamedTuple):
    """A due: `value` is a day's ordinal, an instant, the window's start, or a number of days or hours."""

    form: str
    value: int | Decimal
    until: int = 0
    cutoff: Cutoff = Cutoff.END_OF_DAY
    calendar: str | None = None


class Line(NamedTuple):
    """So much of one article; `price` is net per unit where a fact states one."""

    sku: str
    uom: str
    quantity: Decimal
    line_no: int | None = None
    price: Decimal | None = None


class Price(NamedTuple):
    """A promised price of one unit."""

    sku: str
    unit_net: Decimal
    currency: str


class Made(NamedTuple):
    """promise.made. `condition` None has none; `must_by` is the instant after which it expires."""

    promise_id: str
    kind: PromiseKind
    scope: Scope
    made_by: str
    performer: str
    as_said: str
    order: str | None
    line_no: int | None
    topic: str | None
    lines: tuple[Line, ...]
    prices: tuple[Price, ...]
    due: Term | None
    requested: Term | None
    condition: str | None
    must_by: int | None
    parent: str | None
    supersedes: str | None
    value: Decimal | None
    amount: Decimal | None
    currency: str | None
    importance: Importance
    early_is_breach: bool


class Step(NamedTuple):
    """Something about a promise that says no more than which: accepted, declined, resumed, fulfilled, ..."""

    promise_id: str


class Moved(NamedTuple):
    """promise.rescheduled."""

    promise_id: str
    due: Term | None
    agreed: bool
    by_calendar: bool


class Ended(NamedTuple):
    """promise.cancelled, promise.released, promise.closed_short."""

    promise_id: str
    consent: bool


class Link(NamedTuple):
    """evidence.linked, evidence.unlinked."""

    evidence_id: str
    promise_id: str


class Contact(NamedTuple):
    """contact.logged."""

    direction: Direction
    reached: bool
    topic: str | None
    order: str | None
    promise_ids: tuple[str, ...]


class Planned(NamedTuple):
    """delivery.planned, and delivery.dispatched by its eta."""

    delivery_id: str | None
    order: str | None
    kind: DeliveryKind
    until: int | None
    promise_ids: tuple[str, ...]


class Delivered(NamedTuple):
    """delivery.completed, delivery.failed and delivery.returned (`trouble` says why of the latter two)."""

    delivery_id: str | None
    order: str | None
    kind: DeliveryKind
    lines: tuple[Line, ...]
    promise_ids: tuple[str, ...]
    trouble: DeliveryTrouble | None


class Document(NamedTuple):
    """document.sent."""

    topic: str | None
    order: str | None
    promise_ids: tuple[str, ...]


class Invoiced(NamedTuple):
    """invoice.issued."""

    invoice_no: str
    order: str | None
    lines: tuple[Line, ...]
    total: Decimal | None
    currency: str
    prepayment: bool


class Credited(NamedTuple):
    """invoice.credited."""

    invoice_no: str
    lines: tuple[Line, ...]
    total: Decimal | None
    currency: str
    promise_ids: tuple[str, ...]


class Paid(NamedTuple):
    """payment.received."""

    invoice_no: str | None
    amount: Decimal
    currency: str
    promise_ids: tuple[str, ...]


class Chance(NamedTuple):
    """opportunity.signalled, opportunity.picked_up, opportunity.closed."""

    opportunity_id: str


class Scored(NamedTuple):
    """satisfaction.recorded."""

    score: int


class Complaint(NamedTuple):
    """complaint.opened, complaint.closed."""

    complaint_id: str


class Merged(NamedTuple):
    """customer.merged, customer.unmerged."""

    origin: str
    into: str


class Mended(NamedTuple):
    """event.corrected (`changes` holds pairs of field and JSON text) and event.retracted (none)."""

    target: str
    changes: tuple[tuple[str, str], ...]


class Other(NamedTuple):
    """A fact without consequence for a promise."""


Said: TypeAlias = (
    Made
    | Step
    | Moved
    | Ended
    | Link
    | Contact
    | Planned
    | Delivered
    | Document
    | Invoiced
    | Credited
    | Paid
    | Chance
    | Scored
    | Complaint
    | Merged
    | Mended
    | Other
)


class Known:
    """A fact as the judge knows it. The first four fields are its place in the order of the world.

    `told` is when the log got what it says now: the publication, or that of the latest correction. No named
    tuple, for every rule reads it, but never changed either.
    """

    __slots__ = ("id", "published", "rank", "ref", "said", "source", "subject", "time", "told", "type")

    def __init__(  # noqa: PLR0913, PLR0917  an envelope has as many fields
        self,
        time: int,
        rank: int,
        published: int,
        id: str,  # noqa: A002  what it is called everywhere
        type: str,  # noqa: A002  the same
        source: str,
        subject: str,
        ref: str | None,
        said: Said,
        told: int,
    ) -> None:
        self.time = time
        self.rank = rank
        self.published = published
        self.id = id
        self.type = type
        self.source = source
        self.subject = subject
        self.ref = ref
        self.said = said
        self.told = told

    @property
    def department(self) -> str:
        """The department that stated it."""
        return self.source.split("/", 2)[1]

    def mended(self, time: int, said: Said, told: int) -> "Known":
        """Return the fact as it should have been, known since `told`."""
        rank, published, kind, source = self.rank, self.published, self.type, self.source
        return Known(time, rank, published, self.id, kind, source, self.subject, self.ref, said, told)

    def in_words(self) -> str:
        """Return all of it as text: equal for equal facts."""
        place, origin = place_of(self), (self.type, self.source, self.subject, self.ref)
        return repr((place, origin, self.said, self.told))

    def comes_before(self, other: "Known") -> bool:
        """Return whether it comes before another in the order of the world."""
        if self.time != other.time:
            return self.time < other.time
        return place_of(self) < place_of(other)


def place_of(known: Known) -> Place:
    """Return a fact's place in the order of the world (RULES 2): what facts are sorted by."""
    return (known.time, known.rank, known.published, known.id)


RANKS: Final = {"promise.made": 0, "promise.cancelled": 2, "promise.released": 2, "promise.closed_short": 2}
"""What comes first and last at one instant; everything else is 1."""
