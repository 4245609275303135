"""Questions of people we need not trust: answered within limits, and nothing else."""

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from read_side import TOPICS, House, at, projecting, publish

from klantbus.bus.open import open_log
from projections.asking import Limits, ask, ask_personal
from projections.editions import current_edition, wait_for
from projections.errors import QuestionRefused

QUICK = Limits(rows=100, seconds=3)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An edition of a house with one contact, printed once for all questions."""
    folder = tmp_path_factory.mktemp("asked") / "projections"

    async def prepare():
        house = House()
        house.states(
            "contact.logged", "C1", at(2), "telephony", direction="in", reached=True, summary="geheim"
        )
        log = await open_log(f"journal://{folder.parent / 'journal.sqlite'}")
        await log.create(TOPICS)
        async with projecting(log, folder):
            places = await publish(log, house.records)
            await asyncio.to_thread(wait_for, folder, places, timeout=60)
        await log.close()

    asyncio.run(prepare())
    return folder


def test_a_plain_question_is_answered_with_the_edition_it_was_read_from(place):
    answer = ask(place, "SELECT direction, reached FROM contact -- and a remark")
    assert answer.table.to_pylist() == [{"direction": "in", "reached": True}]
    assert answer.edition == current_edition(place)


ATTACKS = (
    "SELECT * FROM read_text('/etc/passwd')",
    "WITH x AS (COPY (SELECT 1) TO 'EVIL') SELECT 1",
    "ATTACH 'WORKING' AS w",
    "SET lock_configuration = false",
    "SELECT 1; SELECT 2",
    "SELECT 1) AS q; COPY (SELECT 1) TO 'EVIL'; SELECT * FROM (SELECT 1",
    "DELETE FROM contact",
    "INSTALL httpfs",
    "SELECT length(repeat('x', 4000000000))",
    "SELECT sum(a.range * b.range) FROM range(10000000) AS a, range(100000000) AS b",
    "SELECT * FROM personal.said",
)
MORE_ATTACKS = (
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "FROM '/etc/passwd'",
    "FROM glob('/*')",
    "FROM read_duckdb('WORKING', table_name = 'contact')",
    "COPY contact TO 'EVIL'",
    "COPY (SELECT 1) TO 'EVIL'",
    "EXPORT DATABASE 'EVIL'",
    "ATTACH 'EVIL'",
    "SET threads = 64",
    "RESET enable_external_access",
    "PRAGMA enable_profiling",
    "SELECT * FROM query('COPY (SELECT 1) TO ''EVIL''')",
    "DROP TABLE contact",
    "UPDATE contact SET topic = 'x'",
    "INSERT INTO contact SELECT * FROM contact",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "LOAD httpfs",
    "CALL pragma_version()",
    "CHECKPOINT",
    "SELECT getenv('HOME')",
    "SELECT * FROM order",
    "SELECT repeat('x', 20000000000)",
    "SELECT list(repeat('x', 100000)) FROM range(100000)",
    "SELECT repeat('x', 10000000) FROM range(1000)",
    "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
    "not SQL at all",
    "",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_the_answer_can_be_had(place, tmp_path, attack):
    assert_denied(place, tmp_path, attack)


@pytest.mark.slow
@pytest.mark.parametrize("attack", MORE_ATTACKS)
def test_nor_by_any_other_way_that_is_known(place, tmp_path, attack):
    assert_denied(place, tmp_path, attack)


def assert_denied(place, tmp_path, attack):
    working, evil = place / "working" / "klantbus.duckdb", tmp_path / "evil"
    before = _state(working)
    with pytest.raises(QuestionRefused) as refused:
        ask(place, attack.replace("WORKING", str(working)).replace("EVIL", str(evil)), limits=QUICK)
    assert 0 < len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)
    assert not evil.exists()
    assert _state(working) == before


def _state(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


def test_more_rows_than_the_cap_are_cut_off_and_that_is_said(place):
    answer = ask(place, "SELECT * FROM range(1000000)", limits=QUICK)
    assert (answer.table.num_rows, answer.cut_off) == (100, True)


def test_the_process_that_answers_knows_nothing_of_our_environment(place, monkeypatch):
    monkeypatch.setenv("KLANTBUS_SECRET", "zonnebloem")
    settings = ask(place, "SELECT * FROM duckdb_settings()", limits=Limits()).table.to_pylist()
    assert "zonnebloem" not in str(settings)


def test_who_may_see_personal_text_asks_for_it_by_name(place):
    answer = ask_personal(place, "SELECT summary FROM personal.contact_said")
    assert answer.table.to_pylist() == [{"summary": "geheim"}]


def sql(place, *words):
    """Run the real command."""
    return subprocess.run(
        ["klantbus", "sql", *words, "--data", str(place.parent)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )


def test_the_command_prints_a_table_json_or_csv_and_the_moment_on_stderr(place):
    question = "SELECT direction, time FROM contact"
    table, as_json, as_csv = (
        sql(place, question),
        sql(place, question, "--json"),
        sql(place, question, "--csv"),
    )
    assert table.stdout.split()[:2] == ["direction", "time"]
    assert json.loads(as_json.stdout)[0]["direction"] == "in"
    assert next(csv.DictReader(io.StringIO(as_csv.stdout)))["direction"] == "in"
    for said in (table, as_json, as_csv):
        assert said.stderr.startswith("as of 20")
        assert said.returncode == 0


def test_the_command_refuses_with_one_sentence_and_exit_code_1(place):
    said = sql(place, "DROP TABLE contact")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.count("\n") == 1
