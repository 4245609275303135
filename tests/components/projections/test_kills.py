"""kill -9 of projector and printer at random: nothing lost, nothing twice, readers never see half a batch.

Some kills are aimed: the printer dies while the spare of an edition is half made.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

import projections
from projections.editions import current_edition, wait_for
from projections.projector import latest_edition
from projections.rebuild import ends_of, rebuild
from projections.spare import SPARE
from projections.store import MAIN, PERSONAL

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "20"))
AIMED = 5
"""Of six kills, two are of the printer alone, and the last one of those is aimed."""

ACTOR = Path(__file__).parents[2] / "follower_to_kill.py"


def start(*words):
    return subprocess.Popen([sys.executable, str(ACTOR), *map(str, words)], stdout=subprocess.PIPE, text=True)


def printers(projector):
    """The printer processes of a projector that live now; it has others that decode."""
    with suppress(psutil.NoSuchProcess):
        return [
            each
            for each in psutil.Process(projector.pid).children()
            if "projections.printer" in each.cmdline()
        ]
    return []


def kill(process):
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def is_half(spare):
    """Whether a spare has been begun, and its last file has not."""
    return (spare / MAIN).exists() and not (spare / PERSONAL).exists()


def stops_at_half(printer, spare):
    """Stop a printer where it is; let it go on when it is not at work on half a spare."""
    printer.suspend()
    while printer.status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}:
        pass
    if printer.num_threads() > 1 and is_half(spare):  # who copies a spare is a thread of its own
        return True
    printer.resume()
    return False


def dies_at_half(printer, spare, until):
    """Kill a printer while it is at work on half a spare; False when that was not met with by `until`."""
    with suppress(psutil.NoSuchProcess):
        while printer.is_running() and time.monotonic() < until:
            if is_half(spare) and stops_at_half(printer, spare):
                kill(printer)
                return True
    return False


class Poller(threading.Thread):
    """Opens the newest edition again and again, and notes what no reader may ever see."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place, self.looks, self.wrong = place, 0, []
        self.done = threading.Event()

    def run(self):
        last = (-1, {})
        while not self.done.wait(0.2):
            if latest_edition(self.place) is None:
                continue
            last = self.look(*last)

    def look(self, number, before):
        edition = current_edition(self.place)
        with projections.connect_personal(self.place) as con:
            seen = dict(con.execute("SELECT topic || '/' || partition, next FROM position").fetchall())
            stated = con.execute(
                "SELECT count(*), count(DISTINCT (topic, event_id)) FROM event_log"
            ).fetchall()[0]
            beyond = con.execute(
                "SELECT count(*) FROM event_log AS e JOIN position AS p USING (topic, partition) "
                'WHERE e."offset" >= p.next'
            ).fetchall()[0][0]
            texts = con.execute(
                "SELECT count(*) FROM contact AS c "
                "ANTI JOIN personal.event_text AS t ON t.event_id = c.event_id"
            ).fetchall()[0][0]
        self.looks += 1
        if edition.number < number or any(seen.get(lane, 0) < at for lane, at in before.items()):
            self.wrong.append(f"back in time: {number} to {edition.number}")
        if stated[0] != stated[1] or beyond or texts:
            self.wrong.append(f"edition {edition.number}: {stated}, {beyond} beyond, {texts} without text")
        return edition.number, seen


@contextmanager
def pollers(place, count):
    threads = [Poller(place) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.done.set()
        for thread in threads:
            thread.join()


class Watched:
    """A process under the knife: killed, started again, and never left behind."""

    def __init__(self, *words):
        self.words = words
        self.process = start(*words)

    def kill_printer(self):
        for printer in printers(self.process):
            kill(printer)

    def kill_printer_at_half_a_spare(self, place, patience=20):
        """Kill the printer while it is at work on half a spare; False when it was killed elsewhere."""
        spare, until = place / "editions" / SPARE, time.monotonic() + patience
        while time.monotonic() < until:
            if any(dies_at_half(printer, spare, until) for printer in printers(self.process)):
                return True
        self.kill_printer()
        return False

    def kill(self):
        kill(self.process)
        self.process.wait()
        self.process.stdout.close()

    def kill_and_start(self):
        self.kill()
        self.process = start(*self.words)


@contextmanager
def at_work(url, place):
    """A publisher, a projector and a slow reader at work while inside."""
    publisher, projector, reader = (
        Watched("publish", url, 5, place),
        Watched("project", url, place),
        Watched("read", place),
    )
    try:
        yield publisher, projector
    finally:
        for one in (publisher, projector, reader):
            one.kill()


@pytest.mark.slow
@pytest.mark.timeout(7200)
async def test_killed_at_random_it_loses_nothing_and_readers_never_see_half(log, tmp_path):
    chance = random.Random(11)  # noqa: S311  a seed, no secret
    url, place, halves = f"journal://{tmp_path / 'journal.sqlite'}", tmp_path / "projections", 0
    with at_work(url, place) as (publisher, projector), pollers(place, 4) as threads:
        for cycle in range(CYCLES):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            ends = await ends_of(log)
            if cycle % 6 == AIMED:
                halves += await asyncio.to_thread(projector.kill_printer_at_half_a_spare, place)
            else:
                projector.kill_printer() if cycle % 3 == AIMED % 3 else projector.kill_and_start()
            # 5 s on a quiet machine; here others may work beside us
            await asyncio.to_thread(wait_for, place, ends, timeout=30)
        publisher.kill()
        await asyncio.to_thread(wait_for, place, await ends_of(log), timeout=30)
    assert [thread.wrong for thread in threads] == [[], [], [], []]
    assert min(thread.looks for thread in threads) > CYCLES
    assert halves or CYCLES <= AIMED
    compared = await rebuild(log, place, lambda _: None)
    assert compared is not None
    assert compared.different == ()
    assert compared.rebuilt["klantbus.event_log"][0] > 20 * CYCLES
