"""A process known by its number *and* its start, so that a number handed out again is not mistaken for it."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klantbus.bus.clock import steady

_ERRORS = 2
"""The number of stderr; what lies above it is nobody's by custom."""

PAUSE = 0.02
"""Seconds between two looks at whether it is gone."""


@dataclass(frozen=True, slots=True)
class Process:
    """`pid`, and `born`: when it started, in the system's own words."""

    pid: int
    born: str


def spawn(command: list[str], out: Path, environ: dict[str, str]) -> Process:
    """Start `command` in a session of its own, writing to `out`; it outlives us, holding nothing of ours."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(out), flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *((os.POSIX_SPAWN_CLOSE, number) for number in _handed_to_us()),
    ]
    pid = os.posix_spawn(command[0], command, environ, file_actions=actions, setsid=True)
    return Process(pid, _birth(pid) or "")


def _handed_to_us() -> list[int]:
    """Return the open files that we were started with: whoever gave us a lock or a pipe waits for its end."""
    numbers = [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208  numbers, no paths
    return [number for number in numbers if number > _ERRORS and _is_inheritable(number)]


def _is_inheritable(number: int) -> bool:
    try:
        return os.get_inheritable(number)
    except OSError:
        return False  # it was the list itself


def is_alive(process: Process) -> bool:
    """Return whether it still runs; one that ended and was not yet waited for does not."""
    _reap(process.pid)
    return bool(process.born) and _birth(process.pid) == process.born


def stop(process: Process, *, patience: float) -> bool:
    """Ask it to end, and after `patience` seconds make it; return whether asking was enough."""
    _signal(process, signal.SIGTERM)
    if wait_gone(process, patience):
        return True
    kill(process)
    return False


def kill(process: Process) -> None:
    """End it at once, as a power cut would, and return when it is gone."""
    _signal(process, signal.SIGKILL)
    wait_gone(process, 30.0)


def wait_gone(process: Process, seconds: float) -> bool:
    """Return whether it was gone within `seconds`."""
    deadline = steady() + seconds
    while is_alive(process):
        if steady() > deadline:
            return False
        time.sleep(PAUSE)
    return True


def _signal(process: Process, number: signal.Signals) -> None:
    if not is_alive(process):
        return
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return  # it went between the look and the call


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # not a child of ours: another command started it


def _birth(pid: int) -> str | None:
    """Return when the process started, None when there is none (or only its remains)."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _birth_by_ps(pid)
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, threads, started = fields[0], int(fields[17]), fields[19]
    # The first thread of a killed process may be a zombie while others still hold its ports.
    return None if state in "ZX" and threads <= 1 else started


def _birth_by_ps(pid: int) -> str | None:
    answer = subprocess.run(  # noqa: S603  a number is all that varies
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
