"""What a partition keeps in memory: those who were touched last, never more than there is room for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from components.streams.company import Company
from components.streams.simlog import SimLog
from components.streams.tally import Tally, TallyJudge

from klantbus.bus.codec import encode
from klantbus.bus.ports import Lane
from streams.memory import ROOM, Memory, buffer_for, room_in
from streams.pace import Pace
from streams.reading import OrderedParking
from streams.store import BUFFER, Kept, Part, Store, Write
from streams.watch import Judges, Watch

A_FACT, _ = encode(Company(1, ["C0"]).fact(datetime(2026, 3, 2, 8, tzinfo=UTC)))
EVERYBODY = [f"C{n}" for n in range(20)]


@pytest.fixture
def part(tmp_path: Path):
    """A partition in which each customer is known by three facts."""
    store, judge = Store(tmp_path / "w0", "1"), TallyJudge()
    part = store.part(0)
    known = {c.encode(): judge.pack(Tally({f"{c}-{n}" for n in range(3)})) for c in EVERYBODY}
    facts = {(unit, b"t:0:%d" % n): (n, A_FACT) for unit in known for n in range(3)}
    part.write(Write({unit: Kept(7, state) for unit, state in known.items()}, facts=facts))
    yield part
    store.close()


@pytest.fixture
def memory(part: Part) -> Memory:
    return Memory(part, TallyJudge(), room=40)


def here(memory: Memory) -> list[str]:
    return [customer for customer in EVERYBODY if memory.of(customer)]


def test_those_who_were_touched_last_stay(memory):
    memory.fetch(EVERYBODY[:5])
    memory.fetch(EVERYBODY[5:10])
    memory.fetch(EVERYBODY[:2])  # heard of again
    memory.fetch(["C10"])  # four of each take more than forty: a quarter goes
    assert here(memory) == ["C0", "C1", "C6", "C7", "C8", "C9", "C10"]


def test_more_than_there_is_room_for_is_held_only_while_it_is_worked_on(memory):
    memory.fetch(EVERYBODY)
    assert here(memory) == EVERYBODY
    memory.fetch(["C0", "C99"])
    assert {"C0"} < set(here(memory))
    assert len(here(memory)) <= 10


def test_nobody_is_let_go_who_is_not_written_yet(memory):
    memory.fetch(["C0"])
    memory.touch("C0").state.seen.add("new")
    memory.fetch(EVERYBODY[1:])
    memory.fetch(["C19"])
    memory.fetch(["C99"])
    (written,) = memory.written()
    assert written[0] == "C0"
    assert "new" in written[1].state.seen


def test_who_grows_takes_more_room(memory):
    memory.fetch(["C0", "C1"])
    memory.touch("C1").state.seen.update(str(n) for n in range(35))
    memory.written()
    memory.fetch(["C2"])
    assert here(memory) == ["C2"]


def test_who_is_let_go_comes_back_as_it_stands_in_the_store(memory):
    memory.fetch(["C0"])
    before = memory.of("C0")
    memory.fetch(EVERYBODY[1:])
    memory.fetch(["C99"])
    assert memory.of("C0") is None
    memory.fetch(["C0"])
    again = memory.of("C0")
    assert (again.state, again.look, again.size) == (before.state, 7, 4)


async def test_what_room_a_worker_has_is_dealt_evenly_over_its_partitions(tmp_path):
    store, log = Store(tmp_path / "w0", "1"), SimLog(lambda: 0)
    watch = Watch(store, Judges(TallyJudge()), log, await OrderedParking.open(log), lambda: None)
    watch.pace = Pace(room=40)
    await watch.open([Lane("klantbus.events.sales", number) for number in (3, 4)], {})
    for one in watch.slices.values():
        for number in range(60):  # nobody knows them: each takes the room of one fact
            one.memory.fetch([f"C{number}"])
        assert 15 <= sum(one.memory.of(f"C{number}") is not None for number in range(60)) <= 20
    store.close()


def test_by_default_a_worker_keeps_what_fits_into_600_megabytes():
    assert room_in(600) == ROOM


def test_a_store_collects_more_before_it_writes_where_there_is_room_for_more_and_never_without_end():
    assert buffer_for(ROOM) == buffer_for(1) == BUFFER
    assert BUFFER < buffer_for(room_in(2_000)) <= buffer_for(room_in(100_000)) == 4 * BUFFER
