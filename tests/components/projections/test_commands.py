"""`klantbus projection` as an operator meets it: the real command, its words and its exit codes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from busy_week import busy_week
from read_side import TOPICS, publish

from klantbus.bus.open import open_log
from projections.editions import current_edition, wait_for

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def klantbus(*words, data):
    return subprocess.run(
        ["klantbus", "projection", *words, "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )


@pytest.fixture
def data(tmp_path):
    """A data folder whose journal holds a busy week."""

    async def fill():
        log = await open_log(f"journal://{tmp_path / 'journal.sqlite'}")
        await log.create(TOPICS)
        places = await publish(log, busy_week(6, 60))
        await log.close()
        return places

    return tmp_path, asyncio.run(fill())


def test_an_operator_runs_looks_verifies_and_rebuilds(data):
    folder, places = data
    words = ["klantbus", "projection", "run", "--data", str(folder)]
    with subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.PIPE) as running:
        wait_for(folder / "projections", places, timeout=60)
        status = json.loads(klantbus("status", "--json", data=folder).stdout)
        verified = klantbus("verify", "--json", data=folder)
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0
    assert (status["projector"], status["behind"]) == ("running", 0)
    assert verified.returncode == 0
    assert all(row["equal"] for row in json.loads(verified.stdout))
    rebuilt = klantbus("rebuild", data=folder)
    assert (rebuilt.returncode, "replaced" in rebuilt.stderr) == (0, True)

    edition = current_edition(folder / "projections")
    with duckdb.connect(edition.main) as con:
        con.execute("DELETE FROM contact WHERE event_id = (SELECT min(event_id) FROM contact)")
    differing = klantbus("verify", data=folder)
    assert (differing.returncode, "klantbus.contact" in differing.stderr) == (5, True)
    refused = klantbus("rebuild", data=folder)
    assert (refused.returncode, "replaced" in refused.stderr) == (5, False)


def test_verify_without_an_edition_says_what_to_start(tmp_path):
    said = klantbus("verify", data=tmp_path)
    assert (said.returncode, said.stdout) == (4, "")
    assert "klantbus projection run" in said.stderr
