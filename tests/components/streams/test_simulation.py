"""Seeded worlds: workers crash between any two steps, lose disks, sleep through rebalances; nothing shows.

And planted bugs: each is a mistake that somebody could make in the streams, and the worlds must find it.
"""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from components.streams.company import Company
from components.streams.merging import FEW, MergingWorld
from components.streams.simulated import CUSTOMERS, World
from components.streams.tally import TallyJudge

import streams.merge
import streams.relay
import streams.slice
import streams.telling
import streams.watch
from klantbus.domain.calendar import Calendar
from klantbus.domain.micros import MINUTE
from klantbus.domain.policy import DEFAULTS
from klantbus.domain.rules import Calendars, Rules
from streams.host import Host
from streams.ledger import Ledger
from streams.memory import Memory
from streams.merge import Merge
from streams.promises import PromiseJudge
from streams.reading import OrderedLot
from streams.slice import Slice
from streams.store import NEVER, Part, Write
from streams.watch import Watch

SEEDS = int(os.environ.get("KLANTBUS_SEEDS", "200"))
PLANTED_SEEDS = 100
ENDLESS = 20.0
"""Seconds after which a world never ends: a world takes less than one."""
HOURS = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]}}
SOON_SILENT = replace(DEFAULTS, silence=6 * MINUTE)
RULES = Rules(Calendars(Calendar.from_settings(HOURS)), SOON_SILENT)


@asynccontextmanager
async def played(world: World) -> AsyncIterator[None]:
    """Play a world; nothing of it stays."""
    try:
        await world.play()
        yield
    finally:
        world.close()
        shutil.rmtree(world.folder, ignore_errors=True)


async def differences(seed: int, room: Path) -> list[str]:
    world = World(seed, room / str(seed), TallyJudge)
    async with played(world):
        return world.differences()


async def test_a_few_worlds_end_as_the_pure_judge_says(room):
    assert {seed: wrong for seed in range(10) if (wrong := await differences(seed, room))} == {}


@pytest.mark.slow
@pytest.mark.timeout(600 + 10 * SEEDS)
async def test_every_world_ends_as_the_pure_judge_says(room):
    assert {seed: wrong for seed in range(10, SEEDS) if (wrong := await differences(seed, room))} == {}


async def differences_of_a_company(seed: int, room: Path) -> list[str]:
    world = World(seed, room / str(seed), lambda: PromiseJudge(RULES))
    world.company = Company(seed, CUSTOMERS[:6])
    async with played(world):
        return world.differences()


LEARNED_BUT_NOT_JUDGED = 197
"""A worker is killed between a fact and what time brought about before it, and an older state goes on."""


async def test_a_few_companies_are_judged_as_the_pure_judge_says(room):
    seeds = (*range(5), LEARNED_BUT_NOT_JUDGED)
    assert {s: wrong for s in seeds if (wrong := await differences_of_a_company(s, room))} == {}


@pytest.mark.slow
@pytest.mark.timeout(600 + 10 * SEEDS)
async def test_every_company_is_judged_as_the_pure_judge_says(room):
    assert {s: wrong for s in range(5, SEEDS) if (wrong := await differences_of_a_company(s, room))} == {}


async def groups_unlike_the_book(seed: int, room: Path) -> list[str]:
    world = MergingWorld(seed, room / str(seed), lambda: PromiseJudge(RULES), [0.03, 0.15][seed % 2])
    world.company = Company(seed, FEW, in_order=30)
    async with played(world):
        return world.unlike_the_book()


async def test_a_few_worlds_of_merged_customers_end_as_the_book_says(room):
    assert {seed: wrong for seed in range(4) if (wrong := await groups_unlike_the_book(seed, room))} == {}


@pytest.mark.slow
@pytest.mark.timeout(600 + 10 * SEEDS)
async def test_merged_customers_are_judged_as_one_whichever_partitions_they_lie_in(room):
    assert {s: wrong for s in range(4, SEEDS) if (wrong := await groups_unlike_the_book(s, room))} == {}


# -- planted bugs: name, what is done to the streams


def remembers_before_it_publishes(patch):
    publish = Watch._publish

    async def landed(self, flight):
        positions = self._remember(flight.decided)
        await publish(self, [record for _, outcome in flight.decided for record in outcome.records])
        return positions

    patch.setattr(Watch, "_publish", lambda *_: asyncio.sleep(0))
    patch.setattr(Watch, "_landed", landed)


def remembers_while_it_publishes(patch):
    async def landed(self, flight):
        return self._remember(flight.decided)

    patch.setattr(Watch, "_landed", landed)


def decides_on_before_the_step_before_is_remembered(patch):
    flying = Watch._decide_some

    async def decide_some(self, slices, now):
        flight, self._flight = self._flight, None
        try:
            return await flying(self, slices, now)
        finally:
            self._flight = flight

    patch.setattr(Watch, "_decide_some", decide_some)


