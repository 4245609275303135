"""Merging the topics of a partition: the order is the log's, whoever reads it and however often."""

import random

from hypothesis import given
from hypothesis import strategies as st

from klantbus.bus.ports import Stored
from klantbus.bus.topics import RELAY
from streams.merge import Merge
from streams.present import Present, Probe, Reading
from streams.store import Spot

TOPICS = ("a", "b", "c")
MINUTE = 60_000_000


def record(topic: str, offset: int, stamp: int) -> Stored:
    return Stored(topic, 0, offset, stamp, b"C1", b"", ())


def log_of(stamps: dict[str, list[int]]) -> dict[str, list[Stored]]:
    return {t: [record(t, n, stamp) for n, stamp in enumerate(sorted(stamps[t]))] for t in TOPICS}


def test_nothing_is_judged_past_the_topic_that_is_least_known():
    merge = Merge({t: Spot(0, 0) for t in TOPICS})
    merge.take("a", [record("a", 0, 100)])
    merge.reached("b", 200)
    assert merge.known() == 0
    merge.reached("c", 50)
    assert merge.known() == 50


def test_a_topic_with_nothing_but_records_of_one_instant_is_hungry_until_a_later_one_is_known():
    merge = Merge({"a": Spot(0, 0)})
    merge.take("a", [record("a", n, 100) for n in range(300)])
    assert merge.give(merge.known(), 1_000)[0] == []
    assert merge.hungry() == ["a"]
    merge.reached("a", 101)
    assert merge.hungry() == []


def test_a_record_of_the_relay_comes_alone_though_more_share_its_instant_than_are_given_at_once():
    merge = Merge({"a": Spot(0, 0), RELAY: Spot(0, 0)})
    merge.take("a", [record("a", n, 100) for n in range(5)])
    merge.take(RELAY, [record(RELAY, 0, 100)])
    merge.reached("a", 200)
    merge.reached(RELAY, 200)
    given = [[one.topic for one in merge.give(200, 3)[0]] for _ in range(2)]
    assert given == [["a"] * 5, [RELAY]]


def test_a_stamp_that_runs_backwards_keeps_the_order_of_its_lane():
    merge = Merge({"a": Spot(0, 0)})
    merge.take("a", [record("a", 0, 100), record("a", 1, 90)])
    merge.reached("a", 200)
    assert [r.offset for r in merge.give(200, 10)[0]] == [0, 1]


@given(
    st.fixed_dictionaries({t: st.lists(st.integers(1, 60), max_size=25) for t in TOPICS}),
    st.integers(0, 2**32),
    st.integers(1, 20),
)
def test_the_order_is_the_same_however_it_is_read(stamps, seed, limit):
    log, dice = log_of(stamps), random.Random(seed)  # noqa: S311  seeded, no secret
    expected = sorted((r.appended, r.topic, r.offset) for records in log.values() for r in records)
    merge, left, came = Merge({t: Spot(0, 0) for t in TOPICS}), {t: list(log[t]) for t in TOPICS}, []
    while len(came) < len(expected):
        topic = dice.choice(TOPICS)
        count = dice.randint(0, 5)
        merge.take(topic, left[topic][:count])
        del left[topic][:count]
        if not left[topic]:
            merge.reached(topic, 100)
        records, until = merge.give(merge.known(), limit)
        came += [(r.appended, r.topic, r.offset) for r in records]
        assert all(r.appended < until for r in records)
    assert came == expected


def reading(wall: int, steady: float) -> Reading:
    return Reading(wall, steady)


def probe(stamp: int, wall: int, steady: float) -> Probe:
    return Probe(reading(wall, steady), reading(wall + 1000, steady + 0.001), stamp)


def test_time_counts_on_from_the_last_probe_by_a_steady_clock():
    present = Present()
    assert present.now(5.0) is None
    present.returned(probe(1_000 * MINUTE, 1_000 * MINUTE, 10.0))
    assert present.now(11.001) == 1_000 * MINUTE + 1_000_000


def test_a_wall_clock_an_hour_ahead_holds_judgement_and_says_so():
    present = Present()
    present.returned(probe(1_000 * MINUTE, 1_060 * MINUTE, 10.0))
    assert present.now(11.0) is None
    assert "1 h 0 min ahead of" in present.held


def test_a_wall_clock_that_jumps_between_probes_holds_judgement_until_it_is_right_again():
    present = Present()
    present.returned(probe(1_000 * MINUTE, 1_000 * MINUTE, 10.0))
    present.watch(reading(1_000 * MINUTE + 365 * 24 * 60 * MINUTE, 11.0))
    assert present.now(11.0) is None
    assert "jumped" in present.held
    present.returned(probe(1_001 * MINUTE, 1_001 * MINUTE, 70.0))
    assert present.now(70.001) == 1_001 * MINUTE


def test_a_log_whose_own_time_jumps_a_year_holds_judgement_even_when_the_wall_clock_agrees():
    present, year = Present(), 365 * 24 * 60 * MINUTE
    present.returned(probe(1_000 * MINUTE, 1_000 * MINUTE, 10.0))
    present.returned(probe(1_001 * MINUTE + year, 1_001 * MINUTE + year, 70.0))
    assert "jumped 8760 h 0 min ahead" in present.held


def test_a_first_probe_that_is_off_is_no_measure_for_later_ones():
    present = Present()
    present.returned(probe(1_000 * MINUTE, 1_060 * MINUTE, 10.0))
    present.returned(probe(1_061 * MINUTE, 1_061 * MINUTE, 70.0))
    assert present.held is None


def test_a_clock_that_drifts_a_little_holds_nothing():
    present = Present()
    present.returned(probe(1_000 * MINUTE, 1_004 * MINUTE, 10.0))
    present.watch(reading(1_005 * MINUTE, 70.0))
    assert present.held is None
