"""What the streams say of facts at the edges of the contract can be written in the log and read again."""

from decimal import Decimal

from components.streams.by_models import fact_of
from domain.histories import RULES
from extremes import FIRST, NOW, hostile, patient
from hypothesis import given
from hypothesis import strategies as st

from klantbus.bus.codec import decode
from klantbus.bus.reading import record_of
from klantbus.domain.decisions import Verdict
from klantbus.domain.events import PAYLOADS, DueBusinessHours, Fact, PromiseMade
from klantbus.domain.micros import DAY, HOUR, micros
from streams.promises import PromiseJudge
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
