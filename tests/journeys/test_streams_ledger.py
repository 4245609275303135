"""The ledger test: real workers on a real log, killed at random; nothing is lost, and nothing is said twice.

What the workers kept and said is compared with the pure judge over the same facts, in the log's own order.
"""

import asyncio
import os
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from components.streams.truth import about_customers, together
from components.streams.views import kept_views, view
from journeys.workers_town import Crew, Town

from apps.broker import node
from apps.broker.node import Wish
from apps.broker.settings import Home
from apps.judging import rules_of
from apps.settings import Settings
from klantbus.bus.codec import decode
from klantbus.bus.open import open_log
from klantbus.bus.ports import Stored
from klantbus.bus.topics import ALERTS, EVENTS, EVERY_DEPARTMENT, PARKED, VERDICTS
from klantbus.domain.micros import DAY
from streams.promises import PromiseJudge
from streams.store import Store
from streams.telling import id_of

KILLS = int(os.environ.get("KLANTBUS_CYCLES", "20"))
FACTS = 50_000
DISK_LOST = 2
"""At this kill the worker's disk is gone as well: early, while there is little to judge again."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600 + 120 * KILLS)]


def expected(judge: PromiseJudge, records: list[Stored], until: int) -> tuple[dict[str, Any], set[str]]:
    """Return every customer's state and all ids, as the pure judge has them at `until`."""
    lanes: dict[int, list[Stored]] = defaultdict(list)
    for record in records:
        lanes[record.partition].append(record)
    states: dict[str, Any] = {}
    ids: set[str] = set()
    for lane in lanes.values():
        told = sorted(lane, key=lambda r: (r.appended, r.topic, r.offset))
        facts_told = ((r, decode(r.value, r.headers)) for r in told)
        for (at, customer), facts in together(about_customers(facts_told)):
            state = states.setdefault(customer, judge.fresh(customer))
            ids |= {id_of(customer, ruling) for ruling in judge.learn(state, facts, at)}
    for customer, state in states.items():
        ids |= {id_of(customer, ruling) for ruling in judge.judge(state, until)}
    return states, ids


def readable(records: list[Stored], parked: list[Stored]) -> list[Stored]:
    aside = {dict(record.headers)["parked_id"].decode() for record in parked}
    return [r for r in records if f"{r.topic}:{r.partition}:{r.offset}" not in aside]


async def same_as_the_pure_judge(town: Town, data: Path) -> None:
    judge = PromiseJudge(rules_of(Settings()))
    records = readable(await town.records([EVERY_DEPARTMENT]), await town.records([PARKED]))
    said = await town.records([VERDICTS, ALERTS])
    found = {dict(record.headers)["ce_id"].decode(): record.value for record in said}
    last = max(record.appended for record in records)
    _, must = expected(judge, records, last)
    states, may = expected(judge, records, last + DAY)
    assert must <= found.keys(), f"{len(must - found.keys())} of {len(must)} were never said"
    assert found.keys() <= may, f"{len(found.keys() - may)} of {len(found)} should not have been said"
    for record in said:
        assert found[dict(record.headers)["ce_id"].decode()] == record.value, "one id says two things"
    assert kept_by_all(judge, data, last + DAY) == {
        customer: view(state) for customer, state in states.items()
    }


def kept_by_all(judge: PromiseJudge, data: Path, until: int) -> dict[str, object]:
    """Return what the workers kept: of a partition that several had, from the one that read furthest."""
    best: dict[int, tuple[int, dict[str, object]]] = {}
    for folder in sorted(path for path in (data / "streams").iterdir() if (path / "CURRENT").exists()):
        store = Store(folder, judge.version)
        assert not store.rebuilt
        for number in range(12):
            part = store.part(number)
            read = sum(spot.offset for topic, spot in part.spots().items() if topic.startswith(EVENTS))
            if read and read > best.get(number, (0, {}))[0]:
                best[number] = (read, kept_views(part, judge, until))
        store.close()
    return {customer: seen for _, views in best.values() for customer, seen in views.items()}


