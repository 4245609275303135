"""A small office: two departments, a log in memory, readers, and someone who writes rubbish."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest

from klantbus.bus.desk import Desk
from klantbus.bus.intake import Intake
from klantbus.bus.journal import MEMORY, Journal
from klantbus.bus.ports import TopicSpec
from klantbus.bus.replay import survey
from klantbus.bus.topics import EVERY_DEPARTMENT, PARKED, topic_of
from klantbus.domain.events import ContactLogged

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DEPARTMENTS = ("sales", "finance")

RUBBISH = {
    "tombstone": lambda record: record._replace(value=None),
    "framing": lambda record: record._replace(value=b"not Avro at all"),
    "unknown_schema": lambda record: record._replace(value=b"\x00\x00\x00\x00\x01" + record.value[5:]),
    "truncated": lambda record: record._replace(value=record.value[:20]),
    "too_large": lambda record: record._replace(value=b"\x00" * (256 * 1024 + 1)),
    "headers_disagree": lambda record: record._replace(headers=(("ce_id", b"another"),)),
    "wrong_key": lambda record: record._replace(value=record.value, key=b"somebody else"),
    "wrong_department": lambda record: record._replace(topic=topic_of("finance")),
}
"""How a good record of sales is spoiled, by the code that it is parked under."""


class Office:
    """Who is there, and what they do."""

    def __init__(self, log):
        self.log = log
        self.numbers = itertools.count()

    async def open(self):
        topics = [*map(topic_of, DEPARTMENTS), PARKED]
        await self.log.create([TopicSpec(topic) for topic in topics])
        self.publisher = await self.log.publisher(limit=10**9)
        return self

    def record(self, customer, department="sales"):
        desk = Desk(department=department, system="crm", now=lambda: NOON)
        contact = ContactLogged(direction="in", reached=True, summary=f"number {next(self.numbers)}")
        fact = desk.state(contact, subject=customer)
        return fact, desk.record(fact)

    async def states(self, customer, department="sales"):
        """Publish a good fact and return it."""
        fact, record = self.record(customer, department)
        await self.publisher.publish([record])
        return fact

    async def scribbles(self, customer, code="truncated"):
        """Publish rubbish under a customer's key and return its parked id to be."""
        _, record = self.record(customer)
        [place] = await self.publisher.publish([RUBBISH[code](record)])
        return f"{place.topic}:{place.partition}:{place.offset}"

    async def reader(self, name="projector", **wishes):
        return await Intake.open(self.log, [EVERY_DEPARTMENT], by=name, **wishes)


async def read(intake, **wishes):
    """Read to the end of the log and return the facts."""
    facts = []
    async with asyncio.timeout(20):
        while True:
            batch = await intake.batch(wait=0, **wishes)
            facts += [arrival.fact for arrival in batch.arrivals]
            if intake.positions() == await intake.ends():
                return facts


async def standing(office):
    """Return id, mark and reason of what is parked and not settled."""
    return [(one.id, one.mark, one.code) for one in (await survey(office.log)).standing()]


def meanwhile(intake, happening):
    """Let `happening` come between what the intake's next batch learns and what it writes."""
    parking = intake._parking
    learn = parking.learn

    async def learn_then():
        await learn()
        parking.learn = learn
        await happening()

    parking.learn = learn_then


@pytest.fixture
async def office():
    log = Journal(MEMORY)
    yield await Office(log).open()
    await log.close()
