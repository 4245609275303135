"""Plays the week: states its facts in a journal that runs on the story's clock, follows them, parks one."""

import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from apps.demo.cast import Told
from klantbus.bus.departments import Departments
from klantbus.bus.intake import Facts, Intake
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Log, Record
from klantbus.bus.reading import record_of
from klantbus.bus.replay import replay, survey
from klantbus.bus.topics import EVERY_DEPARTMENT, topic_of, topic_specs
from klantbus.domain.micros import micros

_READER = "demo"


class Followed(NamedTuple):
    """What a reader saw: facts by type, facts by department, and how many were handed out."""

    types: Counter[str]
    departments: Counter[str]
    facts: int


class ParkedOne(NamedTuple):
    """The story of one record that nobody could read."""

    parked_id: str
    reason: str
    waiting: int
    replayed: int


def clear(folder: Path) -> None:
    """Make `folder` anew, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


async def state_all(folder: Path, told: Sequence[Told], departments: Departments) -> None:
    """State every fact at its moment in the journal of `folder`; each is on the disk before the next."""
    clock = [0]
    journal = Journal(str(folder / "journal.sqlite"), now=lambda: clock[0])
    await journal.create(topic_specs(departments))
    publisher = await journal.publisher()
    for published, group in groupby(told, key=lambda one: one.published):
        clock[0] = micros(published)
        await publisher.publish([record_of(one.fact, topic_of(one.fact.department)) for one in group])
    await journal.close()


async def follow_all(log: Log) -> Followed:
    """Follow every department's topic to its end."""
    types: Counter[str] = Counter()
    departments: Counter[str] = Counter()
    intake = await Intake.open(log, [EVERY_DEPARTMENT], by=_READER)
    while (batch := await intake.batch(wait=0.05)).arrivals:
        types.update(arrival.fact.type for arrival in batch.arrivals)
        departments.update(arrival.fact.department for arrival in batch.arrivals)
    await intake.close()
    return Followed(types, departments, types.total())


async def park_one(log: Log, customer: str) -> ParkedOne:
    """Let a department send half a fact and then a whole one; park, mend and replay them."""
    whole = await _last_record(log, customer)
    publisher = await log.publisher()
    intake = await Intake.open(log, [EVERY_DEPARTMENT], by=_READER)
    await _drain(intake)
    cut = whole._replace(value=(whole.value or b"")[:-4])
    await publisher.publish([cut, whole])
    await intake.batch(wait=1.0)
    (root, *behind) = (await survey(log)).standing()
    freed = await replay(log, root.id, by=_READER, value=whole.value)
    back: Facts = await intake.batch(wait=1.0)
    await intake.close()
    return ParkedOne(root.id, root.reason, len(behind), min(len(freed), len(back.arrivals)))


async def _drain(intake: Intake) -> None:
    while (await intake.batch(wait=0.0)).arrivals:
        pass


async def _last_record(log: Log, customer: str) -> Record:
    follower = await log.follower([topic_of("sales")])
    found: Record | None = None
    while batch := (await follower.batch(wait=0.05)).records:
        for stored in batch:
            if stored.key == customer.encode():
                found = Record(stored.topic, stored.key, stored.value, stored.headers)
    await follower.close()
    if found is None:
        raise LookupError(f"the story has no fact of sales about {customer}")
    return found
