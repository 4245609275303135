"""What `klantbus simulate` prints is what the streams publish: the same edges, at the same instants."""

import json
import os
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from components.streams.closing import SUBJECT
from components.streams.replaying import Edges, of_book, of_streams
from components.streams.simulated import CUSTOMERS
from domain.histories import ALL, CALENDAR, RULES, START, Told, histories, last
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stated import stated

from klantbus.domain import events as e
from klantbus.domain.micros import DAY, HOUR, MINUTE, micros
from klantbus.domain.rules import Calendars, Rules

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "40"))
patient = settings(
    max_examples=CYCLES,
    deadline=None,
    derandomize="KLANTBUS_CYCLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
SHAPES = tuple(
    shape
    for shape in ALL
    if shape.about == "customer" and shape not in {e.CustomerMerged, e.CustomerUnmerged}
)
NAMES = dict(zip(("C1", "C2"), CUSTOMERS, strict=False))
ROOM = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a private folder in it


def told(history: list[Told], step: int) -> list[tuple[e.Fact, int]]:
    """Tell a history in steps of `step` (µs), to customers whose numbers the simulated partitions hold."""
    return [
        (one.fact.model_copy(update={"subject": NAMES[one.fact.subject]}), -(-one.published // step) * step)
        for one in history
    ]


def both(history: list[tuple[e.Fact, int]], rules: Rules, until: int) -> tuple[Edges, Edges]:
    with tempfile.TemporaryDirectory(dir=ROOM) as folder:
        return of_book(history, rules, until), of_streams(history, rules, until, Path(folder))


def at_once(*said: e.Payload) -> list[Told]:
    """Facts of one instant, told in this order."""
    return [Told(stated(f"e{place}", data, START), micros(START)) for place, data in enumerate(said)]


BROUGHT_AND_PROMISED = at_once(
    e.DeliveryCompleted(order_ref="O1", lines=(e.DeliveredLine(sku="A", quantity=5),)),
    e.PromiseMade(
        promise_id="p1",
        kind=e.PromiseKind.DELIVERY,
        made_by="sales",
        performer="sales",
        order_ref="O1",
        lines=(e.PromisedLine(sku="A", quantity=5),),
    ),
)
"""One by one, the goods would be evidence of nothing for no time at all."""


@patient
@example(BROUGHT_AND_PROMISED, MINUTE)
@given(histories(customers=("C1", "C2"), shapes=SHAPES), st.sampled_from([MINUTE, 6 * HOUR, 2 * DAY]))
def test_simulate_prints_the_edges_that_the_streams_publish(history, step):
    simulated, published = both(told(history, step), RULES, last(history) + 4 * DAY)
    assert simulated == published


HOUSE = Rules(Calendars(replace(CALENDAR, id=SUBJECT)))
WEEK = tuple(e.OpenRange(weekday=day, opens="08:30", closes="17:00") for day in range(1, 6))
days = st.lists(st.integers(0, 14).map(lambda ahead: (START + timedelta(ahead)).date()), max_size=3).map(
    tuple
)
targets = st.sampled_from(["k0", "k1", "k2", "k3", "k4"])
calendar_facts = st.one_of(
    st.builds(
        e.CalendarPublished,
        calendar_id=st.just(SUBJECT),
        version=st.integers(1, 9),
        open=st.just(WEEK),
        closed=days,
    ),
    st.builds(e.EventRetracted, target_event_id=targets),
    st.builds(
        lambda target, closed: e.EventCorrected(
            target_event_id=target, set={"closed": json.dumps(list(map(str, closed)))}
        ),
        targets,
        days,
    ),
)


@st.composite
def second_thoughts(draw: st.DrawFn) -> list[tuple[e.Fact, int]]:
    """Calendars that are published, taken back and corrected, a day or some apart."""
    at, found = START, []
    for place, data in enumerate(draw(st.lists(calendar_facts, min_size=1, max_size=5))):
        at += timedelta(days=draw(st.integers(0, 4)), hours=1, seconds=30)
        found.append((stated(f"k{place}", data, at, subject=SUBJECT, source="/sales/hr"), micros(at)))
    return found


@patient
@given(histories(customers=("C1", "C2"), shapes=(e.PromiseMade, *SHAPES)), second_thoughts())
def test_simulate_and_streams_agree_when_calendars_change_their_mind(history, calendars):
    """What a calendar moved was moved some seconds later in the streams: partitions tell each other."""
    facts = sorted([*told(history, MINUTE), *calendars], key=lambda one: one[1])
    simulated, published = both(facts, HOUSE, last(history) + 4 * DAY)
    assert [edge[:3] for edge in simulated] == [edge[:3] for edge in published]
    assert all(abs(one[3] - other[3]) <= 2 * MINUTE for one, other in zip(simulated, published, strict=True))
