"""What departments may say in a made-up history: few promises, orders and articles, so that all collides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from klantbus.domain import events as e

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
CUSTOMERS = ("C1", "C2", "C3")


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
