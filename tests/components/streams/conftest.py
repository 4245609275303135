"""What tests of simulated worlds share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder in memory where there is one: stores are opened and thrown away by the thousand."""
    made = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108  a private folder in it
    yield made
    shutil.rmtree(made)
