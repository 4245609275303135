"""What goes wrong with files and logs: mended from the log, or told with what to do; never passed over."""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from busy_week import busy_week
from read_side import TOPICS, House, at, projecting, publish, reached, rows_of, taken

from klantbus.bus.open import open_log
from projections.editions import colophon, current_edition, wait_for
from projections.errors import AlreadyOwned, DiskFull, ForeignFile, LogTooShort
from projections.hashes import differences, fingerprints
from projections.models import read_models
from projections.press import Press
from projections.projector import Pace, project
from projections.rebuild import compared, forget, rebuild, take_over
from projections.rebuilt import workshop
from projections.store import MAIN, PERSONAL, Store

SLOW = pytest.mark.slow


async def kept_up(log, place, records):
    async with projecting(log, place):
        places = await publish(log, records)
        return await asyncio.to_thread(wait_for, place, places, timeout=60)


async def test_a_second_projector_stops_with_one_sentence(log, tmp_path):
    async with projecting(log, tmp_path):
        await asyncio.to_thread(_until_owned, tmp_path)
        with pytest.raises(AlreadyOwned, match=f"process {os.getpid()}"):
            await project(log, tmp_path, asyncio.Event(), pace=Pace(patience=0.1))


def _until_owned(place):
    while not (place / "owner.lock").exists() or not (place / "owner.lock").read_text():
        pass


@pytest.mark.parametrize(
    "lost", [pytest.param([MAIN], marks=SLOW), pytest.param([PERSONAL], marks=SLOW), [MAIN, PERSONAL]]
)
async def test_a_deleted_file_is_made_anew_from_the_log_and_readers_never_go_back(log, tmp_path, lost):
    edition = await kept_up(log, tmp_path, busy_week(1, 60))
    for name in lost:
        (tmp_path / "working" / name).unlink()
    house = House()
    house.states("satisfaction.recorded", "C1", at(9), score=4)
    newer = await kept_up(log, tmp_path, house.records)
    assert newer.number > edition.number
    assert newer.has(edition.positions)
    beside = await rebuild(log, tmp_path, lambda _: None)
    assert beside is not None
    assert beside.different == ()


async def test_files_of_another_version_are_refused_with_what_to_do(log, tmp_path):
    await kept_up(log, tmp_path, busy_week(1, 20))
    with duckdb.connect(tmp_path / "working" / MAIN) as con:
        con.execute("UPDATE edition SET shape = 'older'")
    with pytest.raises(ForeignFile, match=r"another version.*klantbus projection rebuild"):
        await project(log, tmp_path, asyncio.Event())
    await rebuild(log, tmp_path, lambda _: None)
    assert take_over(tmp_path)
    async with projecting(log, tmp_path):
        pass


async def test_a_file_that_is_no_database_is_refused_with_what_to_do(log, tmp_path):
    await kept_up(log, tmp_path, busy_week(1, 20))
    (tmp_path / "working" / MAIN).write_bytes(b"once upon a time" * 1000)
    with pytest.raises(ForeignFile, match="klantbus projection rebuild"):
        await project(log, tmp_path, asyncio.Event())


async def test_another_log_is_not_taken_for_ours(log, tmp_path):
    await kept_up(log, tmp_path / "p", busy_week(1, 20))
    other = await open_log(f"journal://{tmp_path / 'other.sqlite'}")
    await other.create(TOPICS)
    with pytest.raises(LogTooShort, match="--forget"):
        await project(other, tmp_path / "p", asyncio.Event())
    forget(tmp_path / "p")
    house = House()
    house.states("satisfaction.recorded", "C1", at(9), score=4)
    assert (await kept_up(other, tmp_path / "p", house.records)).number >= 1
    await other.close()


async def test_a_running_projector_takes_over_what_a_rebuild_made(log, tmp_path):
    async with projecting(log, tmp_path):
        places = await publish(log, busy_week(2, 60))
        before = await asyncio.to_thread(wait_for, tmp_path, places, timeout=60)
        beside = await rebuild(log, tmp_path, lambda _: None)
        assert beside is not None
        assert beside.different == ()
        assert not take_over(tmp_path)
        house = House()
        house.states("satisfaction.recorded", "C1", at(9), score=4)
        after = await asyncio.to_thread(wait_for, tmp_path, await publish(log, house.records), timeout=60)
        assert after.number > before.number
    assert not (tmp_path / "rebuilt").exists()


