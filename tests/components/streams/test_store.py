"""The store: a batch is remembered whole or not at all, and is never misread."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from streams.store import NEVER, Kept, Spot, Store, StoreTaken, Write


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "w0", "1")
    yield made
    made.close()


def test_a_batch_comes_back_with_its_position(tmp_path):
    store = Store(tmp_path / "w0", "1")
    spots = {"klantbus.events.sales": Spot(7, 123)}
    store.part(3).write(Write({b"C1": Kept(50, b"state")}, {}, spots, 99, {b"run": b"4"}))
    store.close()
    again = Store(tmp_path / "w0", "1")
    part = again.part(3)
    assert part.states([b"C1", b"C2"]) == [Kept(50, b"state"), None]
    assert (part.spots(), part.until(), part.extra()) == (spots, 99, {b"run": b"4"})
    assert again.part(4).spots() == {}
    again.close()


def test_only_what_is_due_is_looked_at_oldest_first(store):
    part = store.part(0)
    states = {f"C{n}".encode(): Kept(n, b"") for n in (30, 10, 20)}
    part.write(Write(states | {b"quiet": Kept(NEVER, b"")}))
    assert part.due(0, 20, 10) == [b"C10", b"C20"]
    assert part.due(0, 99, 2) == [b"C10", b"C20"]
    assert part.next_look(11) == 20


def test_a_look_that_moved_is_found_once_and_only_at_its_new_moment(store):
    part = store.part(0)
    part.write(Write({b"C1": Kept(10, b"a")}))
    part.write(Write({b"C1": Kept(40, b"b")}, {b"C1": 10}))
    assert part.due(0, 30, 10) == []
    assert part.due(0, 40, 10) == [b"C1"]
    part.write(Write({b"C1": Kept(NEVER, b"c")}, {b"C1": 40}))
    assert part.next_look(0) == NEVER


def test_parts_with_neighbouring_numbers_never_meet(store):
    store.part(0).write(Write({b"C1": Kept(10, b"a")}))
    store.part(1).write(Write({b"C1": Kept(20, b"b")}))
    assert store.part(0).next_look(11) == NEVER
    assert [unit for unit, _ in store.part(0).all_states()] == [b"C1"]


def test_a_store_of_another_version_is_rebuilt_not_misread(tmp_path):
    old = Store(tmp_path / "w0", "1")
    old.part(0).write(Write({b"C1": Kept(1, b"old")}, {}, {"t": Spot(5, 5)}))
    old.close()
    new = Store(tmp_path / "w0", "2")
    assert new.rebuilt
    assert (new.part(0).spots(), new.part(0).states([b"C1"])) == ({}, [None])
    new.close()


def test_a_store_that_is_damaged_is_rebuilt(tmp_path):
    store = Store(tmp_path / "w0", "1")
    store.part(0).write(Write({b"C1": Kept(1, b"x")}))
    store.close()
    next((tmp_path / "w0").glob("MANIFEST*")).write_bytes(b"torn")
    again = Store(tmp_path / "w0", "1")
    assert again.rebuilt
    assert again.part(0).states([b"C1"]) == [None]
    again.close()


def test_two_workers_cannot_use_one_name(store, tmp_path):
    with pytest.raises(StoreTaken, match="w0"):
        Store(tmp_path / "w0", "1")


WRITER = """
    import sys
    from pathlib import Path
    from streams.store import Kept, Spot, Store, Write
    part = Store(Path(sys.argv[1]), "1").part(0)
    for n in range(10**9):
        states = {b"C%d" % m: Kept(n + 1, b"%d" % n) for m in range(50)}
        part.write(Write(states, {unit: n for unit in states} if n else {}, {"t": Spot(n, n)}, n))
        print(n, flush=True)
"""


@pytest.mark.parametrize("cycle", range(3))
def test_a_writer_killed_at_any_moment_leaves_states_and_position_that_agree(tmp_path, cycle):
    words = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path / "w0")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        told = [int(writer.stdout.readline()) for _ in range(20 + 37 * cycle)]
        os.kill(writer.pid, signal.SIGKILL)
    began = time.monotonic()
    store = Store(tmp_path / "w0", "1")
    part = store.part(0)
    assert time.monotonic() - began < 2.0
    spot = part.spots()["t"]
    assert spot.offset >= told[-1]
    assert {state for _, (_, state) in part.all_states()} == {b"%d" % spot.offset}
    assert len(part.due(0, spot.offset + 1, 1_000)) == 50
    store.close()


def test_a_mistake_of_ours_while_it_is_opened_is_no_damage_and_costs_no_store(tmp_path):
    store = Store(tmp_path / "w0", "1")
    store.part(0).write(Write(until=7))
    store.close()
    with pytest.raises(TypeError):
        Store(tmp_path / "w0", "1", buffer="16 MB")
    again = Store(tmp_path / "w0", "1")
    assert (again.rebuilt, again.part(0).until()) == (False, 7)
    again.close()
