import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka_here import start_or_skip

from apps.broker import node
from apps.broker.settings import Home

KLANTBUS = Path(sys.executable).with_name("klantbus")


class Terminal:
    """Runs the real command with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [KLANTBUS, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
            cwd=self.folder,
            env=self._environment(environment),
        )

    def start(self, *words: str, stderr, **environment: str) -> subprocess.Popen:
        return subprocess.Popen(
            [KLANTBUS, *words], cwd=self.folder, env=self._environment(environment), stderr=stderr
        )

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "KLANTBUS_DATA": str(self.folder / "data"),
            **self.environment,
            **more,
        }

    def json(self, *words: str):
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def own_kafka(tmp_path) -> Iterator[str]:
    """Host and port of a Kafka that nobody else uses: the bus's own topics have the same names everywhere."""
    home = Home(tmp_path / "kafka")
    start_or_skip(home)
    yield node.running(home).address
    node.stop(home)


@pytest.fixture
def terminal(tmp_path):
    return Terminal(tmp_path)
