"""Starts a worker and measures it from outside: how many events it has done, when, and its CPU until then."""

import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LOOK = 0.2
"""Seconds between two questions to a worker that is asked: twenty a second cost it a tenth."""
LIMIT = 600.0
"""Seconds after which a worker that is not done is ended."""
TICKS = os.sysconf("SC_CLK_TCK")


class Turn(NamedTuple):
    """One measurement: events a second, µs of CPU an event, and the most memory held, in MB."""

    rate: float
    cpu: float
    memory: float


class Failed(Exception):
    """A worker ended before it was done."""


Child = subprocess.Popen[str]
Counts = Callable[[Child], Iterator[int]]


@contextmanager
def worker(words: Sequence[str], folder: Path, more: Mapping[str, str]) -> Iterator[Child]:
    """Run a worker in `folder`, its complaints in a file there; it is ended afterwards."""
    folder.mkdir(parents=True)
    with (folder / "complaints").open("w") as complaints:
        child = subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, **more},
            text=True,
            stdin=subprocess.PIPE,  # ours ends when its parent is gone, and knows it by this
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        limit = threading.Timer(LIMIT, child.kill)
        limit.start()
        try:
            yield child
        except Failed as failed:
            last = (folder / "complaints").read_text()[-1500:]
            raise Failed(f"{failed}; its last words:\n{last}") from None
        finally:
            limit.cancel()
            child.kill()
            child.communicate()


def said_by(child: Child) -> Iterator[int]:
    """Yield the counts that a peer prints; what else it prints is passed over."""
    for line in child.stdout or ():
        if line.strip().isdigit():
            yield int(line)


def asked_at(port: int, figure: str = "klantbus_streams_facts_total") -> Counts:
    """Return what yields a worker's figure, asked for at its Prometheus port."""

    def counts(child: Child) -> Iterator[int]:
        while child.poll() is None:
            yield figure_at(port, figure)
            time.sleep(LOOK)

    return counts


def figure_at(port: int, figure: str) -> int:
    """Return a figure; 0 when nobody answers yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            page = answer.read().decode()
    except OSError:
        return 0
    return int(sum(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(figure)))


def measured(child: Child, counts: Iterable[int], wanted: int, since: int = 1) -> Turn:
    """Return how fast events `since` to `wanted` were done; the first look counts for nothing."""
    first: tuple[int, float, float] | None = None
    for done in counts:
        if done < since:
            continue
        seen = (done, time.perf_counter(), cpu_of(child.pid))
        first = first or seen
        if done >= wanted and done == first[0]:
            raise Failed("all was done between two looks: give it more events")
        if done >= wanted:
            events = done - first[0]
            spent = (seen[1] - first[1], seen[2] - first[2])
            return Turn(events / spent[0], 1e6 * spent[1] / events, memory_of(child.pid))
    raise Failed(f"it ended before event {wanted}")


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_of(pid: int) -> float:
    """Return the most memory that a process has held, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
