"""What the streams say of facts at the edges of the contract can be written in the log and read again."""

import tempfile
from decimal import Decimal
from pathlib import Path

from components.streams.by_models import fact_of
from components.streams.judged import judged
from domain.histories import RULES
from extremes import FIRST, NOW, hostile, patient
from hypothesis import given
from hypothesis import strategies as st
from waiting import until_it

from klantbus.bus.codec import decode
from klantbus.bus.journal import Journal
from klantbus.bus.ports import TopicSpec
from klantbus.bus.reading import record_of
from klantbus.bus.topics import topic_of
from klantbus.domain.decisions import Verdict
from klantbus.domain.events import PAYLOADS, DueBusinessHours, Fact, PromiseMade
from klantbus.domain.micros import DAY, HOUR, micros
from streams.promises import PromiseJudge
from streams.serve import INNER
from streams.telling import records_of

within = patient(100)
ABOUT_CUSTOMERS = [event for event, shape in PAYLOADS.items() if shape.about == "customer"]
MEETING = ("promise.made", "promise.made", "promise.rescheduled", "event.corrected", "invoice.issued")


@within
@given(
    st.lists(st.sampled_from((*ABOUT_CUSTOMERS, *MEETING, *MEETING)).flatmap(hostile), max_size=12),
    st.sampled_from((0, HOUR, 3 * DAY, 100 * DAY)),
)
def test_every_ruling_on_hostile_facts_can_be_told(facts, step):
    judge = PromiseJudge(RULES)
    state = judge.fresh("C1")
    rulings = []
    for place, fact in enumerate(facts):
        rulings += judge.learn(state, [fact], micros(NOW) + place * step)
    rulings += judge.judge(state, micros(NOW) + 4_000 * DAY)
    for record, ruling in zip(records_of("C1", rulings), rulings, strict=True):
        assert decode(record.value).subject == "C1"
        assert record == record_of(fact_of("C1", ruling), record.topic)


def test_a_deadline_before_the_first_instant_there_is_can_be_told():
    day = DueBusinessHours(business_hours=Decimal(-5))  # before the local day, which began in 1899
    made = PromiseMade(promise_id="p1", kind="visit", made_by="sales", performer="sales", requested_due=day)
    fact = Fact(
        id="e1", source="/sales/x", type=made.event, subject="C1", time=FIRST, recordedtime=FIRST, data=made
    )  # fmt: skip
    judge = PromiseJudge(RULES)
    rulings = judge.learn(judge.fresh("C1"), [fact], micros(NOW))
    (verdict,) = (ruling for ruling in rulings if isinstance(ruling, Verdict))
    assert verdict.sight.requested_due < micros(FIRST)
    (record,) = records_of("C1", [verdict])
    assert decode(record.value).data.requested_due == FIRST


MERGING = ("customer.merged", "customer.unmerged", "calendar.published", "event.corrected", "event.retracted")
told_of_several = st.lists(
    st.tuples(
        st.sampled_from((*PAYLOADS, *MERGING * 10, *MEETING * 3)).flatmap(hostile),
        st.sampled_from(("C1", "C2", "K9")),
    ),
    min_size=10,
    max_size=40,
)


def about(fact, customer):
    """Return a fact about a customer, or about what its type is about."""
    others = {"department": fact.department, "calendar": getattr(fact.data, "calendar_id", "nl")}
    return fact.model_copy(update={"subject": others.get(PAYLOADS[fact.type].about, customer)})


@patient(8)
@given(told_of_several, st.booleans())
async def test_hostile_facts_about_merged_customers_and_calendars_stop_no_worker(told, at_once):
    records = [record_of(about(fact, name), topic_of(fact.department)) for fact, name in told]
    with tempfile.TemporaryDirectory() as folder:
        log = Journal(f"{folder}/journal.sqlite")
        await log.create(
            [*INNER, *(TopicSpec(topic_of(name)) for name in ("sales", "logistics", "calendar"))]
        )
        publisher = await log.publisher()
        async with judged(log, Path(folder)) as (worker, figures):
            for share in [records] if at_once else [[record] for record in records]:
                await publisher.publish(share)
            await until_it(lambda: worker.done() or (figures and figures[0].facts >= len(records)))
        await log.close()
