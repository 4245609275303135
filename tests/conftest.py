"""What tests of every room share: one real Kafka per test session, started as `klantbus broker` starts it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from kafka_here import start_or_skip

from apps.broker import node
from apps.broker.settings import Home

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
"""A busy machine is no bug; and CI tries the same examples every time, so that red there means a change."""


@pytest.fixture(scope="session")
def kafka_home(tmp_path_factory, worker_id) -> Iterator[Home]:
    """The directory of the session's Kafka; the workers of pytest-xdist share one, the last one stops it."""
    alone = worker_id == "master"
    root = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    home, users = Home(root / "kafka"), root / "kafka-users.json"
    with counted(users, +1):
        start_or_skip(home)
    yield home
    with counted(users, -1) as left:
        if left == 0:
            node.stop(home)
            shutil.rmtree(home.root)


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka_home) -> str:
    """Host and port of the session's Kafka. Topics of a test need names that no other test has."""
    return node.running(kafka_home).address


@contextmanager
def counted(path: Path, step: int) -> Iterator[int]:
    """Add `step` to the number in `path`, and hold its lock meanwhile."""
    with path.open("a+") as file:
        flock(file, LOCK_EX)
        file.seek(0)
        number = json.loads(file.read() or "0") + step
        file.truncate(0)
        file.write(json.dumps(number))
        file.flush()
        yield number
