"""The ledger: what may be committed follows from what came to its end, and from nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klantbus.bus.ports import Lane, Stored
from streams.assignor import deal
from streams.batches import OtherFaust, check_faust
from streams.ledger import BatchLost, Ledger

LANE = Lane("events", 3)


def records(first: int, count: int) -> list[Stored]:
    return [Stored(*LANE, offset, 0, b"C1", b"", ()) for offset in range(first, first + count)]


def opened(bound: int = 1_000) -> Ledger:
    ledger = Ledger(bound)
    ledger.begin({LANE: 0})
    return ledger


def test_only_work_that_came_to_its_end_is_committed():
    ledger = opened()
    handed = ledger.fetch(LANE, records(0, 10))
    assert ledger.take(handed)
    assert ledger.committable() == {}
    assert ledger.done(handed.epoch, {LANE: 7})
    assert ledger.committable() == {LANE: 7}


def test_where_reading_began_is_no_news_for_the_group_before_it_was_said_to_be_done():
    ledger = opened()
    ledger.begin({LANE: 5})
    assert ledger.committable() == {}
    assert ledger.done(ledger.epoch, {LANE: 5})
    assert ledger.committable() == {LANE: 5}


def test_what_was_fetched_before_a_revoke_is_void():
    ledger = opened()
    handed = ledger.fetch(LANE, records(0, 10))
    epoch = ledger.epoch
    ledger.begin({LANE: 0})
    assert not ledger.take(handed)
    assert not ledger.done(epoch, {LANE: 10})
    assert ledger.committable() == {}


def test_a_batch_that_got_lost_on_the_way_is_noticed():
    ledger = opened()
    ledger.fetch(LANE, records(0, 10))
    second = ledger.fetch(LANE, records(10, 10))
    with pytest.raises(BatchLost):
        ledger.take(second)


def test_work_cannot_be_done_that_was_never_taken():
    ledger = opened()
    with pytest.raises(BatchLost):
        ledger.done(ledger.epoch, {LANE: 1})


def test_a_lane_that_runs_ahead_is_not_fetched_further_and_the_others_are():
    other = Lane("events", 4)
    ledger = Ledger(400)
    ledger.begin({LANE: 0, other: 0})
    ledger.fetch(LANE, records(0, 200))
    assert ledger.room([LANE, other]) == {other: 0}


def test_a_lane_of_which_all_that_was_fetched_came_at_one_instant_is_fetched_further():
    ledger = Ledger(100)
    ledger.begin({LANE: 0})
    ledger.fetch(LANE, records(0, 200))
    assert ledger.room([LANE]) == {}
    ledger.hungry = frozenset([LANE])
    assert ledger.room([LANE]) == {LANE: 200}


def test_the_lane_that_tells_the_time_is_never_held_up():
    pulses = Lane("klantbus.pulses", 0)
    ledger = Ledger(100, frozenset({"klantbus.pulses"}))
    ledger.begin({pulses: 0, LANE: 0})
    ledger.fetch(pulses, [Stored(*pulses, offset, 0, b"", b"", ()) for offset in range(500)])
    assert pulses in ledger.room([pulses, LANE])
    assert ledger.pending() == 0


@given(st.lists(st.sampled_from(["fetch", "take", "done", "begin"]), max_size=60), st.data())
def test_whatever_happens_a_position_never_passes_the_work(steps, data):
    ledger = opened()
    under_way, finished, upto = [], 0, 0
    for step in steps:
        if step == "fetch" and ledger.room([LANE]):
            under_way.append(ledger.fetch(LANE, records(upto, 5)))
            upto += 5
        elif step == "take" and under_way and ledger.take(under_way.pop(0)):
            finished += 5
        elif step == "done" and finished:
            ledger.done(ledger.epoch, {LANE: data.draw(st.integers(0, finished))})
        elif step == "begin":
            start = ledger.committable().get(LANE, 0)
            ledger.begin({LANE: start})
            under_way, finished, upto = [], start, start
        assert ledger.committable().get(LANE, 0) <= finished


@given(st.integers(1, 24), st.sets(st.text(min_size=1, max_size=4), min_size=1, max_size=7))
def test_partition_numbers_are_dealt_out_fairly_and_all(numbers, workers):
    owner = deal(range(numbers), sorted(workers))
    shares = [list(owner.values()).count(worker) for worker in workers]
    assert len(owner) == numbers
    assert max(shares) - min(shares) <= 1


def test_a_worker_that_joins_leaves_most_numbers_where_they_are():
    before, after = deal(range(12), ["w0", "w1"]), deal(range(12), ["w0", "w1", "w2"])
    assert sum(before[number] != after[number] for number in range(12)) <= 6


def test_another_faust_than_the_tested_one_is_refused():
    with pytest.raises(OtherFaust, match=r"0\.15\.3"):
        check_faust("0.16.0")
