"""What partitions tell each other fits into the log, however large the facts are that it is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from components.streams.judged import judged

from klantbus.bus.codec import decode
from klantbus.bus.contract import contract
from klantbus.bus.journal import Journal
from klantbus.bus.ports import LIMIT_BYTES, TopicSpec, weigh
from klantbus.bus.reading import record_of
from klantbus.bus.topics import RELAY, VERDICTS, topic_of
from klantbus.domain.events import (
    CustomerMerged,
    DueAt,
    Fact,
    PromisedLine,
    PromisedPrice,
    PromiseKind,
    PromiseMade,
)
from streams.kinship import MAY_BEAR
from streams.relay import Forwarded, Handover, told_in
from streams.serve import INNER

NOW = datetime.now(UTC)
LONG = "é" * 50


def told(name, subject, data):
    fact = Fact(
        id=name, source="/sales/crm", type=data.event, subject=subject, time=NOW, recordedtime=NOW, data=data,
    )  # fmt: skip
    return record_of(fact, topic_of("sales"))


def huge(promise):
    """Return a promise of as many articles and prices as a fact may have."""
    return PromiseMade(
        promise_id=promise, kind=PromiseKind.DELIVERY, made_by="sales", performer="sales",
        due=DueAt(at=NOW + timedelta(days=3)),
        lines=tuple(PromisedLine(sku=f"{LONG}{n:05}", quantity=Decimal(1)) for n in range(1000)),
        prices=tuple(
            PromisedPrice(sku=f"{LONG}{n:05}", unit_net=Decimal("9.95"), currency="EUR") for n in range(1000)
        ),
    )  # fmt: skip


async def first(follower, worker, wanted):
    """Return the first record that is `wanted`; a worker that ends before says why."""
    while not worker.done():
        for record in (await follower.batch(limit=10, wait=0.2)).records:
            if wanted(record):
                return record
    raise AssertionError(await worker)


async def test_the_largest_facts_are_handed_over_and_forwarded_to_where_their_group_is_judged(tmp_path):
    log = Journal(str(tmp_path / "journal.sqlite"))
    await log.create([*INNER, TopicSpec(topic_of("sales"))])
    publisher, relay = await log.publisher(), await log.follower([RELAY])
    verdicts = await log.follower([VERDICTS])
    early, late = told("e1", "K9", huge("P1")), told("e3", "K9", huge("P2"))
    assert LIMIT_BYTES * 3 // 4 < weigh(early) < LIMIT_BYTES
    async with judged(log, tmp_path) as (worker, _):
        await publisher.publish([early, told("e2", "K9", CustomerMerged(from_="K9", into="K1"))])
        handed = await first(relay, worker, lambda record: isinstance(told_in(record), Handover))
        await publisher.publish([late])
        sent = await first(relay, worker, lambda record: isinstance(told_in(record), Forwarded))
        said = decode((await first(verdicts, worker, lambda record: record.key == b"K1")).value).data
    assert min(len(handed.value), len(sent.value)) > LIMIT_BYTES
    assert (said.promise_id, len(said.lines)) == ("P2", 1000)
    await relay.close()
    await verdicts.close()
    await log.close()


def test_a_fact_that_may_say_who_is_who_is_read_as_a_whole():
    for event in MAY_BEAR:
        assert contract().newest[event].quick_note is None
