"""Histories for Hypothesis: who told what when, by few customers, and the picture that they leave."""

from datetime import timedelta
from typing import Any, NamedTuple

from domain.payloads import ALL, CUSTOMERS, FREQUENT, PLAIN, START, event_ids, moments, payloads, pick
from hypothesis import strategies as st

from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.calendar import Calendar
from klantbus.domain.micros import micros
from klantbus.domain.rules import Calendars, Rules

CALENDAR = Calendar.from_settings(
    {"open": {"mon-fri": ["08:30-12:00", "12:30-17:00"], "sat": ["10:00-13:00"]}}
)
RULES = Rules(Calendars(CALENDAR))
DEPARTMENTS = ("sales", "logistics", "service", "finance")


class Told(NamedTuple):
    """A fact and when the log got it."""

    fact: e.Fact
    published: int


@st.composite
def tellings(
    draw: st.DrawFn, *, shapes: tuple[type[e.Payload], ...], customers: tuple[str, ...] = CUSTOMERS[:1]
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


def histories(
    *, customers: tuple[str, ...] = CUSTOMERS[:1], shapes: tuple[type[e.Payload], ...] = ALL, most: int = 25
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


@st.composite
def mended_histories(draw: st.DrawFn, most: int = 25) -> list[Told]:
    """Histories in which many facts are about others: corrected, taken back, linked, told again."""
    base = draw(st.lists(tellings(shapes=(*PLAIN, *FREQUENT, e.ContactLogged)), min_size=1, max_size=most))
    told = [_renamed(one, f"b{place}", None) for place, one in enumerate(base)]
    for place in range(draw(st.integers(1, 12))):
        about = draw(st.sampled_from(told))
        later = about.published + draw(pick(0, 1, 60, 3000)) * 60_000_000
        if draw(pick(*[False] * 4, True)):
            told.append(Told(_renamed(about, f"m{place}", "r").fact, later))
            told[told.index(about)] = _renamed(about, about.fact.id, "r")
            continue
        shape = draw(
            pick(e.EventCorrected, e.EventCorrected, e.EventRetracted, e.EvidenceLinked, e.EvidenceUnlinked)
        )
        data = draw(payloads[shape])
        field = "evidence_event_id" if hasattr(data, "evidence_event_id") else "target_event_id"
        data = data.model_copy(update={field: about.fact.id})
        changes = {"id": f"m{place}", "type": data.event, "data": data, "sourceref": None}
        told.append(Told(about.fact.model_copy(update=changes), later))
    return in_order_of_publication(told)


def _renamed(told: Told, name: str, ref: str | None) -> Told:
    return Told(told.fact.model_copy(update={"id": name, "sourceref": ref}), told.published)


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
