"""What facts report of the world, as the judge keeps it: calls, goods, money and the like; see `claims`."""

from decimal import Decimal

from mypy_extensions import mypyc_attr

from klantbus.domain.claims import Claim, Line
from klantbus.domain.events import DeliveryKind, DeliveryTrouble, Direction


@mypyc_attr(acyclic=True)
class Contact(Claim):
    """contact.logged."""

    __slots__ = ("direction", "order", "promise_ids", "reached", "topic")
    FIELDS = ("direction", "reached", "topic", "order", "promise_ids")

    def __init__(
        self,
        direction: Direction,
        reached: bool,  # noqa: FBT001  a fact, no switch
        topic: str | None,
        order: str | None,
        promise_ids: tuple[str, ...],
    ) -> None:
        self.direction = direction
        self.reached = reached
        self.topic = topic
        self.order = order
        self.promise_ids = promise_ids


@mypyc_attr(acyclic=True)
class Planned(Claim):
    """delivery.planned, and delivery.dispatched by its eta."""

    __slots__ = ("delivery_id", "kind", "order", "promise_ids", "until")
    FIELDS = ("delivery_id", "order", "kind", "until", "promise_ids")

    def __init__(
        self,
        delivery_id: str | None,
        order: str | None,
        kind: DeliveryKind,
        until: int | None,
        promise_ids: tuple[str, ...],
    ) -> None:
        self.delivery_id = delivery_id
        self.order = order
        self.kind = kind
        self.until = until
        self.promise_ids = promise_ids


@mypyc_attr(acyclic=True)
class Delivered(Claim):
    """delivery.completed, delivery.failed and delivery.returned (`trouble` says why of the latter two)."""

    __slots__ = ("delivery_id", "kind", "lines", "order", "promise_ids", "trouble")
    FIELDS = ("delivery_id", "order", "kind", "lines", "promise_ids", "trouble")

    def __init__(
        self,
        delivery_id: str | None,
        order: str | None,
        kind: DeliveryKind,
        lines: tuple[Line, ...],
        promise_ids: tuple[str, ...],
        trouble: DeliveryTrouble | None,
    ) -> None:
        self.delivery_id = delivery_id
        self.order = order
        self.kind = kind
        self.lines = lines
        self.promise_ids = promise_ids
        self.trouble = trouble


@mypyc_attr(acyclic=True)
class Document(Claim):
    """document.sent."""

    __slots__ = ("order", "promise_ids", "topic")
    FIELDS = ("topic", "order", "promise_ids")

    def __init__(self, topic: str | None, order: str | None, promise_ids: tuple[str, ...]) -> None:
        self.topic = topic
        self.order = order
        self.promise_ids = promise_ids


@mypyc_attr(acyclic=True)
class Invoiced(Claim):
    """invoice.issued."""

    __slots__ = ("currency", "invoice_no", "lines", "order", "prepayment", "total")
    FIELDS = ("invoice_no", "order", "lines", "total", "currency", "prepayment")

    def __init__(
        self,
        invoice_no: str,
        order: str | None,
        lines: tuple[Line, ...],
        total: Decimal | None,
        currency: str,
        prepayment: bool,  # noqa: FBT001  a fact, no switch
    ) -> None:
        self.invoice_no = invoice_no
        self.order = order
        self.lines = lines
        self.total = total
        self.currency = currency
        self.prepayment = prepayment


@mypyc_attr(acyclic=True)
class Credited(Claim):
    """invoice.credited."""

    __slots__ = ("currency", "invoice_no", "lines", "promise_ids", "total")
    FIELDS = ("invoice_no", "lines", "total", "currency", "promise_ids")

    def __init__(
        self,
        invoice_no: str,
        lines: tuple[Line, ...],
        total: Decimal | None,
        currency: str,
        promise_ids: tuple[str, ...],
    ) -> None:
        self.invoice_no = invoice_no
        self.lines = lines
        self.total = total
        self.currency = currency
        self.promise_ids = promise_ids


@mypyc_attr(acyclic=True)
class Paid(Claim):
    """payment.received."""

    __slots__ = ("amount", "currency", "invoice_no", "promise_ids")
    FIELDS = ("invoice_no", "amount", "currency", "promise_ids")

    def __init__(
        self,
        invoice_no: str | None,
        amount: Decimal,
        currency: str,
        promise_ids: tuple[str, ...],
    ) -> None:
        self.invoice_no = invoice_no
        self.amount = amount
        self.currency = currency
        self.promise_ids = promise_ids


@mypyc_attr(acyclic=True)
class Chance(Claim):
    """opportunity.signalled, opportunity.picked_up, opportunity.closed."""

    __slots__ = ("opportunity_id",)
    FIELDS = ("opportunity_id",)

    def __init__(self, opportunity_id: str) -> None:
        self.opportunity_id = opportunity_id


@mypyc_attr(acyclic=True)
class Scored(Claim):
    """satisfaction.recorded."""

    __slots__ = ("score",)
    FIELDS = ("score",)

    def __init__(self, score: int) -> None:
        self.score = score


@mypyc_attr(acyclic=True)
class Complaint(Claim):
    """complaint.opened, complaint.closed."""

    __slots__ = ("complaint_id",)
    FIELDS = ("complaint_id",)

    def __init__(self, complaint_id: str) -> None:
        self.complaint_id = complaint_id


@mypyc_attr(acyclic=True)
class Merged(Claim):
    """customer.merged, customer.unmerged."""

    __slots__ = ("into", "origin")
    FIELDS = ("origin", "into")

    def __init__(self, origin: str, into: str) -> None:
        self.origin = origin
        self.into = into


@mypyc_attr(acyclic=True)
class Mended(Claim):
    """event.corrected (`changes` holds pairs of field and JSON text) and event.retracted (none)."""

    __slots__ = ("changes", "target")
    FIELDS = ("target", "changes")

    def __init__(self, target: str, changes: tuple[tuple[str, str], ...]) -> None:
        self.target = target
        self.changes = changes


@mypyc_attr(acyclic=True)
class Other(Claim):
    """A fact without consequence for a promise."""

    __slots__ = ()
