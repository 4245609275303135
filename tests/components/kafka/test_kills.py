"""The broker is killed at random points. Shown: no acknowledged fact is lost, none is there twice that was
acknowledged once, and each customer's facts stand in the order in which they were said.

The publisher's patience is longer than a restart takes, so librdkafka's idempotent producer bridges a kill
and leaves no repeat. Where patience does run out, the publisher says `LogUnavailable` and we repeat, with
the same ids: only then may an id stand in the log twice, and the reader's guard leaves it once.
"""

import asyncio
import os
import random
import secrets
import signal
from collections import Counter

import pytest
from waiting import until_it

from apps.broker import node
from klantbus.bus.clock import steady
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import Record, TopicSpec

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "20"))
pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600 + 60 * CYCLES)]
TOPIC = "test.kills"
CUSTOMERS = 7
PER_CALL = 40


class Speaker:
    """Says numbered facts of a few customers until told to stop; says again what was not acknowledged."""

    def __init__(self, log):
        self.log = log
        self.acked = []
        self.repeated = set()
        self.stopped = False

    async def speak(self):
        publisher = await self.log.publisher()
        numbers = 0
        while not self.stopped:
            records = [said(number) for number in range(numbers, numbers + PER_CALL)]
            await self.insist(publisher, records)
            self.acked += [record.headers[0][1] for record in records]
            numbers += PER_CALL

    async def insist(self, publisher, records):
        while True:
            try:
                return await publisher.publish(records)
            except LogUnavailable:
                self.repeated |= {record.headers[0][1] for record in records}


class Listener:
    """Follows all along, over every kill; the guard lets each id pass once."""

    def __init__(self, log):
        self.log = log
        self.seen = {}
        self.stopped = False

    async def listen(self):
        follower = await self.log.follower([TOPIC])
        while not self.stopped:
            for record in (await follower.batch(wait=0.2)).records:
                self.seen.setdefault(record.headers[0][1], record)


def said(number):
    customer = b"C%d" % (number % CUSTOMERS)
    return Record(TOPIC, customer, b"%d" % number, (("ce_id", b"id-%d" % number),))


async def everything(log):
    follower = await log.follower([TOPIC])
    ends = await follower.ends()
    records = []
    while follower.positions() != ends:
        records += (await follower.batch(wait=0.5)).records
    return records


def in_order(records):
    """Return whether each customer's numbers, first time counting, only go up."""
    lines = {}
    for record in records:
        lines.setdefault(record.key, []).append(int(record.value))
    return all(line == sorted(line) for line in lines.values())


async def said_more(speaker):
    before = len(speaker.acked)
    await until_it(lambda: len(speaker.acked) > before, seconds=120)


async def kill_and_restart(home, start, dice):
    moment = steady() + dice.uniform(0.0, 0.8)
    await until_it(lambda: steady() >= moment, seconds=120)
    await asyncio.to_thread(node.kill, home)
    await asyncio.to_thread(start)


async def test_no_acknowledged_fact_is_lost_doubled_or_out_of_order_when_the_broker_is_killed(
    own_home, start
):
    seed = secrets.randbits(32)
    dice = random.Random(seed)  # noqa: S311  a moment, no secret
    there = await asyncio.to_thread(start)
    log = KafkaLog(there.address, patience=30.0)
    await log.create([TopicSpec(TOPIC)])
    speaker, listener = Speaker(log), Listener(log)
    speaking, listening = asyncio.create_task(speaker.speak()), asyncio.create_task(listener.listen())
    for _ in range(CYCLES):
        await said_more(speaker)
        await kill_and_restart(own_home, start, dice)
    await said_more(speaker)
    speaker.stopped = True
    await speaking
    stored = await everything(log)
    await until_it(lambda: len(listener.seen) >= len(speaker.acked), seconds=120)
    listener.stopped = True
    await listening
    await log.close()

    times = Counter(record.headers[0][1] for record in stored)
    first = {record.headers[0][1]: record for record in reversed(stored)}
    assert set(times) == set(speaker.acked) == set(listener.seen), f"seed {seed}"
    doubled = {name for name, count in times.items() if count > 1}
    assert doubled <= speaker.repeated, f"seed {seed}"
    assert in_order(sorted(first.values(), key=lambda record: record.offset)), f"seed {seed}"
    assert in_order(listener.seen.values()), f"seed {seed}"


async def test_a_broker_that_hangs_is_weather_within_our_patience_and_nothing_is_lost_over_it(
    own_home, start
):
    there = await asyncio.to_thread(start)
    log, hasty = KafkaLog(there.address, patience=30.0), KafkaLog(there.address, patience=2.0)
    await log.create([TopicSpec(TOPIC)])
    speaker, publisher = Speaker(log), await hasty.publisher()
    await speaker.insist(publisher, [said(number) for number in range(10)])

    os.kill(there.process.pid, signal.SIGSTOP)
    first, second = [said(number) for number in range(10, 20)], [said(number) for number in range(20, 30)]
    outcomes = await asyncio.gather(*map(publisher.publish, (first, second)), return_exceptions=True)
    os.kill(there.process.pid, signal.SIGCONT)

    assert all(isinstance(outcome, LogUnavailable) for outcome in outcomes)
    for records in (first, second):
        await speaker.insist(publisher, records)
    stored = {}
    for record in await everything(log):
        stored.setdefault(record.headers[0][1], record)
    assert len(stored) == 30
    assert in_order(stored.values())
    await hasty.close()
    await log.close()
