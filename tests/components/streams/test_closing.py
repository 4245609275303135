"""A day declared closed moves open promises by a fact that all can see, once, whatever happens (N12)."""

from pathlib import Path

import pytest
from components.streams.closing import ClosingWorld
from components.streams.company import Company
from components.streams.simulated import CUSTOMERS

from klantbus.bus.codec import decode
from klantbus.bus.topics import VERDICTS
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import DueWorkingDays, PromiseFulfilled, PromiseMade
from klantbus.domain.micros import DAY, micros, moment
from klantbus.domain.rules import Calendars, Rules
from streams.promises import PromiseJudge

HOUSE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}, "holidays": "none"})


def world_of(seed: int, room: Path) -> ClosingWorld:
    return ClosingWorld(seed, room / str(seed), lambda: PromiseJudge(Rules(Calendars(HOUSE))))


def promised(world: ClosingWorld, name: str, days: int) -> None:
    due = DueWorkingDays(working_days=days)
    world._say(CUSTOMERS[0], PromiseMade(promise_id=name, due=due, made_by="sales", performer="sales"))


def verdicts_on(world: ClosingWorld, name: str):
    told = [decode(record.value).data for record in world.log.all(VERDICTS)]
    return [verdict for verdict in told if verdict.promise_id == name]


async def test_an_open_promise_moves_to_the_next_working_day_and_one_that_was_kept_does_not(room):
    world = world_of(1, room)
    world.faults = False
    for name in world.names:
        await world.start(name)
    await world.deal()
    promised(world, "open", 2)
    promised(world, "kept", 2)
    world._say(CUSTOMERS[0], PromiseFulfilled(promise_id="kept"))
    await world.come_right()
    before = verdicts_on(world, "open")[-1]
    assert (before.due.date().isoformat(), before.revision) == ("2026-03-04", 0)
    world.close_day(before.due.date())
    await world.come_right()
    after = verdicts_on(world, "open")[-1]
    assert (after.due.date().isoformat(), after.revision) == ("2026-03-05", 1)
    assert micros(after.due) - micros(before.due) == DAY
    assert after.original_due == before.due
    assert verdicts_on(world, "kept")[-1].revision == 0
    (move,) = world.moves_found()
    assert (move.subject, move.source, move.causationid) == (CUSTOMERS[0], "/sales/calendar", "calendar2")
    world.close_day(moment(world.time).date())  # the next version opens the other day again
    await world.come_right()
    again = verdicts_on(world, "open")[-1]
    assert (again.due, again.original_due, again.revision) == (before.due, before.due, 2)
    world.close()


@pytest.mark.parametrize(
    "seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 40))]
)
async def test_days_are_closed_while_workers_crash_and_everything_moves_once(seed, room):
    world = world_of(seed, room)
    world.company = Company(seed, CUSTOMERS[:6])
    try:
        await world.play()
        assert world.differences() == []
    finally:
        world.close()
