"""Editions: whole, at a known position, never older than the last, personal text only where it may be."""

import asyncio
import subprocess
import sys
from contextlib import ExitStack

import duckdb
import pytest
from busy_week import busy_week
from read_side import House, at, projecting, publish

import klantbus
import projections
from klantbus.bus.ports import Lane
from projections.editions import current_edition, edition_in, wait_for
from projections.errors import NoEdition, NotYet
from projections.projector import latest_edition


async def printed(log, place, records):
    """Publish records and wait for an edition that has them."""
    places = await publish(log, records)
    return await asyncio.to_thread(wait_for, place, places, timeout=60)


async def test_you_read_what_you_have_just_published(log, tmp_path):
    house = House()
    async with projecting(log, tmp_path):
        for number in range(1, 4):
            start = len(house.records)
            house.states("satisfaction.recorded", "C1", at(number), score=4)
            await printed(log, tmp_path, house.records[start:])
            with projections.connect(tmp_path) as con:
                assert con.execute("SELECT count(*) FROM satisfaction").fetchall() == [(number,)]


async def test_an_edition_says_its_position_and_the_moment_it_speaks_of(log, tmp_path):
    async with projecting(log, tmp_path):
        edition = await printed(log, tmp_path, busy_week(1, 40))
    with projections.connect(tmp_path) as con:
        assert con.execute("SELECT as_of() = max(published) FROM event_log").fetchall() == [(True,)]
        seen = dict(con.execute("SELECT topic || partition, next FROM position WHERE next > 0").fetchall())
    assert edition.as_of is not None
    newest = current_edition(tmp_path)
    assert {f"{lane.topic}{lane.partition}": n for lane, n in newest.positions.items() if n} == seen


async def test_personal_text_is_nowhere_in_the_file_for_everyone(log, tmp_path):
    house = House()
    house.states("customer.registered", "C1", at(2), "admin", name="Zonnebloem-Naam")
    said = house.states(
        "contact.logged", "C1", at(2), "telephony", direction="in", reached=True, summary="Zonnebloem-Tekst"
    )
    house.corrects(said, at(3), summary="Zonnebloem-Anders")
    house.states(
        "promise.made", "C1", at(2), promise_id="p1", made_by="sales", performer="sales",
        as_said="Zonnebloem-Belofte", condition={"text": "Zonnebloem-Voorwaarde"},
    )  # fmt: skip
    house.judges("p1", "accepted", at(2), as_said="Zonnebloem-Oordeel")
    async with projecting(log, tmp_path):
        edition = await printed(log, tmp_path, house.records)
    assert b"Zonnebloem" not in edition.main.read_bytes()
    assert edition.personal.stat().st_mode & 0o077 == 0
    assert (tmp_path / "working").stat().st_mode & 0o077 == 0
    with projections.connect_personal(tmp_path) as con:
        assert con.execute("SELECT summary FROM personal.contact_said").fetchall() == [("Zonnebloem-Anders",)]
        assert con.execute("SELECT as_said FROM personal.promise_said").fetchall() == [
            ("Zonnebloem-Belofte",)
        ]
        assert con.execute("SELECT name FROM personal.customer_name").fetchall() == [("Zonnebloem-Naam",)]
        assert con.execute("SELECT words[1].text FROM personal.briefing_of('C1')").fetchall() == [
            ("Zonnebloem-Anders",)
        ]


async def test_an_analyst_asks_with_two_lines_of_python_and_sees_no_personal_text(log, tmp_path):
    house = House()
    house.states("satisfaction.recorded", "C1", at(2), score=4, comment="Zonnebloem")
    async with projecting(log, tmp_path / "projections"):
        await printed(log, tmp_path / "projections", house.records)
    with klantbus.connect(tmp_path) as con:
        assert con.execute("SELECT score FROM satisfaction").fetchall() == [(4,)]
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM personal.satisfaction_said")
    with klantbus.connect_personal(str(tmp_path)) as con:
        assert con.execute("SELECT comment FROM personal.satisfaction_said").fetchall() == [("Zonnebloem",)]


def test_an_analyst_who_names_a_folder_without_answers_hears_what_to_do(tmp_path):
    with pytest.raises(NoEdition):
        klantbus.connect(tmp_path)


def test_importing_klantbus_loads_neither_duckdb_nor_the_projections():
    asks = "import klantbus, sys; print(sorted({'duckdb', 'projections', 'pyarrow'} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


