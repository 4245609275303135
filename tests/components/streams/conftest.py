"""What tests of simulated worlds share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import streams.watch


@pytest.fixture
def room(monkeypatch) -> Iterator[Path]:
    """A folder in memory where there is one: stores are opened and thrown away by the thousand."""
    monkeypatch.setattr(streams.watch, "AGAIN", 0.0)  # nobody waits in a simulated world
    monkeypatch.setattr(streams.watch, "BATCH", 5)  # and few facts are many there: steps overlap
    monkeypatch.setattr(streams.watch, "ENOUGH", 6)
    made = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108  a private folder in it
    yield made
    shutil.rmtree(made)
