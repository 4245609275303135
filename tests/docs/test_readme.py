import re
import shlex
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
FIVE_MINUTES = [
    line
    for line in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[1].splitlines()
    if line.startswith("klantbus ")
]
NOT_RUNNING = {"doctor": 1}
"""`doctor` says with exit code 1 that the bus is not running, and it is not."""


def test_every_command_of_the_five_minutes_runs_as_it_stands_there(tmp_path):
    assert len(FIVE_MINUTES) > 6
    for line in FIVE_MINUTES:
        words = shlex.split(line, comments=True)
        done = subprocess.run(
            [Path(sys.executable).with_name("klantbus"), *words[1:]],
            check=False,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == NOT_RUNNING.get(words[1], 0), f"{line}\n{done.stderr}"
        assert done.stdout, f"{line} says nothing"