async def killed_at_random(town: Town, crew: Crew, names: list[str], broker: Home | None) -> None:
    dice = random.Random(3)  # noqa: S311  seeded, no secret
    every = max(KILLS // 5, 1)
    for kill in range(KILLS):
        await town.say(FACTS // KILLS)
        await town.judged(crew, but=dice.randrange(FACTS // KILLS), within=120)
        if broker and kill % every == every // 2:
            node.kill(broker)
            await asyncio.to_thread(node.start, broker, Wish(), os.environ)
        name = dice.choice(names)
        if name in crew.running:
            crew.end(name, signal.SIGKILL if dice.random() < 0.8 else signal.SIGTERM)
        if kill == DISK_LOST:
            crew.lose_disk(name)
        crew.start(name)
        await town.judged(crew)


async def asleep_while_its_partitions_move(town: Town, crew: Crew) -> None:
    """A worker that sleeps through a rebalance and wakes changes nothing."""
    await town.say(500)
    crew.freeze("w0")
    await town.say(500)
    await town.judged(crew, within=60)
    crew.wake("w0")
    await town.say(500)
    await town.judged(crew, within=60)


async def a_department_is_added(town: Town, crew: Crew) -> None:
    """Workers that run find a topic that was made after they started."""
    await town.say(300)
    await town.judged(crew, within=60)
    await town.open_workshop()
    await town.judged(crew, within=60)
    await town.say_in_the_workshop(300)
    await town.say(300)
    await town.judged(crew, within=60)
    await town.up_to_now(crew)
    for name in list(crew.running):
        crew.end(name, signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


@pytest.fixture
async def town_on_the_journal(tmp_path) -> AsyncIterator[tuple[Town, Crew]]:
    url = f"journal://{tmp_path / 'journal.sqlite'}"
    log, crew = await open_log(url), Crew(url, tmp_path)
    town = Town(log, tmp_path)
    await town.open()
    yield town, crew
    crew.close()
    await log.close()


async def test_a_worker_on_the_journal_killed_twenty_times_says_everything_once(town_on_the_journal):
    town, crew = town_on_the_journal
    crew.start("w0")
    await killed_at_random(town, crew, ["w0"], None)
    await town.up_to_now(crew)
    crew.end("w0", signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


async def test_a_worker_on_the_journal_judges_a_department_that_is_added_while_it_runs(town_on_the_journal):
    town, crew = town_on_the_journal
    crew.start("w0")
    await a_department_is_added(town, crew)


@pytest.fixture
async def town_on_kafka(tmp_path, kafka_home) -> AsyncIterator[tuple[Town, Crew, Home]]:
    home = Home(tmp_path / "kafka")
    address = (await asyncio.to_thread(node.start, home, Wish(port=0), os.environ)).address
    log = await open_log(f"kafka://{address}")
    town, crew = Town(log, tmp_path), Crew(f"kafka://{address}", tmp_path)
    await town.open()
    yield town, crew, home
    crew.close()
    await log.close()
    node.stop(home)


@pytest.mark.kafka
async def test_two_workers_and_a_broker_killed_at_random_say_everything_once(town_on_kafka):
    town, crew, home = town_on_kafka
    for name in ("w0", "w1"):
        crew.start(name)
    await killed_at_random(town, crew, ["w0", "w1"], home)
    await asleep_while_its_partitions_move(town, crew)
    await town.up_to_now(crew)
    for name in list(crew.running):
        crew.end(name, signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


async def come_and_gone(town: Town, crew: Crew, dice: random.Random, name: str) -> None:
    """Start a worker, or end one at any moment: it starts, joins, gives up lanes, judges or idles."""
    if name not in crew.running:
        crew.start(name)
    else:
        crew.end(name, signal.SIGKILL if dice.random() < 0.3 else signal.SIGTERM)
    await town.say(200)
    await asyncio.sleep(dice.uniform(0.2, 5.0))  # the moment is what is tried here


@pytest.mark.kafka
async def test_two_workers_that_come_and_go_at_any_moment_say_everything_once(town_on_kafka):
    town, crew, _ = town_on_kafka
    dice = random.Random(9)  # noqa: S311  seeded, no secret
    for _ in range(KILLS):
        await come_and_gone(town, crew, dice, dice.choice(["w0", "w1"]))
    for name in {"w0", "w1"} - crew.running.keys():
        crew.start(name)
    await town.judged(crew, within=60)
    await town.up_to_now(crew)
    for name in list(crew.running):
        crew.end(name, signal.SIGTERM)
    await same_as_the_pure_judge(town, town.data)


@pytest.mark.kafka
async def test_workers_on_kafka_judge_a_department_that_is_added_while_they_run(town_on_kafka):
    town, crew, _ = town_on_kafka
    for name in ("w0", "w1"):
        crew.start(name)
    await a_department_is_added(town, crew)