async def test_verify_sees_a_row_that_somebody_changed(log, tmp_path):
    edition = await kept_up(log, tmp_path, busy_week(2, 60))
    edition = current_edition(tmp_path)
    edition.main.chmod(0o644)
    with duckdb.connect(edition.main) as con:
        con.execute(
            "UPDATE event_log SET subject = 'C99' WHERE event_id = (SELECT min(event_id) FROM event_log)"
        )
    await rebuild(log, tmp_path, lambda _: None)
    assert compared(edition, workshop(tmp_path), {}).different == ("klantbus.event_log",)


@pytest.mark.slow
@pytest.mark.parametrize("torn", [MAIN, PERSONAL])
def test_a_torn_wal_is_an_older_prefix_and_what_is_missing_comes_again(tmp_path, torn):
    records = busy_week(3, 90)
    whole = taken(tmp_path / "whole", records)
    right = fingerprints(whole._con)
    whole.close()
    _run(DIE, tmp_path / "died")
    for share in (0.0, 0.4, 0.97):
        place = tmp_path / f"torn-{share}"
        shutil.copytree(tmp_path / "died", place)
        wal = place / f"{torn}.wal"
        os.truncate(wal, int(wal.stat().st_size * share))
        store = Store(place, read_models())
        _catch_up(store, records)
        assert differences(right, fingerprints(store._con)) == (), share
        store.close()


DIE = """
import os, sys
from pathlib import Path
from busy_week import busy_week
from read_side import taken
records = busy_week(3, 90)
store = taken(Path(sys.argv[1]), *(records[start:start + 9] for start in range(0, len(records), 9)))
os.kill(os.getpid(), 9)
"""


def _run(script, *words):
    """Run a script in a process of its own that can import what tests share."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def _catch_up(store, records):
    """Give the store what its own position says it has not seen."""
    seen = store.positions()
    rest = [
        (stored, fact)
        for stored, fact in records
        if stored.offset >= next((n for lane, n in seen.items() if lane.topic == stored.topic), 0)
    ]
    for start in range(0, len(rest), 25):
        store.take(rows_of(rest[start : start + 25]), reached(rest[start : start + 25]))


FULL = """
import resource, signal, sys
from pathlib import Path
from busy_week import busy_week
from read_side import reached, rows_of
from projections.errors import DiskFull
from projections.models import read_models
from projections.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store(Path(sys.argv[1]), read_models())
records = busy_week(5, 250)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    for start in range(0, len(records), 10):
        store.take(rows_of(records[start:start + 10]), reached(records[start:start + 10]))
        store.checkpoint()
except DiskFull as error:
    print(error, flush=True)
import os
os._exit(0)
"""


def test_a_full_disk_is_told_and_what_was_taken_in_before_stays_whole(tmp_path):
    place, size = tmp_path / "store", 3 * 2**20
    said = _run(FULL, place, size)
    assert "make room" in said.stdout
    records = busy_week(5, 250)
    store = Store(place, read_models())
    _catch_up(store, records)
    beside = taken(tmp_path / "beside", records)
    assert differences(fingerprints(beside._con), fingerprints(store._con)) == ()
    store.close()
    beside.close()


def test_an_edition_for_which_there_is_no_room_is_told_and_readers_keep_the_one_before(tmp_path):
    (tmp_path / "working").mkdir()
    for name in (MAIN, PERSONAL):
        (tmp_path / "working" / name).write_bytes(b"small")
    with (tmp_path / "owner.lock").open("w") as lock:
        press = Press(tmp_path, lock.fileno())
        assert press.print(colophon(1, None, {}))
        resource.prlimit(press.pid, resource.RLIMIT_FSIZE, (4096, 4096))
        (tmp_path / "working" / MAIN).write_bytes(b"large" * 1000)
        with pytest.raises(DiskFull, match="make room"):
            press.print(colophon(2, None, {}))
        assert current_edition(tmp_path).number == 1
        assert current_edition(tmp_path).main.read_bytes() == b"small"
        press.close()  # the next one finds room again
        assert press.print(colophon(3, None, {}))
        press.close()
    assert current_edition(tmp_path).main.read_bytes() == b"large" * 1000
    assert not [*(tmp_path / "editions").glob("printing-*")]
