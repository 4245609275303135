"""Whatever the contract lets in, and what the judge says of it, the alerter takes in and goes on telling."""

import tempfile
from datetime import timedelta

from components.alerts.whole_story import WholeStory
from domain.histories import RULES
from extremes import NOW, hostile, patient
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy import Policy
from klantbus.bus.codec import decode
from klantbus.domain.events import PAYLOADS
from klantbus.domain.micros import micros
from streams.promises import PromiseJudge
from streams.telling import records_of

OWN = [event for event in PAYLOADS if event.startswith("alert.")]
MEETING = (*OWN * 10, *["promise.made"] * 20, "invoice.issued", "customer.registered")
facts_that_meet = st.lists(st.sampled_from((*PAYLOADS, *MEETING)).flatmap(hostile), min_size=10, max_size=30)


def with_edges(facts):
    """Return facts, ten minutes apart, and what the judge says of them, each with when it is known."""
    judge = PromiseJudge(RULES)
    case, known = judge.fresh("C1"), []
    for place, fact in enumerate(facts):
        at = NOW + timedelta(minutes=10 * place)
        known.append((at, fact.model_copy(update={"id": f"f{place}"})))
        rulings = (
            judge.learn(case, [known[-1][1]], micros(at)) if PAYLOADS[fact.type].about == "customer" else []
        )
        known += [(at, decode(record.value)) for record in records_of("C1", rulings)]
    later = NOW + timedelta(days=3)
    edges = records_of("C1", judge.judge(case, micros(later)))
    return known + [(later, decode(record.value)) for record in edges]


@patient(25)
@given(facts_that_meet)
async def test_facts_at_the_edges_of_the_contract_that_meet_each_other_stop_no_alerter(company, facts):
    with tempfile.TemporaryDirectory() as folder:
        story = WholeStory(company, Policy(), folder, {})
        story.source.facts = with_edges(facts)
        for hours in (0, 1, 4, 24, 72, 73, 100, 720):
            story.clock.now = NOW + timedelta(hours=hours)
            await story.go_round()
            story.alerter.tidy()
            story.alerter.next_instant()
        assert story.source.read == len(story.source.facts)
        story.ledger.connection.close()
