"""Any mix of facts, rubbish, readers that crash and start again, and people who replay and discard."""

import asyncio
import os
from functools import partial
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from klantbus.bus.journal import MEMORY, Journal
from klantbus.bus.parked import Mark
from klantbus.bus.replay import discard, replay, survey

from .conftest import DEPARTMENTS, RUBBISH, Office, meanwhile

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "20"))
EXAMPLES = settings(max_examples=3 * CYCLES, deadline=None, derandomize=CYCLES <= 20)  # a soak looks further
CUSTOMERS = ("1", "2", "3")
MENDABLE = sorted(RUBBISH.keys() - {"wrong_department"})


class State(NamedTuple):
    customer: str
    department: str


class Scribble(NamedTuple):
    customer: str
    code: str


class Read(NamedTuple):
    reader: str
    limit: int


class Crash(NamedTuple):
    """The reader dies after it read, before it kept where it was; it starts again at what it kept last."""

    reader: str


class Rebuild(NamedTuple):
    """The reader throws away what it has and starts at the beginning."""

    reader: str


class Settle(NamedTuple):
    """Somebody replays (with the bytes as they should have been) or discards one that is parked."""

    which: int
    mend: bool


class Race(NamedTuple):
    """Somebody settles one just when the reader has looked and is about to write."""

    reader: str
    which: int
    mend: bool


READERS = ("projector", "streams")
ACTIONS = st.lists(
    st.one_of(
        st.builds(State, st.sampled_from(CUSTOMERS), st.sampled_from(DEPARTMENTS)),
        st.builds(Scribble, st.sampled_from(CUSTOMERS), st.sampled_from(sorted(RUBBISH))),
        st.builds(Read, st.sampled_from(READERS), st.integers(1, 5)),
        st.builds(Crash, st.sampled_from(READERS)),
        st.builds(Rebuild, st.sampled_from(READERS)),
        st.builds(Settle, st.integers(0, 9), st.booleans()),
        st.builds(Race, st.sampled_from(READERS), st.integers(0, 9), st.booleans()),
    ),
    max_size=40,
)


class Story:
    """What happened, and what each reader must have heard in the end."""

    def __init__(self, office):
        self.office = office
        self.owed = set()
        self.meant = {}
        self.readers = {}
        self.kept = {name: {} for name in READERS}
        self.heard = {name: set() for name in READERS}

    async def begin(self):
        for name in READERS:
            self.readers[name] = await self.office.reader(name)

    async def act(self, action):
        await getattr(self, type(action).__name__.lower())(*action)

    async def state(self, customer, department):
        self.owed.add((await self.office.states(customer, department)).id)

    async def scribble(self, customer, code):
        fact, record = self.office.record(customer)
        [place] = await self.office.publisher.publish([RUBBISH[code](record)])
        self.meant[place] = (fact.id, record.value if code in MENDABLE else None)

    async def read(self, name, limit):
        batch = await self.readers[name].batch(limit=limit, wait=0)
        self.heard[name] |= {arrival.fact.id for arrival in batch.arrivals}
        self.kept[name] = batch.positions

    async def crash(self, name):
        await self.readers[name].batch(wait=0)
        self.readers[name] = await self.office.reader(name, start=self.kept[name])

    async def rebuild(self, name):
        self.heard[name], self.kept[name] = set(), {}
        self.readers[name] = await self.office.reader(name)

    async def settle(self, which, mend):
        roots = [one for one in (await survey(self.office.log)).standing() if one.mark is Mark.PARKED]
        if not roots:
            return
        root = roots[which % len(roots)]
        fact_id, value = self.meant[root.place]
        if mend and value is not None:
            await replay(self.office.log, root.id, by="cli", value=value)
            self.owed.add(fact_id)
        else:
            await discard(self.office.log, root.id, by="cli")

    async def race(self, name, which, mend):
        meanwhile(self.readers[name], partial(self.settle, which, mend))
        await self.read(name, limit=100)

    async def read_to_the_end(self, name):
        reader = self.readers[name]
        while reader.positions() != await reader.ends():
            await self.read(name, limit=1000)

    async def end(self):
        """Settle whatever is left, and let everyone read on."""
        for _ in range(2):  # a replay may find that the other reader still has to park something
            for name in READERS:
                await self.read_to_the_end(name)
            while [one for one in (await survey(self.office.log)).standing() if one.mark is Mark.PARKED]:
                await self.settle(0, mend=True)
        for name in READERS:
            await self.read_to_the_end(name)


async def told(actions):
    log = Journal(MEMORY)
    story = Story(await Office(log).open())
    await story.begin()
    for action in actions:
        await story.act(action)
    await story.end()
    standing = (await survey(log)).standing()
    new = await story.office.reader("new")
    story.readers["new"], story.heard["new"] = new, set()
    await story.read_to_the_end("new")
    await log.close()
    return story, standing


@EXAMPLES
@given(ACTIONS)
def test_every_reader_hears_every_fact_and_nothing_stays_parked(actions):
    story, standing = asyncio.run(told(actions))
    assert standing == []
    for name, heard in story.heard.items():
        assert heard == story.owed, name


@EXAMPLES
@given(ACTIONS)
def test_facts_of_customers_nobody_scribbled_about_never_wait(actions):
    async def heard_before_anything_is_settled():
        log = Journal(MEMORY)
        story = Story(await Office(log).open())
        await story.begin()
        doing = [action for action in actions if not isinstance(action, Settle | Race)]
        for action in doing:
            await story.act(action)
        await story.read_to_the_end("projector")
        waiting = [one.original.key for one in (await survey(log)).standing()]
        await log.close()
        return waiting, {action.customer.encode() for action in doing if isinstance(action, Scribble)}

    waiting, scribbled = asyncio.run(heard_before_anything_is_settled())
    assert set(waiting) <= scribbled | {b"somebody else"}