def forgets_which_look_stands_of_whom_it_reads_again(patch):
    unpacked = Memory.unpacked

    def unaware(self, customer, kept, facts):
        held = unpacked(self, customer, kept, facts)
        held.look = NEVER
        return held

    patch.setattr(Memory, "unpacked", unaware)


def forgets_the_states_but_keeps_the_position(patch):
    write = Part.write
    patch.setattr(Part, "write", lambda self, w: write(self, Write({}, {}, w.spots, w.until, w.extra)))


def keeps_the_states_but_forgets_the_looks(patch):
    write = Part.write
    patch.setattr(
        Part,
        "write",
        lambda self, w: write(
            self, Write(w.states, {u: k.look for u, k in w.states.items()}, w.spots, w.until)
        ),
    )


def does_not_wait_for_a_slow_topic(patch):
    patch.setattr(Merge, "known", lambda self: max((t.known for t in self._topics.values()), default=0))


def takes_a_topic_for_known_that_it_has_not_read(patch):
    patch.setattr(Ledger, "at_end", lambda _, ends: list(ends))


def trusts_the_wall_clock(patch):
    patch.setattr(Watch, "now", lambda self: self._clock().wall)


def asks_the_time_after_the_ends(patch):
    async def look(self, ends):
        answer = await ends(self.ledger.lanes())
        if answer is not None and (until := self.work.now()) is not None:
            self.work.reached(self.ledger.at_end(answer), until)

    patch.setattr(Host, "_look", look)


def lets_a_zombie_go_on_with_ids_of_its_own(patch):
    patch.setattr(streams.telling, "id_of", lambda *_: str(uuid.uuid4()))


def starts_where_the_group_is_and_not_where_its_state_is(patch):
    starts = Slice.starts
    patch.setattr(
        Slice,
        "starts",
        lambda self: {lane: max(at, self.kept.get(lane.topic, 0)) for lane, at in starts(self).items()},
    )


def stays_quiet_about_everything_after_a_rebuild(patch):
    patch.setattr(Slice, "is_quiet", lambda self, _: bool(self.kept))


def stays_quiet_for_one_record_too_many(patch):
    patch.setattr(Slice, "is_quiet", lambda self, record: record.offset <= self.kept.get(record.topic, -1))


def drops_what_nobody_can_read_without_parking_it(patch):
    async def arrivals_of(piles, parking):
        return {arrival.place: arrival for pile in piles for arrival in pile.arrivals}

    patch.setattr(streams.watch, "arrivals_of", arrivals_of)


def lets_everything_wait_when_it_reads_again(patch):
    patch.setattr(OrderedLot, "goes_before", lambda *_: False)


def calls_work_done_when_it_was_only_taken(patch):
    patch.setattr(
        Ledger,
        "committable",
        lambda self: {lane: a.taken for lane, a in self._accounts.items() if a.taken > a.kept},
    )


def sweeps_from_now_on_only(patch):
    due = Part.due
    patch.setattr(Part, "due", lambda self, _, until, limit: due(self, until - 30_000_000, until, limit))


def judges_in_the_order_of_arrival(patch):
    patch.setattr(streams.merge, "_ORDER", lambda record: record.offset)


PLANTED = [
    remembers_before_it_publishes,
    remembers_while_it_publishes,
    decides_on_before_the_step_before_is_remembered,
    forgets_which_look_stands_of_whom_it_reads_again,
    forgets_the_states_but_keeps_the_position,
    keeps_the_states_but_forgets_the_looks,
    does_not_wait_for_a_slow_topic,
    takes_a_topic_for_known_that_it_has_not_read,
    trusts_the_wall_clock,
    asks_the_time_after_the_ends,
    lets_a_zombie_go_on_with_ids_of_its_own,
    starts_where_the_group_is_and_not_where_its_state_is,
    stays_quiet_about_everything_after_a_rebuild,
    stays_quiet_for_one_record_too_many,
    drops_what_nobody_can_read_without_parking_it,
    lets_everything_wait_when_it_reads_again,
    calls_work_done_when_it_was_only_taken,
    sweeps_from_now_on_only,
    judges_in_the_order_of_arrival,
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("plant", PLANTED)
async def test_a_planted_bug_is_found(plant, room, monkeypatch):
    plant(monkeypatch)
    assert await shown(lambda seed: differences(seed, room))


async def shown(wrong_in: Callable[[int], Awaitable[object]]) -> bool:
    """Return whether one of many worlds goes wrong, comes to no end, or falls over."""
    for seed in range(PLANTED_SEEDS):
        try:
            async with asyncio.timeout(ENDLESS):
                if await wrong_in(seed):
                    return True
        except Exception:  # noqa: BLE001  a bug that makes the streams fall over is found as well
            return True
    return False
