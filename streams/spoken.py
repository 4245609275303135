"""When departments spoke, in short: runs of facts without a gap worth knowing.

A partition sees a part of what a department says. It tells partition 0 only its runs, which is enough to know
exactly when a department fell silent and when it spoke again, for a silence is longer than any gap in a run.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from klantbus.domain.micros import DAY, MINUTE

GAP = 5 * MINUTE
"""Facts closer together than this are one run."""
REMEMBERED = 7 * DAY
"""Older runs are told to nobody: who rebuilds a year of facts need not tell it again."""


class Run(NamedTuple):
    """Facts of one department: when the first and the last were published (µs), and which they are."""

    first: int
    first_id: str
    last: int
    last_id: str


class Spoken:
    """Runs per department, as one partition saw them and has not yet told."""

    def __init__(self, runs: Mapping[str, Iterable[Sequence[Any]]] | None = None) -> None:
        self.runs = {name: [Run(*run) for run in theirs] for name, theirs in (runs or {}).items()}

    def note(self, department: str, published: int, event_id: str) -> None:
        """Note a fact that was published now; one that comes after later ones tells nothing new."""
        runs = self.runs.setdefault(department, [])
        if runs and published <= runs[-1].last:
            if published == runs[-1].last:
                runs[-1] = _at_once(runs[-1], event_id)
            return
        if runs and published - runs[-1].last <= GAP:
            runs[-1] = runs[-1]._replace(last=published, last_id=event_id)
            return
        runs.append(Run(published, event_id, published, event_id))
        while runs[0].last < published - REMEMBERED:
            del runs[0]

    def plain(self) -> dict[str, list[list[Any]]]:
        """Return the runs as what JSON can say."""
        return plain(self.runs)

    def clear(self) -> None:
        """Forget what was told."""
        self.runs.clear()


def _at_once(run: Run, event_id: str) -> Run:
    """Return the run with one more fact at its last instant: of those the smallest id speaks for all."""
    smallest = min(run.last_id, event_id)
    return Run(run.first, smallest if run.first == run.last else run.first_id, run.last, smallest)


def plain(runs: Mapping[str, Sequence[Run]]) -> dict[str, list[list[Any]]]:
    """Return runs as what JSON can say."""
    return {department: [[*run] for run in theirs] for department, theirs in runs.items()}


def runs_of(partitions: Iterable[Spoken]) -> dict[str, list[Run]]:
    """Return the runs of all departments, as several partitions saw them."""
    found: dict[str, list[Run]] = {}
    for spoken in partitions:
        for department, runs in spoken.runs.items():
            found.setdefault(department, []).extend(runs)
    return found
