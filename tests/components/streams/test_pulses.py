from klantbus.bus.ports import LIMIT_BYTES, Stored, weigh
from klantbus.domain.micros import HOUR
from streams.present import Reading
from streams.pulses import Pulses, Report, report_in
from streams.spoken import Run

NOW = Reading(0, 0.0)
ID = "0198f3a2-7c1e-7d2a-9a55-0c6b6a3e7f10"


def week_of(departments: int, runs: int) -> dict[str, list[Run]]:
    return {
        f"department-{name}": [(at * HOUR, ID, at * HOUR, ID) for at in range(runs)]
        for name in range(departments)
    }


def reports(records):
    stored = [Stored(r.topic, 0, n, n, r.key, r.value, r.headers) for n, r in enumerate(records)]
    return [report for one in stored if (report := report_in(one))]


def test_a_week_of_scattered_facts_is_told_in_records_that_the_log_takes():
    spoke = week_of(departments=8, runs=2_016)
    records = Pulses().beat(NOW, [0], Report({0: 5, 1: 7}, spoke))
    assert len(records) > 1
    assert max(map(weigh, records)) < LIMIT_BYTES
    told = {name: [run for one in reports(records) for run in one.spoke.get(name, [])] for name in spoke}
    assert told == spoke


def test_only_when_all_is_told_does_a_pulse_say_how_far_it_is():
    *before, last = reports(Pulses().beat(NOW, [3], Report({3: 5}, week_of(departments=2, runs=900))))
    assert [dict(one.progress) for one in before] == [{}]
    assert dict(last.progress) == {3: 5}


def test_a_quiet_pulse_is_one_record():
    (record,) = Pulses().beat(NOW, [0], Report({0: 5}, {}))
    assert reports([record]) == [Report({0: 5}, {})]
