"""Processes that are kept running: started again when they end by themselves, and stopped together."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from waiting import until, until_it

from apps.crew import Crew, Member
from streams.worker import STUCK, Watchdog, gone_soon

BRIEF = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write('x'); sys.exit(3)"
LASTING = "import pathlib, signal, sys; pathlib.Path(sys.argv[1]).open('a').write('x'); signal.pause()"


async def starts(file: Path, count: int) -> None:
    await until_it(lambda: file.exists() and len(file.read_text()) >= count, seconds=20)


@pytest.mark.parametrize("words", [BRIEF, LASTING])
async def test_a_crew_stops_when_it_is_told_to(words, tmp_path):
    notes, told = tmp_path / "notes", []
    crew = Crew([Member("w0", [sys.executable, "-c", words, str(notes)])], told.append)
    running = asyncio.create_task(crew.run())
    await starts(notes, 2 if words is BRIEF else 1)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(10):
        await running
    assert any("ended with 3" in line for line in told) == (words is BRIEF)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_member_never_outlives_whoever_started_it(number, tmp_path):
    notes = tmp_path / "pid"
    member = (
        "import os, pathlib, signal\nfrom apps.crew import leash\nleash()\n"
        f"pathlib.Path({str(notes)!r}).write_text(str(os.getpid()))\nsignal.pause()"
    )
    leader = (
        "import asyncio, sys\nfrom apps.crew import Crew, Member\n"
        f"asyncio.run(Crew([Member('w0', [sys.executable, '-c', {member!r}])], print).run())"
    )
    started = subprocess.Popen([sys.executable, "-c", leader])
    until(lambda: notes.exists() and notes.read_text())
    child = psutil.Process(int(notes.read_text()))
    started.send_signal(number)
    started.wait()
    child.wait(20)


def test_a_worker_in_which_nothing_moves_is_ended():
    ended = []
    dog = Watchdog(lambda: 7, 0.2, ended.append)
    dog.start()
    dog._thread.join(5)
    assert ended == [STUCK]


def test_a_worker_that_moves_is_left_alone():
    ended, count = [], iter(range(10**9))
    dog = Watchdog(lambda: next(count), 0.1, ended.append)
    dog.start()
    dog._thread.join(0.6)
    dog.stop()
    dog._thread.join(5)
    assert ended == []


def test_a_worker_that_is_never_done_with_stopping_is_ended():
    ended = []
    gone_soon(0, 0.1, ended.append).join(5)
    assert ended == [0]
