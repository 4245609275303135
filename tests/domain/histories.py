"""Histories for Hypothesis: few customers, few promises, orders and articles, so that everything collides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.calendar import Calendar
from klantbus.domain.micros import micros
from klantbus.domain.rules import Calendars, Rules

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
CALENDAR = Calendar.from_settings(
    {"open": {"mon-fri": ["08:30-12:00", "12:30-17:00"], "sat": ["10:00-13:00"]}}
)
RULES = Rules(Calendars(CALENDAR))
CUSTOMERS = ("C1", "C2", "C3")
DEPARTMENTS = ("sales", "logistics", "service", "finance")


class Told(NamedTuple):
    """A fact and when the log got it."""

    fact: e.Fact
    published: int


def pick(*choices: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


promise_ids = pick("p1", "p2", "p3", "p4", "p5")
orders = pick("O1", "O2", None)
skus = pick("A", "B")
topics = pick("quote", "price", None)
quantities = pick(Decimal(5), Decimal(10), Decimal("2.5"), Decimal(0))
units = pick("pcs", "pcs", "pcs", "st", "box", "blorp")
event_ids = st.integers(1, 30).map("e{}".format)
steps = st.integers(0, 20 * 24 * 4)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    return START + timedelta(minutes=15 * draw(steps))


dues = st.one_of(
    st.none(),
    st.builds(e.DueAt, at=moments()),
    st.builds(
        e.DueDate,
        date=st.integers(-3, 20).map(lambda days: (START + timedelta(days)).date()),
        cutoff=st.sampled_from(e.Cutoff),
    ),
    st.builds(lambda at: e.DueWindow(from_=at, to=at + timedelta(hours=4)), moments()),
    st.builds(e.DueWorkingDays, working_days=st.integers(0, 6)),
    st.builds(e.DueBusinessHours, business_hours=pick(Decimal("0.5"), Decimal(4), Decimal(20))),
)
lines = st.lists(
    st.builds(e.DeliveredLine, sku=skus, uom=units, quantity=quantities, line_no=pick(None, 1, 2)), max_size=2
).map(tuple)
promised = st.lists(st.builds(e.PromisedLine, sku=skus, uom=units, quantity=quantities), max_size=2).map(
    tuple
)
prices = st.lists(
    st.builds(
        e.PromisedPrice,
        sku=skus,
        unit_net=pick(Decimal(95), Decimal(100)),
        currency=pick("EUR", "EUR", "USD"),
    ),
    max_size=2,
).map(tuple)
invoiced = st.lists(
    st.builds(e.InvoicedLine, sku=skus, quantity=quantities, unit_net=pick(None, Decimal(95), Decimal(105))),
    max_size=2,
).map(tuple)
names = st.lists(promise_ids, max_size=2, unique=True).map(tuple)
conditions = st.one_of(
    st.none(), st.none(), st.builds(e.Condition, must_be_met_by=st.one_of(st.none(), moments()))
)

payloads: dict[type[e.Payload], st.SearchStrategy[Any]] = {
    e.PromiseMade: st.builds(
        e.PromiseMade,
        promise_id=promise_ids,
        kind=st.sampled_from([*e.PromiseKind, e.PromiseKind.DELIVERY, e.PromiseKind.DELIVERY]),
        scope=pick(e.Scope.EXTERNAL, e.Scope.EXTERNAL, e.Scope.INTERNAL),
        made_by=pick("sales", "service"),
        performer=pick("sales", "logistics"),
        order_ref=orders,
        line_no=pick(None, 1, 2),
        topic=pick("quote", "delivery.completed", None),
        lines=promised,
        prices=prices,
        due=dues,
        condition=conditions,
        parent_promise_id=st.one_of(st.none(), promise_ids),
        supersedes=st.one_of(st.none(), st.none(), promise_ids),
        value=pick(None, Decimal(50), Decimal(20000)),
        amount=pick(None, Decimal(100), Decimal(1000)),
        currency=pick(None, "EUR", "USD"),
        importance=st.sampled_from(e.Importance),
        early_is_breach=st.booleans(),
    ),
    e.PromiseAccepted: st.builds(e.PromiseAccepted, promise_id=promise_ids),
    e.PromiseDeclined: st.builds(e.PromiseDeclined, promise_id=promise_ids),
    e.PromiseRescheduled: st.builds(
        e.PromiseRescheduled, promise_id=promise_ids, due=dues, agreed=st.booleans()
    ),
    e.PromisePaused: st.builds(e.PromisePaused, promise_id=promise_ids),
    e.PromiseResumed: st.builds(e.PromiseResumed, promise_id=promise_ids),
    e.PromiseConditionMet: st.builds(e.PromiseConditionMet, promise_id=promise_ids),
    e.PromiseCancelled: st.builds(e.PromiseCancelled, promise_id=promise_ids, consent=st.booleans()),
    e.PromiseReleased: st.builds(e.PromiseReleased, promise_id=promise_ids),
    e.PromiseClosedShort: st.builds(e.PromiseClosedShort, promise_id=promise_ids),
    e.PromiseFulfilled: st.builds(e.PromiseFulfilled, promise_id=promise_ids),
    e.PromiseRiskReported: st.builds(e.PromiseRiskReported, promise_id=promise_ids),
    e.EvidenceLinked: st.builds(e.EvidenceLinked, evidence_event_id=event_ids, promise_id=promise_ids),
    e.EvidenceUnlinked: st.builds(e.EvidenceUnlinked, evidence_event_id=event_ids, promise_id=promise_ids),
    e.ContactLogged: st.builds(
        e.ContactLogged,
        direction=st.sampled_from(e.Direction),
        reached=st.booleans(),
        topic=topics,
        order_ref=orders,
        promise_ids=names,
    ),
    e.DeliveryPlanned: st.builds(
        e.DeliveryPlanned,
        delivery_id=pick("d1", "d2", None),
        order_ref=orders,
        kind=st.sampled_from(e.DeliveryKind),
        planned_to=moments(),
        promise_ids=names,
    ),
    e.DeliveryDispatched: st.builds(
        e.DeliveryDispatched, delivery_id=pick("d1", "d2", None), eta=st.one_of(st.none(), moments())
    ),
    e.DeliveryCompleted: st.builds(
        e.DeliveryCompleted,
        delivery_id=pick("d1", "d2", None),
        order_ref=orders,
        kind=st.sampled_from([*e.DeliveryKind, e.DeliveryKind.GOODS, e.DeliveryKind.GOODS]),
        lines=lines,
        promise_ids=st.one_of(st.just(()), st.just(()), names),
    ),
    e.DeliveryFailed: st.builds(e.DeliveryFailed, delivery_id=pick("d1", "d2", None), lines=lines),
    e.DeliveryReturned: st.builds(
        e.DeliveryReturned,
        delivery_id=pick("d1", None),
        order_ref=orders,
        reason=st.sampled_from(e.DeliveryTrouble),
        lines=lines,
        promise_ids=st.one_of(st.just(()), names),
    ),
    e.DocumentSent: st.builds(
        e.DocumentSent, topic=topics, order_ref=orders, promise_ids=st.one_of(st.just(()), names)
    ),
    e.InvoiceIssued: st.builds(
        e.InvoiceIssued,
        invoice_no=pick("F1", "F2", "F3"),
        order_ref=orders,
        lines=invoiced,
        total_net=pick(None, Decimal(950)),
        currency=pick("EUR", "EUR", "USD"),
        prepayment=st.booleans(),
    ),
    e.InvoiceCredited: st.builds(
        e.InvoiceCredited,
        invoice_no=pick("F1", "F2", "F3"),
        lines=st.one_of(st.just(()), invoiced),
        promise_ids=names,
    ),
    e.PaymentReceived: st.builds(
        e.PaymentReceived,
        invoice_no=pick("F1", None),
        amount=pick(Decimal(100), Decimal(400), Decimal(-5)),
        currency=pick("EUR", "EUR", "USD"),
        promise_ids=st.one_of(st.just(()), names),
    ),
    e.OpportunitySignalled: st.builds(e.OpportunitySignalled, opportunity_id=pick("x1", "x2")),
    e.OpportunityPickedUp: st.builds(e.OpportunityPickedUp, opportunity_id=pick("x1", "x2")),
    e.OpportunityClosed: st.builds(e.OpportunityClosed, opportunity_id=pick("x1", "x2")),
    e.SatisfactionRecorded: st.builds(e.SatisfactionRecorded, score=st.integers(1, 5)),
    e.ComplaintOpened: st.builds(e.ComplaintOpened, complaint_id=pick("k1")),
    e.ComplaintClosed: st.builds(e.ComplaintClosed, complaint_id=pick("k1")),
    e.CustomerRegistered: st.builds(e.CustomerRegistered, name=st.just("x")),
    e.CustomerMerged: st.builds(
        lambda a, b: e.CustomerMerged(from_=a, into=b), pick(*CUSTOMERS), pick(*CUSTOMERS)
    ),
    e.CustomerUnmerged: st.builds(
        lambda a, b: e.CustomerUnmerged(from_=a, into=b), pick(*CUSTOMERS), pick(*CUSTOMERS)
    ),
    e.EventRetracted: st.builds(e.EventRetracted, target_event_id=event_ids),
    e.EventCorrected: st.builds(
        e.EventCorrected,
        target_event_id=event_ids,
        set=st.one_of(
            moments().map(lambda at: {"time": f'"{at.isoformat()}"'}),
            pick(
                {"order_ref": '"O1"'},
                {"due": '{"working_days": 3}'},
                {"due": "null"},
                {"lines": '[{"sku": "A", "quantity": "5"}]'},
                {"agreed": "true"},
                {"quantity": "3"},
                {"amount": '"250.00"'},
                {"kind": '"visit"'},
                {"promise_id": '"p1"'},
                {"condition": '{"kind": "deposit"}'},
            ),
        ),
    ),
    e.DepartmentHeartbeat: st.just(e.DepartmentHeartbeat()),
}
FREQUENT = (
    e.PromiseMade,
    e.PromiseMade,
    e.PromiseMade,
    e.DeliveryCompleted,
    e.DeliveryCompleted,
    e.PromiseRescheduled,
)


@st.composite
def tellings(
    draw: st.DrawFn, *, shapes: tuple[type[e.Payload], ...], customers: tuple[str, ...] = ("C1",)
) -> Told:
    """One fact of one of these shapes; told at once, some time later, or by a wrong clock too early."""
    data = draw(st.sampled_from(shapes).flatmap(payloads.__getitem__))
    time = draw(moments())
    lag = draw(pick(0, 1, 1, 1, 20, 300, 3000, -3, -30))
    department = draw(pick(*DEPARTMENTS))
    fact = e.Fact(
        id=draw(event_ids),
        source=f"/{department}/x",
        type=data.event,
        subject=department if data.about == "department" else draw(pick(*customers)),
        time=time,
        recordedtime=time,
        sourceref=draw(pick(None, None, None, None, "r1", "r2")),
        data=data,
    )
    return Told(fact, micros(time) + lag * 60_000_000)


ALL = tuple(payloads)
PLAIN = tuple(
    shape
    for shape in payloads
    if shape
    not in {
        e.EventCorrected,
        e.EventRetracted,
        e.CustomerMerged,
        e.CustomerUnmerged,
        e.EvidenceLinked,
        e.EvidenceUnlinked,
    }
)


def histories(
    *, customers: tuple[str, ...] = ("C1",), shapes: tuple[type[e.Payload], ...] = ALL, most: int = 25
) -> st.SearchStrategy[list[Told]]:
    """Facts in the order of their publication, as a log holds them; every id once, for tests repeat them."""
    one = tellings(shapes=(*shapes, *FREQUENT), customers=customers)
    sized = st.integers(0, most).flatmap(lambda size: st.lists(one, min_size=size, max_size=size))
    return sized.map(in_order_of_publication)


def order_books(most: int = 40) -> st.SearchStrategy[list[Told]]:
    """Histories in which nearly all is about an article of one of a few orders, told in any order."""
    one = tellings(shapes=(*PLAIN, *FREQUENT, *FREQUENT, *FREQUENT)).map(_of_an_order)
    sized = st.integers(0, most).flatmap(lambda size: st.lists(one, min_size=size, max_size=size))
    return sized.map(in_order_of_publication)


def _of_an_order(told: Told) -> Told:
    """Let most facts name an order and one article; published in the order of their numbers."""
    fact, number = told.fact, int(told.fact.id[1:])
    data, changes = fact.data, dict[str, Any]()
    if number % 10 and hasattr(data, "order_ref"):
        changes["order_ref"] = data.order_ref or f"O{number % 4}"
    if number % 5 and hasattr(data, "lines"):
        changes["lines"] = data.lines[:1]
    if number % 5 and hasattr(data, "prices"):
        changes["prices"] = ()
    if number % 8 and isinstance(data, e.PromiseMade):
        changes["kind"] = e.PromiseKind.DELIVERY
        changes["promise_id"] = f"p{number % 10}"
    fact = fact.model_copy(update={"data": data.model_copy(update=changes)})
    return Told(fact, micros(START + timedelta(days=20, hours=number // 4)))


def in_order_of_publication(history: list[Told]) -> list[Told]:
    return unique(sorted(history, key=lambda told: told.published))


def unique(history: list[Told]) -> list[Told]:
    """Leave out facts whose id was used before."""
    first: dict[str, Told] = {}
    for told in history:
        first.setdefault(told.fact.id, told)
    return list(first.values())


def picture(book: Book) -> dict[str, object]:
    """Everything that is so now: states, flags, quantities and open alerts, by customer."""
    return {
        customer.key: {
            "promises": {
                promise.id: (
                    promise.said_state,
                    promise.said_flags,
                    promise.due,
                    promise.revision,
                    promise.after_breach,
                    promise.done_at,
                    [(want.sku, want.got) for want in promise.wants],
                    sorted((use.evidence, use.tier, use.want.sku, use.quantity) for use in promise.uses),
                )
                for promise in sorted(customer.dossier.promises.values(), key=lambda one: one.id)
            },
            "alerts": sorted(
                (kind, item.key) for item in customer.dossier.items() for kind in item.said_alerts
            ),
        }
        for customer in sorted(book.customers.values(), key=lambda one: one.key)
        if customer.dossier.promises or any(item.said_alerts for item in customer.dossier.items())
    }


def last(history: list[Told]) -> int:
    """When the last of it was told."""
    return max((told.published for told in history), default=0)
