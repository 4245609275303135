import signal
import subprocess
from datetime import UTC, datetime

import psutil
import pytest
from waiting import until

from apps.demo.scenes import SCENES
from apps.demo.story import CUSTOMERS, week_before
from klantbus.bus.departments import load_departments
from klantbus.domain.events import PromiseState

SHOWN = [state for state in PromiseState if state != PromiseState.UNKNOWN]
LIST = load_departments(None)
CALENDAR = LIST.calendar_of("sales")


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        datetime(2027, 1, 1, 12, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    ],
    ids=["a monday", "a night in the weekend", "new year", "the clock goes forward"],
)
def test_the_story_can_be_told_on_any_day_and_every_department_may_say_its_part(now):
    told = week_before(now, CALENDAR)
    assert len({one.fact.subject for one in told}) >= CUSTOMERS
    assert all(LIST.may_state(one.fact.department, one.fact.type) for one in told)
    assert all(one.fact.time <= one.published <= now for one in told)
    assert len({one.fact.id for one in told}) == len(told)
    assert len({one.fact.department for one in told}) >= 6
    assert len(SCENES) >= 25


def test_the_demo_states_follows_parks_and_replays(terminal):
    done = terminal.run("demo", "--data", "demo")
    assert done.returncode == 0, done.stderr
    assert "leaked" not in done.stderr, "DuckDB was not let go of before the end"
    assert "facts about 200 customers" in done.stdout
    assert "mended and replayed, 2 came through" in done.stdout
    to_type = next(line for line in done.stdout.splitlines() if "day logistics" in line)
    assert subprocess.run(to_type.split(), cwd=terminal.folder, check=False).returncode == 0
    for state in SHOWN:
        assert f"\n{state} " in done.stdout, f"the week has no promise that is {state}"
    assert terminal.run("event", "tail", "--data", "demo").stdout.count("\n") == 10
    late = terminal.run("event", "tail", "--customer", "K1002", "--type", "verdict.changed", "--data", "demo")
    assert "P-K1002-1 delivery kept_late" in late.stdout
    told = [step["what"] for step in terminal.json("promise", "show", "P-K1005-1", "--data", "demo")["steps"]]
    assert told == [
        *("promise.made", "judged made", "promise.accepted", "judged accepted"),
        *("delivery.completed (evidence)", "judged accepted, other evidence"),
        *("judged at_risk", "judged overdue", "judged broken"),
    ]  # fmt: skip
    by_number = terminal.json("customer", "show", "K1003", "--data", "demo")
    for said in ("020 555 1003", "+31205551003", "0031 (0)20-555.10.03", "O-K1003", "P-K1003-1"):
        assert terminal.json("customer", "show", said, "--data", "demo") == by_number
    nobody = terminal.run("customer", "show", "020 555 0000", "--data", "demo")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    everything = terminal.run("sql", "SELECT * FROM event_log", "--data", "demo", "--json").stdout
    assert "customer.registered" in everything
    assert "5551003" not in everything, "a telephone number stands where everyone may look"


def test_ctrl_c_leaves_nothing_of_the_demo_running(terminal):
    said = terminal.folder / "said"
    with said.open("w") as talk:
        demo = terminal.start("demo", "--data", "demo", stderr=talk)
    running = psutil.Process(demo.pid)

    def it_has_others_at_work():
        assert demo.poll() is None, "the demo ended before anybody could stop it"
        return running.children(recursive=True)

    others = until(it_has_others_at_work)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(30) != 0
    assert psutil.wait_procs(others, timeout=10)[1] == []
    assert "Traceback" not in said.read_text()
