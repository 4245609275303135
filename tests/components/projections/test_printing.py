"""The printer over files of any bytes: what is the same, what stays, and the spare for when all are read."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from projections.printer import KEPT, READ, Printer
from projections.spare import SPARE, Spare

MAIN, PERSONAL = "klantbus.duckdb", "personal.duckdb"
FILES = ((MAIN, 0o644), (PERSONAL, 0o600))


class Press:
    """A place whose working files are any bytes, and its printer."""

    def __init__(self, place, worth):
        self.place, self.editions, self.number = place, place / "editions", 0
        (place / "working").mkdir(parents=True)
        self.printer = Printer(place, worth)

    def writes(self, main, personal=b"private"):
        (self.place / "working" / MAIN).write_bytes(main)
        (self.place / "working" / PERSONAL).write_bytes(personal)

    def prints(self, main):
        """Print an edition of `main`; return its folder."""
        self.writes(main)
        self.number += 1
        self.printer.print({"number": self.number, "as_of": None, "positions": []})
        return self.editions / f"{self.number:012d}"

    def spare(self):
        """What there is of the spare, once nobody copies."""
        self.printer.close()
        file = self.editions / SPARE / MAIN
        return file.read_bytes() if file.exists() else None


@contextmanager
def reading(folder):
    """Read an edition as DuckDB does in another process: with a lock on the file."""
    reader = (
        "import fcntl, sys; f = open(sys.argv[1], 'rb'); fcntl.lockf(f, fcntl.LOCK_SH); "
        "print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", reader, str(folder / MAIN)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"locked\n"
        yield
        process.stdin.close()


@pytest.fixture
def press(tmp_path):
    """A printer that finds every file worth a spare."""
    made = Press(tmp_path, worth=0)
    yield made
    made.printer.close()


@pytest.mark.parametrize("sizes", [(3_000_000, 5_000_000), (5_000_000, 3_000_000), (0, 100), (100, 0)])
def test_whatever_an_edition_is_made_of_it_is_the_working_file_byte_for_byte(tmp_path, sizes):
    press, first, last = Press(tmp_path, worth=1 << 40), os.urandom(sizes[0]), os.urandom(sizes[1])
    for _ in range(KEPT + 2):
        press.prints(first)
    inode = (press.editions / f"{press.number - KEPT:012d}" / MAIN).stat().st_ino
    made = press.prints(last)
    assert (made / MAIN).stat().st_ino == inode
    assert (made / MAIN).read_bytes() == last


def test_a_spare_is_made_while_nobody_waits_and_becomes_an_edition_when_all_others_are_read(press):
    folder = press.prints(b"a" * 3_000_000)
    for letter in (b"b", b"c"):
        press.prints(letter * 3_000_000)
    press.printer.make_ready()
    press.printer._spare._copying.join()
    assert press.spare() == b"c" * 3_000_000
    inode = (press.editions / SPARE / MAIN).stat().st_ino
    with reading(folder):
        made = press.prints(b"d" * 2_000_000)
        assert (folder / MAIN).read_bytes() == b"a" * 3_000_000
    assert (made / MAIN).stat().st_ino == inode
    assert (made / MAIN).read_bytes() == b"d" * 2_000_000
    assert (made / PERSONAL).stat().st_mode & 0o077 == 0
    assert press.spare() is None


def test_half_a_spare_that_a_dead_printer_left_is_gone_on_with_and_the_edition_is_whole(press):
    folder = press.prints(b"a" * 1_000_000)
    press.prints(b"b" * 1_000_000)
    press.prints(b"c" * 1_000_000)
    half = press.editions / SPARE
    half.mkdir()
    (half / MAIN).write_bytes(b"x" * 500_000)
    with reading(folder):
        made = press.prints(b"d" * 1_000_000)
    assert (made / MAIN).read_bytes() == b"d" * 1_000_000
    assert (made / PERSONAL).read_bytes() == b"private"


def test_a_spare_of_files_that_shrank_or_grew_meanwhile_makes_a_whole_edition(press):
    press.writes(b"y" * 9_000_000)
    press.editions.mkdir()
    for size in (2_000_000, 9_000_000):
        press.writes(b"z" * size)
        press.printer.make_ready()
        press.printer._spare._copying.join()
        made = press.prints(b"e" * 3_000_000)
        assert (made / MAIN).read_bytes() == b"e" * 3_000_000


def test_of_small_files_no_spare_is_made(tmp_path):
    press = Press(tmp_path, worth=1 << 20)
    press.prints(b"a" * 100)
    press.printer.make_ready()
    assert press.spare() is None


def test_a_spare_that_cannot_be_made_leaves_nothing_and_stops_nobody(press):
    folder = press.prints(b"a" * 1_000)
    (press.place / "working" / PERSONAL).unlink()
    press.printer.make_ready()
    press.printer._spare._copying.join()
    assert press.spare() is None
    assert (folder / MAIN).read_bytes() == b"a" * 1_000
    assert (press.prints(b"b" * 1_000) / MAIN).read_bytes() == b"b" * 1_000


def test_copying_is_left_off_as_soon_as_an_edition_is_asked_for(tmp_path):
    press = Press(tmp_path, worth=0)
    press.prints(os.urandom(64 << 20))
    press.printer.make_ready()
    made = press.prints(b"short")
    assert (made / MAIN).read_bytes() == b"short"
    press.printer.close()


def test_the_newest_that_is_read_stays_for_when_its_reader_is_done_and_older_ones_go(tmp_path):
    press = Press(tmp_path, worth=1 << 40)
    first, second = press.prints(b"1"), press.prints(b"2")
    press.prints(b"3")
    with reading(first), reading(second):
        for text in (b"4", b"5", b"6", b"7"):
            press.prints(text)
        assert not first.exists()
        assert (second / MAIN).read_bytes() == b"2"
        assert len([*press.editions.glob("0*")]) <= KEPT + READ + 1
    press.prints(b"8")
    assert not second.exists()


def test_a_spare_waits_for_room_on_the_disk(tmp_path):
    # a sparse file: larger than the disk has room for, with nothing in it
    (tmp_path / "working").mkdir()
    (tmp_path / "editions").mkdir()
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    with (tmp_path / "working" / MAIN).open("wb") as file:
        os.truncate(file.fileno(), free // 2)
    (tmp_path / "working" / PERSONAL).touch()
    spare = Spare(tmp_path, FILES, worth=0)
    spare.make()
    spare.leave()
    assert not (tmp_path / "editions" / SPARE).exists()
