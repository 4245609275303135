import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[2]
KLANTBUS = Path(sys.executable).with_name("klantbus")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
FIVE_MINUTES = [line for line in BLOCKS[1].splitlines() if line.startswith("klantbus ")]
NOT_RUNNING = {"doctor": 1}
"""`doctor` says with exit code 1 that the bus is not running, and it is not."""


def test_every_command_of_the_five_minutes_runs_as_it_stands_there(tmp_path):
    assert len(FIVE_MINUTES) > 6
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    for line in FIVE_MINUTES:
        words = shlex.split(line, comments=True)
        done = subprocess.run(
            [KLANTBUS, *words[1:]],
            check=False,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == NOT_RUNNING.get(words[1], 0), f"{line}\n{done.stderr}"
        assert done.stdout, f"{line} says nothing"


class Shell:
    """Does what the lines of a block say: the broker on a free port, the bus in the background."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.bus: subprocess.Popen | None = None
        self.environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "KLANTBUS_PORT": "0"}

    def do(self, line: str) -> str:
        if line.startswith("kill"):
            self.bus.send_signal(signal.SIGTERM)
            assert self.bus.wait(60) == 0
            return ""
        words = [
            word.replace("127.0.0.1:9092", self.address) for word in shlex.split(line, comments=True)[1:]
        ]
        if words[-1] == "&":
            self.bus = subprocess.Popen([KLANTBUS, *words[:-1]], cwd=self.folder, env=self.environment)
            return ""
        words += ["--port", "0"] if words == ["broker", "start"] else []
        said = self.run(words)
        self.address = (
            said.strip().removeprefix("kafka://") if words[:2] == ["broker", "start"] else self.address
        )
        return said

    def run(self, words: list[str]) -> str:
        done = subprocess.run(
            [KLANTBUS, *words],
            check=False,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if (
            words[:2] == ["broker", "start"]
            and done.returncode
            and not os.environ.get("KLANTBUS_REQUIRE_KAFKA")
        ):
            pytest.skip(f"no Kafka here: {done.stderr}")
        assert done.returncode in {0, 4}, done.stderr  # 4: there is no edition to ask yet
        return done.stdout


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_on_kafka_runs_as_it_stands_there(tmp_path):
    shell = Shell(tmp_path)
    try:
        for line in BLOCKS[2].splitlines():
            until(lambda line=line: shell.do(line) or "list" not in line, seconds=300)
    finally:
        if shell.bus:
            shell.bus.kill()
        shell.run(["broker", "stop"])
