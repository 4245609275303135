"""Row N12 from end to end: a day is closed, the judge moves the promise, and nobody hears a false alarm.

On a clock that is turned by hand; tests/journeys/cli/test_calendar.py closes a day on a running bus.
"""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from components.alerts.tale import at, shown
from components.streams.closing import ClosingWorld
from components.streams.simulated import CUSTOMERS

from klantbus.bus.codec import decode
from klantbus.bus.topics import ALERTS
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import DueWorkingDays, Fact, PromiseFulfilled, PromiseMade
from klantbus.domain.micros import micros
from klantbus.domain.rules import Calendars, Rules
from streams.promises import PromiseJudge

HOUSE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}, "holidays": "none"})


@pytest.fixture
def world() -> Iterator[ClosingWorld]:
    folder = Path(tempfile.mkdtemp())
    world = ClosingWorld(1, folder, lambda: PromiseJudge(Rules(Calendars(HOUSE))))
    world.faults = False
    yield world
    world.close()
    shutil.rmtree(folder)


async def _edges_by(world: ClosingWorld, moment: datetime) -> list[Fact]:
    """Let time pass and everything be judged; return the edges about promises so far, in order."""
    world.time = max(world.time, micros(moment))
    await world.come_right()
    facts = [decode(record.value) for record in world.log.all(ALERTS)]
    edges = {fact.id: fact for fact in facts if fact.data.kind.startswith("promise.")}
    return sorted(edges.values(), key=lambda edge: (edge.data.at, edge.type == "alert.raised"))


def _promise(world: ClosingWorld, name: str) -> None:
    due = DueWorkingDays(working_days=2)
    said = PromiseMade(promise_id=name, due=due, made_by="sales", performer="sales", as_said="On Wednesday")
    world._say(CUSTOMERS[0], said)


async def test_n12_nobody_hears_of_a_promise_that_a_closed_day_moved_before_its_new_moment(
    world, company, whole_story
):
    for name in world.names:
        await world.start(name)
    await world.deal()
    _promise(world, "open")
    _promise(world, "kept")
    world._say(CUSTOMERS[0], PromiseFulfilled(promise_id="kept"))
    await _edges_by(world, at("2 Mar 10:00"))
    world.close_day(date(2026, 3, 4))
    assert await _edges_by(world, at("2 Mar 14:00")) == []
    assert await _edges_by(world, at("5 Mar 08:30")) == []  # by its first moment it would be broken by now
    edges = await _edges_by(world, at("6 Mar 12:00"))
    assert [(one.type, one.data.kind, one.data.key) for one in edges] == [
        ("alert.raised", "promise.at_risk", "open"),
        ("alert.resolved", "promise.at_risk", "open"),
        ("alert.raised", "promise.overdue", "open"),
        ("alert.resolved", "promise.overdue", "open"),
        ("alert.raised", "promise.broken", "open"),
    ]
    assert edges[0].data.at >= at("5 Mar 12:00")
    assert shown(edges[1].data.at) == shown(edges[2].data.at) == "5 Mar 17:00"
    story = whole_story(company)
    story.facts = [(edge.data.at, edge) for edge in edges]
    told = [one for one in await story.told("6 Mar 09:00") if one.level != "digest"]
    assert (told[0].level, told[0].at, told[0].receiver) == ("L0", shown(edges[0].data.at), "sales")
    assert {one.keys for one in told} == {("open",)}