async def test_two_connections_in_one_process_each_keep_their_own_edition(log, tmp_path):
    house = House()
    house.states("satisfaction.recorded", "C1", at(2), score=4)
    async with projecting(log, tmp_path):
        await printed(log, tmp_path, house.records)
        older = projections.connect(tmp_path)
        house.states("satisfaction.recorded", "C1", at(3), score=4)
        await printed(log, tmp_path, house.records[1:])
        newer = projections.connect(tmp_path)
        count = "SELECT count(*) FROM satisfaction"
        assert (older.execute(count).fetchall(), newer.execute(count).fetchall()) == ([(1,)], [(2,)])
        older.close()
        newer.close()


async def test_plain_duckdb_opens_an_edition_with_nothing_of_ours(log, tmp_path):
    async with projecting(log, tmp_path):
        edition = await printed(log, tmp_path, busy_week(2, 40))
    plain = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); "
        "print(con.execute('SELECT count(*) FROM event_log').fetchall()[0][0], "
        "len(con.execute('FROM kept_rate').fetchall()) >= 0)"
    )
    newest = current_edition(tmp_path)
    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "-c", plain, str(newest.main)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split()[1] == "True"
    assert edition.number <= newest.number


async def test_only_the_last_few_editions_stay(log, tmp_path):
    house = House()
    async with projecting(log, tmp_path):
        for number in range(1, 8):
            start = len(house.records)
            house.states("satisfaction.recorded", "C1", at(number), score=4)
            await printed(log, tmp_path, house.records[start:])
    folders = sorted(folder for folder in (tmp_path / "editions").iterdir() if not folder.is_symlink())
    assert len(folders) <= 5
    assert edition_in(folders[-1]) == current_edition(tmp_path)


async def test_nothing_is_printed_when_nothing_came_in(log, tmp_path):
    async with projecting(log, tmp_path):
        edition = await printed(log, tmp_path, busy_week(3, 10))
    number = current_edition(tmp_path).number
    async with projecting(log, tmp_path):
        pass
    assert current_edition(tmp_path).number == number >= edition.number


def test_before_the_first_edition_you_are_told_what_to_start(tmp_path):
    assert latest_edition(tmp_path) is None
    with pytest.raises(NoEdition, match="klantbus projection run"):
        projections.connect(tmp_path)


def test_waiting_for_what_nobody_published_ends_with_a_sentence(tmp_path):
    with pytest.raises(NotYet, match="is the projector running"):
        wait_for(tmp_path, {Lane("klantbus.events.sales", 0): 9}, timeout=0.1)


async def test_an_edition_that_somebody_reads_is_never_written_over(log, tmp_path):
    house = House()
    house.states("satisfaction.recorded", "C1", at(2), score=1)
    async with projecting(log, tmp_path):
        first = await printed(log, tmp_path, house.records)
        with projections.connect_personal(tmp_path) as reading, ExitStack() as another:
            for number in range(8):
                if number == 1:
                    another.enter_context(projections.connect_personal(tmp_path))
                start = len(house.records)
                house.states("satisfaction.recorded", "C1", at(3), score=5)
                house.states("contact.logged", f"C{number}", at(3), "telephony", direction="in", reached=True)
                await printed(log, tmp_path, house.records[start:])
            assert not first.folder.exists()
            assert reading.execute("SELECT list(score) FROM satisfaction").fetchall() == [([1],)]
            assert reading.execute("SELECT count(*) FROM contact").fetchall() == [(0,)]
    with projections.connect(tmp_path) as con:
        assert con.execute("SELECT count(*), sum(score) FROM satisfaction").fetchall() == [(9, 41)]


async def test_an_edition_nobody_reads_is_made_into_the_next_one_and_is_whole(log, tmp_path):
    house, seen = House(), []
    async with projecting(log, tmp_path):
        for _ in range(7):
            start = len(house.records)
            house.states("satisfaction.recorded", "C1", at(3), score=5)
            await printed(log, tmp_path, house.records[start:])
            seen.append(current_edition(tmp_path).main.stat().st_ino)
    newest = current_edition(tmp_path)
    assert len(set(seen)) < len(seen)
    assert newest.main.read_bytes() == (tmp_path / "working" / "klantbus.duckdb").read_bytes()
