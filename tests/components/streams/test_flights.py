"""Lanes that go in the middle of a step: nothing that was on its way into the log lands after they went."""

import asyncio
from pathlib import Path

from components.streams.simulated import CUSTOMERS, MINUTE, World
from components.streams.tally import TallyJudge

from klantbus.bus.topics import ALERTS
from klantbus.domain.events import DueAt, PromiseMade
from klantbus.domain.micros import moment


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def with_much_to_say(seed: int, folder: Path) -> World:
    """Return a world of one worker that knows the time and has promises in all partitions to judge."""
    world = World(seed, folder, TallyJudge, workers=1)
    world.faults = False
    await world.start("w0")
    await world.deal()
    for number in range(40):
        due = DueAt(at=moment(world.time + MINUTE))
        made = PromiseMade(promise_id=f"p{number}", due=due, made_by="sales", performer="sales")
        world._say(world.dice.choice(CUSTOMERS), made)
    world.time += 60 * MINUTE
    await world.tick(world.workers["w0"])
    world.time += MINUTE
    world.log.slow = lambda: world.dice.randint(5, 60)
    return world


async def landed_late(seed: int, room: Path) -> int:
    """Return how many edges came into the log after their worker had given its lanes up."""
    world = await with_much_to_say(seed, room / str(seed))
    worker = world.workers["w0"]
    step = asyncio.create_task(world.tick(worker))
    await turns(world.dice.randint(1, 300))
    await worker.host.leave()  # as after a stop or a revoke that has waited long enough
    before = len(world.log.all(ALERTS))
    await turns(300)
    after = len(world.log.all(ALERTS))
    await step
    await world.come_right()
    assert world.differences() == []
    world.close()
    return after - before


async def test_what_was_on_its_way_when_lanes_went_does_not_land_late(room):
    assert {seed: late for seed in range(40) if (late := await landed_late(seed, room))} == {}
