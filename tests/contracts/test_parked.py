"""Parking works on either log: rubbish is put aside, others go on, nothing is lost on the way back."""

import asyncio
import uuid
from datetime import UTC, datetime

import pytest

from klantbus.bus.desk import Desk
from klantbus.bus.intake import Intake
from klantbus.bus.ports import TopicSpec
from klantbus.bus.replay import discard, replay, survey
from klantbus.bus.topics import PARKED, topic_of
from klantbus.domain.events import ContactLogged

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
async def desk(log):
    department = f"d{uuid.uuid4().hex[:8]}"
    await log.create([TopicSpec(topic_of(department)), TopicSpec(PARKED)])
    return Desk(department=department, system="crm", publisher=await log.publisher(), now=lambda: NOON)


@pytest.fixture
async def intake(log, desk):
    intake = await Intake.open(log, [topic_of(desk.department)], by="projector")
    yield intake
    await intake.close()


def called(desk, customer):
    return desk.state(ContactLogged(direction="in", reached=True), subject=customer)


async def scribble(log, desk, record):
    [place] = await (await log.publisher()).publish([record._replace(value=record.value[:20])])
    return f"{place.topic}:{place.partition}:{place.offset}"


async def read(intake, count):
    facts = []
    async with asyncio.timeout(20):
        while len(facts) < count or intake.positions() != await intake.ends():
            facts += [arrival.fact for arrival in (await intake.batch(wait=0.2)).arrivals]
    return facts


async def test_rubbish_is_parked_and_only_its_customer_waits_until_it_is_mended(log, desk, intake):
    mended, waits, other = (called(desk, customer) for customer in ("K1", "K1", "K2"))
    parked_id = await scribble(log, desk, desk.record(mended))
    await desk.publish_many([waits, other])
    assert await read(intake, 1) == [other]

    await replay(log, parked_id, by="cli", value=desk.record(mended).value)
    assert await read(intake, 2) == [mended, waits]
    with_ours = [
        one for one in (await survey(log)).standing() if one.place.topic == topic_of(desk.department)
    ]
    assert with_ours == []


async def test_another_reader_that_starts_later_leaves_out_what_was_discarded(log, desk, intake):
    parked_id = await scribble(log, desk, desk.record(called(desk, "K1")))
    assert await read(intake, 0) == []
    await discard(log, parked_id, by="cli")
    later = called(desk, "K1")
    await desk.publish(later)
    another = await Intake.open(log, [topic_of(desk.department)], by="streams")
    assert await read(another, 1) == await read(intake, 1) == [later]
    await another.close()
