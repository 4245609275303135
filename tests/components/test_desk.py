"""Where facts are stated: what the desk stamps, what it refuses, and the outbox for when the bus is away."""

import asyncio
from datetime import UTC, datetime

import pytest

from klantbus.bus.codec import decode
from klantbus.bus.departments import load_departments
from klantbus.bus.desk import Desk, new_id
from klantbus.bus.errors import FactRefused, FileRefused, LogUnavailable, Misuse, RecordTooLarge
from klantbus.bus.journal import Journal
from klantbus.bus.outbox import Outbox
from klantbus.bus.ports import LIMIT_BYTES, Record, TopicSpec
from klantbus.bus.seat import MEMORY
from klantbus.domain.events import ContactLogged, CustomerRegistered, InvoiceCredited

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
YESTERDAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
TOPIC = "klantbus.events.sales"


class AwayAtTimes:
    """A publisher whose log is away for the first so many calls."""

    def __init__(self, publisher, calls):
        self.publisher = publisher
        self.calls = calls

    async def publish(self, records):
        if self.calls:
            self.calls -= 1
            raise LogUnavailable("away")
        return await self.publisher.publish(records)

    async def close(self):
        await self.publisher.close()


@pytest.fixture
async def log():
    log = Journal(MEMORY)
    await log.create([TopicSpec(TOPIC)])
    yield log
    await log.close()


@pytest.fixture
async def outbox(tmp_path):
    outbox = Outbox(str(tmp_path / "sales.outbox"))
    yield outbox
    await outbox.close()


@pytest.fixture
async def desk(log, outbox):
    return Desk(
        department="sales",
        system="crm",
        publisher=await log.publisher(),
        outbox=outbox,
        departments=load_departments(),
        now=lambda: NOON,
    )


def called(summary=""):
    return ContactLogged(direction="in", reached=True, summary=summary)


async def stated(log, count):
    follower, records = await log.follower([TOPIC]), []
    async with asyncio.timeout(20):
        while len(records) < count:
            records += (await follower.batch()).records
    return [decode(record.value, record.headers) for record in records]


async def test_a_published_fact_is_in_the_log_when_the_desk_returns(desk, log):
    fact = desk.state(called(), subject="10042", time=YESTERDAY)
    place = await desk.publish(fact)
    assert place.topic == TOPIC
    assert await stated(log, 1) == [fact]


async def test_the_desk_stamps_who_says_it_and_when_it_was_written_down(desk):
    fact = desk.state(called(), subject="10042", time=YESTERDAY, sourceref="CRM:7")
    assert (fact.source, fact.type, fact.subject) == ("/sales/crm", "contact.logged", "10042")
    assert (fact.time, fact.recordedtime, fact.sourceref) == (YESTERDAY, NOON, "CRM:7")


async def test_a_fact_without_a_time_happened_just_now(desk):
    assert desk.state(called(), subject="10042").time == NOON


async def test_an_id_is_made_once_and_carries_its_moment(desk):
    one, two = desk.state(called(), subject="1"), desk.state(called(), subject="1")
    assert one.id != two.id
    assert one.id[:13].replace("-", "") == f"{int(NOON.timestamp() * 1000):012x}"
    assert new_id(NOON)[14] == "7"


async def test_publishing_a_fact_again_repeats_its_id(desk, log):
    fact = desk.state(called(), subject="10042")
    await desk.publish(fact)
    await desk.publish(fact)
    assert [each.id for each in await stated(log, 2)] == [fact.id, fact.id]


async def test_a_type_that_the_department_may_not_state_is_refused(desk, log):
    good = desk.state(called(), subject="1")
    credit = InvoiceCredited(invoice_no="F1")
    with pytest.raises(FactRefused, match=r"sales may not state invoice\.credited"):
        await desk.publish_many([good, desk.state(credit, subject="1")])
    assert sum((await (await log.follower([TOPIC])).ends()).values()) == 0


async def test_another_desks_fact_is_refused(desk, log):
    other = Desk(department="finance", system="erp", publisher=await log.publisher())
    with pytest.raises(FactRefused, match="source"):
        await desk.publish(other.state(called(), subject="1"))


async def test_a_refusal_names_the_field_and_repeats_nothing_of_what_was_said(desk):
    with pytest.raises(FactRefused) as refused:
        desk.state(CustomerRegistered(name="J. de Vries"), subject="J. de Vries")
    assert refused.value.field == "subject"
    assert "Vries" not in str(refused.value)


async def test_a_desk_without_a_publisher_or_outbox_says_what_to_give_it():
    desk = Desk(department="sales", system="crm")
    fact = desk.state(called(), subject="1")
    with pytest.raises(Misuse, match="publisher"):
        await desk.publish(fact)
    with pytest.raises(Misuse, match="outbox"):
        await desk.leave([fact])


async def test_facts_left_in_the_outbox_are_shipped_in_order_with_the_ids_they_were_given(desk, log, outbox):
    facts = [desk.state(called(str(number)), subject="1") for number in range(2500)]
    await desk.leave(facts[:1000])
    await desk.leave(facts[1000:])
    assert await outbox.ship(await log.publisher()) == 2500
    assert await outbox.waiting() == 0
    assert await stated(log, 2500) == facts


async def test_what_was_left_survives_the_end_of_the_process(desk, outbox, tmp_path, log):
    facts = [desk.state(called(), subject="1")]
    await desk.leave(facts)
    await outbox.close()
    again = Outbox(str(tmp_path / "sales.outbox"))
    assert await again.waiting() == 1
    assert await again.ship(await log.publisher()) == 1
    assert await stated(log, 1) == facts
    await again.close()


async def test_the_outbox_keeps_trying_while_the_log_is_away(desk, outbox, log):
    publisher = AwayAtTimes(await log.publisher(), calls=2)
    shipping = asyncio.create_task(outbox.keep_shipping(publisher))
    facts = [desk.state(called(), subject="1") for _ in range(3)]
    for fact in facts:
        await desk.leave([fact])
    assert await stated(log, 3) == facts
    shipping.cancel()


async def test_what_another_process_left_is_shipped_too(desk, outbox, log, tmp_path):
    shipping = asyncio.create_task(outbox.keep_shipping(await log.publisher()))
    other = Outbox(str(tmp_path / "sales.outbox"))
    fact = desk.state(called(), subject="1")
    await other.put([desk.record(fact)])
    assert await stated(log, 1) == [fact]
    shipping.cancel()
    await other.close()


async def test_a_fact_that_no_log_would_take_is_not_taken_by_the_outbox_either(outbox):
    with pytest.raises(RecordTooLarge):
        await outbox.put([Record(TOPIC, b"1", b""), Record(TOPIC, b"1", b"x" * (LIMIT_BYTES + 1))])
    assert await outbox.waiting() == 0


async def test_a_journal_is_no_outbox(tmp_path):
    journal = Journal(str(tmp_path / "bus.journal"))
    await journal.topics()
    await journal.close()
    outbox = Outbox(str(tmp_path / "bus.journal"))
    with pytest.raises(FileRefused, match="another application"):
        await outbox.waiting()
    await outbox.close()
