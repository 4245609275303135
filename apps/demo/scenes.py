"""The scenes of the demo's week. Each ends in another verdict or alert, so that a newcomer sees them all."""

from datetime import timedelta
from decimal import Decimal

from apps.demo.cast import Week
from klantbus.domain import events as e


def _goods(
    customer: str,
    due: e.Due,
    *,
    performer: str = "logistics",
    quantity: int = 10,
    number: str = "1",
    by: str = "sales",
) -> e.PromiseMade:
    return e.PromiseMade(
        promise_id=f"P-{customer}-{number}",
        kind="delivery",
        made_by=by,
        performer=performer,
        as_said="U heeft het die dag in huis.",
        order_ref=f"O-{customer}",
        lines=(e.PromisedLine(sku="VALVE-40", quantity=Decimal(quantity)),),
        due=due,
    )


def brought(customer: str, quantity: int = 10) -> e.DeliveryCompleted:
    """Return that the goods a customer was promised were brought."""
    line = e.DeliveredLine(sku="VALVE-40", quantity=Decimal(quantity))
    return e.DeliveryCompleted(delivery_id=f"D-{customer}", order_ref=f"O-{customer}", lines=(line,))


def _on(week: Week, back: int) -> e.DueDate:
    return e.DueDate(date=week.on(back))


def promised(week: Week, customer: str, due_back: int, *, made_back: int = -4, quantity: int = 10) -> str:
    """Promise goods by the working day `due_back` from today, accepted by logistics; return its id."""
    said = _goods(customer, _on(week, due_back), quantity=quantity)
    week.say("sales", customer, said, week.day(made_back, "09:10"))
    week.say(
        "logistics", customer, e.PromiseAccepted(promise_id=said.promise_id), week.day(made_back, "09:40")
    )
    return said.promise_id


def _kept(week: Week, customer: str) -> None:
    promised(week, customer, -2)
    week.say("logistics", customer, brought(customer), week.day(-2, "14:00"))


def _kept_late(week: Week, customer: str) -> None:
    promised(week, customer, -3)
    week.say("logistics", customer, brought(customer), week.day(-2, "11:00"))


def _broken(week: Week, customer: str) -> None:
    promised(week, customer, -2)


def _kept_but_told_late(week: Week, customer: str) -> None:
    promised(week, customer, -3)
    week.say("logistics", customer, brought(customer), week.day(-3, "15:00"), told=week.day(-2, "11:30"))


def _half_delivered(week: Week, customer: str) -> None:
    promised(week, customer, -2, quantity=100)
    week.say("logistics", customer, brought(customer, 60), week.day(-2, "10:00"))


def _overdue(week: Week, customer: str) -> None:
    due = e.DueAt(at=week.now - timedelta(minutes=5))
    call = e.PromiseMade(
        promise_id=f"P-{customer}-1", kind="callback", made_by="sales", performer="sales", due=due
    )
    week.say("sales", customer, call, week.day(-1, "13:00"))


def _at_risk(week: Week, customer: str) -> None:
    promised(week, customer, 2)
    plan = e.DeliveryPlanned(order_ref=f"O-{customer}", planned_to=week.day(4, "12:00"))
    week.say("logistics", customer, plan, week.day(-1, "15:00"))


def _not_taken_on(week: Week, customer: str) -> None:
    week.say("sales", customer, _goods(customer, _on(week, 3)), week.day(-2, "10:00"))


def _paused(week: Week, customer: str) -> None:
    promise = promised(week, customer, 1)
    pause = e.PromisePaused(promise_id=promise, reason="waiting_for_customer")
    week.say("logistics", customer, pause, week.day(-1, "09:30"))


def _waiting_for_a_deposit(week: Week, customer: str) -> None:
    condition = e.Condition(kind="deposit", must_be_met_by=week.day(5, "17:00"))
    said = _goods(customer, e.DueWorkingDays(working_days=5)).model_copy(update={"condition": condition})
    week.say("sales", customer, said, week.day(-3, "10:00"))


def _deposit_never_came(week: Week, customer: str) -> None:
    condition = e.Condition(kind="deposit", must_be_met_by=week.day(-1, "12:00"))
    said = _goods(customer, e.DueWorkingDays(working_days=5)).model_copy(update={"condition": condition})
    week.say("sales", customer, said, week.day(-4, "10:00"))


def _workshop_declined(week: Week, customer: str) -> None:
    parent = promised(week, customer, 3)
    handoff = e.PromiseMade(
        promise_id=f"H-{customer}",
        kind="handoff",
        scope="internal",
        made_by="sales",
        performer="engineering",
        parent_promise_id=parent,
        due=e.DueAt(at=week.day(2, "12:00")),
    )
    week.say("sales", customer, handoff, week.day(-2, "10:00"))
    no = e.PromiseDeclined(promise_id=handoff.promise_id, reason="no_capacity")
    week.say("engineering", customer, no, week.day(-2, "11:00"))


def _cancelled_by_us(week: Week, customer: str) -> None:
    promise = promised(week, customer, 2)
    week.say("sales", customer, e.PromiseCancelled(promise_id=promise, consent=False), week.day(-1, "10:00"))


def _released_by_the_customer(week: Week, customer: str) -> None:
    promise = promised(week, customer, 2)
    week.say("sales", customer, e.PromiseReleased(promise_id=promise), week.day(-1, "11:00"))


def _closed_short(week: Week, customer: str) -> None:
    promise = promised(week, customer, 1, quantity=10)
    week.say("logistics", customer, brought(customer, 6), week.day(-2, "10:00"))
    week.say("sales", customer, e.PromiseClosedShort(promise_id=promise, consent=True), week.day(-1, "10:00"))


