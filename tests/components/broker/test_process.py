"""A process is known by more than its number."""

import json
import os
import select
import sys
from pathlib import Path

import pytest
from waiting import until

from apps.broker import node, process
from apps.broker.process import Process
from apps.broker.settings import Home

DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
signal.pause()
"""


@pytest.fixture
def sleeper(tmp_path):
    line = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"]
    child = process.spawn(line, tmp_path / "out", dict(os.environ))
    yield child
    process.kill(child)


def test_a_process_that_runs_is_alive_until_it_is_stopped(sleeper):
    assert process.is_alive(sleeper)
    assert process.stop(sleeper, patience=10)
    assert not process.is_alive(sleeper)


def test_a_process_that_outlives_us_does_not_hold_what_we_were_handed(tmp_path):
    reading, writing = os.pipe()  # as a lock or a pipe of whoever started us
    os.set_inheritable(writing, True)
    child = process.spawn(
        [sys.executable, "-c", "import signal; signal.pause()"], tmp_path / "out", dict(os.environ)
    )
    try:
        os.close(writing)
        assert select.select([reading], [], [], 30)[0], "somebody still holds the other end"
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)
        process.kill(child)


def test_another_process_with_the_same_number_is_not_taken_for_it(sleeper):
    assert not process.is_alive(Process(sleeper.pid, "long ago"))


def test_stopping_one_that_merely_has_the_same_number_harms_nobody(sleeper):
    assert process.stop(Process(sleeper.pid, "long ago"), patience=1)
    assert process.is_alive(sleeper)


def test_one_that_does_not_listen_is_killed_and_that_is_said(tmp_path):
    out = tmp_path / "out"
    child = process.spawn([sys.executable, "-c", DEAF], out, dict(os.environ))
    while "up" not in (out.read_text() if out.exists() else ""):
        assert process.is_alive(child)
    assert not process.stop(child, patience=0.2)
    assert not process.is_alive(child)


def test_a_killed_one_is_gone_when_kill_returns(sleeper):
    process.kill(sleeper)
    assert not process.is_alive(sleeper)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no json",
        "[]",
        "{}",
        json.dumps({"port": 9092, "process": {"pid": 1, "born": "long ago"}}),
        json.dumps({"port": 9092, "process": {"pid": 4_000_000, "born": "1"}}),
    ],
    ids=["empty", "no json", "a list", "nothing in it", "a number handed out again", "a number of nobody"],
)
def test_a_stale_or_broken_note_counts_for_nothing(tmp_path, note):
    home = Home(tmp_path)
    home.running.write_text(note)
    assert node.running(home) is None
    assert node.stop(home) is None


def test_nothing_to_stop_where_nothing_ever_ran(tmp_path):
    home = Home(tmp_path / "never")
    assert node.stop(home) is None
    assert not home.root.exists()


HEADLESS = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_process_whose_first_thread_ended_lives_on_with_the_others_and_their_ports(tmp_path):
    child = process.spawn([sys.executable, "-c", HEADLESS], tmp_path / "out", dict(os.environ))
    stat = Path(f"/proc/{child.pid}/stat")
    if not stat.exists():
        pytest.skip("no /proc here to see it in")
    until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z")
    assert process.is_alive(child)
    process.kill(child)
    assert not process.is_alive(child)
