"""What the streams say of facts at the edges of the contract can be written in the log and read again."""

from components.streams.by_models import fact_of
from domain.histories import RULES
from extremes import NOW, hostile, patient
from hypothesis import given
from hypothesis import strategies as st

from klantbus.bus.codec import decode
from klantbus.bus.reading import record_of
from klantbus.domain.events import PAYLOADS
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
