"""When departments spoke, in short: runs of facts without a gap worth knowing.

A partition sees a part of what a department says. It tells partition 0 only its runs, which is enough to know
exactly when a department fell silent and when it spoke again, for a silence is longer than any gap in a run.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from klantbus.domain.micros import DAY, MINUTE

GAP = 5 * MINUTE
"""Facts closer together than this are one run."""
REMEMBERED = 7 * DAY
"""Older runs are told to nobody: who rebuilds a year of facts need not tell it again."""

Run: TypeAlias = tuple[int, str, int, str]
"""Facts of one department: when the first was published (µs) and which it is, and the same of the last.

A plain tuple, which JSON can say: every fact makes one, and every write says them all.
"""
Runs: TypeAlias = Mapping[str, Sequence[Run]]
"""By department."""


class Spoken:
    """Runs per department, as one partition saw them and has not yet told."""

    def __init__(self, runs: Mapping[str, Iterable[Sequence[Any]]] | None = None) -> None:
        self.runs: dict[str, list[Run]] = {name: runs_in(theirs) for name, theirs in (runs or {}).items()}

    def note(self, department: str, published: int, event_id: str) -> None:
        """Note a fact that was published now; one that comes after later ones tells nothing new."""
        runs = self.runs.setdefault(department, [])
        if not runs:
            runs.append((published, event_id, published, event_id))
            return
        first, first_id, last, last_id = runs[-1]
        if published < last:
            return
        if published == last:  # of those at its last instant the smallest id speaks for all
            smallest = min(last_id, event_id)
            runs[-1] = (first, smallest if first == last else first_id, last, smallest)
        elif published - last <= GAP:
            runs[-1] = (first, first_id, published, event_id)
        else:
            runs.append((published, event_id, published, event_id))
            while runs[0][2] < published - REMEMBERED:
                del runs[0]

    def clear(self) -> None:
        """Forget what was told."""
        self.runs.clear()


def runs_in(said: Iterable[Sequence[Any]]) -> list[Run]:
    """Return the runs that JSON says."""
    return [(int(first), str(one), int(last), str(other)) for first, one, last, other in said]


def runs_of(partitions: Iterable[Spoken]) -> dict[str, list[Run]]:
    """Return the runs of all departments, as several partitions saw them."""
    found: dict[str, list[Run]] = {}
    for spoken in partitions:
        for department, runs in spoken.runs.items():
            found.setdefault(department, []).extend(runs)
    return found
