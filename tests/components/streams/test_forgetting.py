"""What can no longer change is let go of in the store too, and the log judged again from its start agrees."""

import pytest
from components.streams.simulated import CUSTOMERS, World
from stated import stated

from klantbus.bus.reading import record_of
from klantbus.bus.topics import EVENTS
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import DueAt, PromiseFulfilled, PromiseMade
from klantbus.domain.micros import DAY, HOUR, SECOND, moment
from klantbus.domain.rules import Calendars, Rules
from streams.promises import PromiseJudge

HOUSE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}})
WHO = CUSTOMERS[0]


@pytest.fixture
async def world(tmp_path):
    made = World(3, tmp_path, lambda: PromiseJudge(Rules(Calendars(HOUSE))), workers=1)
    made.faults = False
    await made.start("w0")
    await made.deal()
    yield made
    made.close()


def say(world: World, data: PromiseMade | PromiseFulfilled) -> None:
    world.made += 1
    world.time += SECOND
    fact = stated(f"e{world.made}", data, moment(world.time), subject=WHO)
    world.log.append(record_of(fact, f"{EVENTS}sales"))


def promise(world: World, name: str) -> None:
    due = DueAt(at=moment(world.time + HOUR))
    say(world, PromiseMade(promise_id=name, due=due, made_by="sales", performer="sales"))


def kept(world: World) -> int:
    return sum(
        len(one.part.facts(WHO.encode()))
        for worker in world.workers.values()
        for one in worker.watch.slices.values()
    )


def figures(world: World) -> dict[str, int]:
    (case,) = (
        held.state
        for worker in world.workers.values()
        for one in worker.watch.slices.values()
        if (held := one.memory.of(WHO))
    )
    return case.customer.figures


async def test_a_year_and_a_half_later_the_first_word_lets_go_of_what_was_kept_and_not_of_what_is_open(world):
    for name in ("a", "b", "open"):
        promise(world, name)
    for name in ("a", "b"):
        say(world, PromiseFulfilled(promise_id=name))
    await world.come_right()
    assert kept(world) == 5
    world.time += 500 * DAY
    promise(world, "new")
    await world.come_right()
    assert kept(world) == 2
    assert figures(world) == {"other|sales|sales|kept": 2}
    assert world.differences() == []
    world.kill("w0")
    await world.start("w0")
    await world.come_right()
    assert world.differences() == []
    world.kill("w0")
    await world.start("w0", lost=True)
    await world.come_right()
    assert kept(world) == 2
    assert figures(world) == {"other|sales|sales|kept": 2}
    assert world.differences() == []


async def test_what_was_let_go_is_no_news_when_it_is_told_again(world):
    promise(world, "a")
    say(world, PromiseFulfilled(promise_id="a"))
    await world.come_right()
    told = [r for lane, records in world.log.lanes.items() if "events" in lane.topic for r in records]
    world.time += 500 * DAY
    promise(world, "new")
    await world.come_right()
    for record in told:
        world.log.append(record)
    await world.come_right()
    assert kept(world) == 1
    assert world.differences() == []
