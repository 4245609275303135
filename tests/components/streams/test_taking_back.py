"""A calendar that is taken back or corrected moves promises by facts that all can see, whatever crashes."""

import pytest
from components.streams.company import Company
from components.streams.retracting import RetractingWorld
from components.streams.simulated import CUSTOMERS

from klantbus.bus.codec import decode
from klantbus.bus.topics import VERDICTS
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import DueWorkingDays, PromiseMade
from klantbus.domain.micros import SECOND
from klantbus.domain.rules import Calendars, Rules
from streams.promises import PromiseJudge

HOUSE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}, "holidays": "none"})


@pytest.fixture
async def world(room):
    """A calm world with one open promise, due on Wednesday 4 March."""
    world = RetractingWorld(1, room, lambda: PromiseJudge(Rules(Calendars(HOUSE))))
    world.faults = False
    for name in world.names:
        await world.start(name)
    await world.deal()
    promise(world, "open")
    await world.come_right()
    yield world
    assert world.differences() == []
    world.close()


def promise(world: RetractingWorld, name: str) -> None:
    due = DueWorkingDays(working_days=2)
    world._say(CUSTOMERS[0], PromiseMade(promise_id=name, due=due, made_by="sales", performer="sales"))


def shown(world: RetractingWorld, name: str = "open") -> tuple[str, int]:
    told = [decode(record.value).data for record in world.log.all(VERDICTS)]
    last = [verdict for verdict in told if verdict.promise_id == name][-1]
    return f"{last.due:%A}", last.revision


async def test_a_calendar_that_is_taken_back_moves_a_promise_back_by_a_fact_in_the_log(world):
    world.close_day(HOUSE.day_of(world.time).replace(day=4))
    await world.come_right()
    assert shown(world) == ("Thursday", 1)
    world.retract("calendar2")
    await world.come_right()
    assert shown(world) == ("Wednesday", 2)
    assert [move.causationid for move in world.moves_found()] == ["calendar2", "thought1"]
    assert {move.source for move in world.moves_found()} == {"/sales/calendar"}


async def test_a_corrected_calendar_moves_a_promise_to_where_it_says_now(world):
    day = HOUSE.day_of(world.time)
    world.close_day(day.replace(day=4))
    await world.come_right()
    world.correct("calendar2", (day.replace(day=3), day.replace(day=4)))
    await world.come_right()
    assert shown(world) == ("Friday", 2)
    world.correct("calendar2", ())
    await world.come_right()
    assert shown(world) == ("Wednesday", 3)


async def test_a_calendar_taken_back_before_anybody_heard_of_it_moves_nothing(world):
    day = HOUSE.day_of(world.time)
    world.close_day(day.replace(day=4))
    await world.come_right()
    world.retract("calendar3")
    world.time += SECOND
    world.close_day(day.replace(day=3))
    await world.come_right()
    assert shown(world) == ("Thursday", 1)
    assert len(world.moves_found()) == 1


async def test_a_calendar_taken_back_while_its_moves_are_under_way_moves_them_back(world):
    world.close_day(HOUSE.day_of(world.time).replace(day=4))
    world.retract("calendar2")
    await world.come_right()
    assert shown(world)[0] == "Wednesday"
    assert len(world.moves_found()) in {0, 2}


async def test_another_department_takes_no_calendar_back(world):
    world.close_day(HOUSE.day_of(world.time).replace(day=4))
    await world.come_right()
    world.retract("calendar2", "finance")
    await world.come_right()
    assert shown(world) == ("Thursday", 1)


async def test_a_worker_that_lost_its_disk_knows_what_was_taken_back(world):
    world.close_day(HOUSE.day_of(world.time).replace(day=4))
    await world.come_right()
    world.retract("calendar2")
    await world.come_right()
    for name in world.names:
        world.kill(name)
        await world.start(name, lost=True)
    await world.come_right()
    promise(world, "later")
    await world.come_right()
    assert shown(world) == ("Wednesday", 2)
    assert shown(world, "later")[1] == 0
    assert len({move.id for move in world.moves_found()}) == 2


@pytest.mark.parametrize(
    "seed", [0, 1, 2, 3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 40))]
)
async def test_calendars_are_taken_back_while_workers_crash_and_everything_moves_once(seed, room):
    world = RetractingWorld(seed, room, lambda: PromiseJudge(Rules(Calendars(HOUSE))))
    world.company = Company(seed, CUSTOMERS[:6])
    try:
        await world.play()
        assert world.differences() == []
    finally:
        world.close()