def _on_the_wrong_customer(week: Week, customer: str) -> None:
    target = week.say("sales", customer, _goods(customer, _on(week, 2)), week.day(-3, "10:00"))
    week.say("sales", customer, e.EventRetracted(target_event_id=target), week.day(-3, "10:30"))


def _two_departments_two_dates(week: Week, customer: str) -> None:
    promised(week, customer, 1)
    said = _goods(customer, _on(week, 5), performer="service", number="2", by="service")
    week.say("service", customer, said, week.day(-2, "14:00"))


def _moved_without_asking(week: Week, customer: str) -> None:
    promise = promised(week, customer, -2)
    move = e.PromiseRescheduled(promise_id=promise, due=_on(week, 4), agreed=False, reason="no_stock")
    week.say("logistics", customer, move, week.day(-3, "13:00"))


def _moved_with_consent(week: Week, customer: str) -> None:
    promise = promised(week, customer, -3)
    move = e.PromiseRescheduled(promise_id=promise, due=_on(week, 1), agreed=True, reason="customer_request")
    week.say("sales", customer, move, week.day(-4, "15:00"))


def _soon(week: Week, customer: str) -> None:
    week.say("sales", customer, _goods(customer, None, performer="sales"), week.day(-1, "16:00"))


def _faulty_goods_back(week: Week, customer: str) -> None:
    promised(week, customer, -3)
    week.say("logistics", customer, brought(customer), week.day(-3, "13:00"))
    line = e.DeliveredLine(sku="VALVE-40", quantity=Decimal(10))
    back = e.DeliveryReturned(order_ref=f"O-{customer}", reason="wrong_item", lines=(line,))
    week.say("logistics", customer, back, week.day(-1, "13:00"))


def _calls_again_and_again(week: Week, customer: str) -> None:
    promised(week, customer, 3)
    for back in (-3, -2, -1):
        call = e.ContactLogged(direction="in", channel="phone", reached=True, topic="delivery", mood="upset")
        week.say("telephony", customer, call, week.day(back, "11:15"))


def _invoiced_above_the_price(week: Week, customer: str) -> None:
    price = e.PromisedPrice(sku="VALVE-40", unit_net=Decimal(95))
    said = e.PromiseMade(
        promise_id=f"P-{customer}-1",
        kind="price",
        made_by="sales",
        performer="sales",
        prices=(price,),
        order_ref=f"O-{customer}",
    )
    week.say("sales", customer, said, week.day(-4, "10:00"))
    week.say("finance", customer, _invoice(customer, "F1", 100), week.day(-2, "10:00"))


def _invoiced_twice(week: Week, customer: str) -> None:
    week.say("finance", customer, _invoice(customer, "F1", 95), week.day(-3, "10:00"))
    week.say("finance", customer, _invoice(customer, "F2", 95), week.day(-2, "10:00"))


def _invoice(customer: str, number: str, unit_net: int) -> e.InvoiceIssued:
    line = e.InvoicedLine(sku="VALVE-40", quantity=Decimal(10), unit_net=Decimal(unit_net))
    return e.InvoiceIssued(
        invoice_no=f"{number}-{customer}",
        order_ref=f"O-{customer}",
        lines=(line,),
        total_net=Decimal(unit_net * 10),
        prepayment=True,
    )


def _would_pay_by_then(week: Week, customer: str) -> None:
    said = e.PromiseMade(
        promise_id=f"P-{customer}-1",
        kind="payment",
        made_by="finance",
        performer="finance",
        amount=Decimal(1000),
        currency="EUR",
        due=_on(week, -4),
    )
    week.say("finance", customer, said, week.day(-6, "10:00"))
    week.say("finance", customer, e.PaymentReceived(amount=Decimal(400)), week.day(-4, "09:00"))


def _wanted_more_and_nobody_called(week: Week, customer: str) -> None:
    hint = e.OpportunitySignalled(opportunity_id=f"K-{customer}", text="Vroeg naar een tweede installatie.")
    week.say("engineering", customer, hint, week.day(-4, "10:00"))


def _two_out_of_five(week: Week, customer: str) -> None:
    week.say("telephony", customer, e.SatisfactionRecorded(score=2), week.day(-1, "15:30"))
    week.say("service", customer, e.ComplaintOpened(complaint_id=f"C-{customer}"), week.day(-1, "15:45"))


def _delivered_under_an_old_number(week: Week, customer: str) -> None:
    promised(week, customer, -1)
    old = f"{customer}-OLD"
    week.say("logistics", old, brought(customer), week.day(-2, "10:00"))
    week.say("admin", old, e.CustomerMerged(from_=old, into=customer), week.day(-1, "09:00"))


SCENES = (
    _kept,
    _kept_late,
    _broken,
    _kept_but_told_late,
    _half_delivered,
    _overdue,
    _at_risk,
    _not_taken_on,
    _paused,
    _waiting_for_a_deposit,
    _deposit_never_came,
    _workshop_declined,
    _cancelled_by_us,
    _released_by_the_customer,
    _closed_short,
    _on_the_wrong_customer,
    _two_departments_two_dates,
    _moved_without_asking,
    _moved_with_consent,
    _soon,
    _faulty_goods_back,
    _calls_again_and_again,
    _invoiced_above_the_price,
    _invoiced_twice,
    _would_pay_by_then,
    _wanted_more_and_nobody_called,
    _two_out_of_five,
    _delivered_under_an_old_number,
)
