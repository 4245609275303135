"""Departments before the judge: who has gone silent (RULES 8, info.silent_department).

The same three functions as for a customer. Only watched departments are judged, and only from their first
sign of life on. A repeat of an old fact is no sign of life: tell only what was new.
"""

from collections.abc import Iterable
from heapq import heappop, heappush

from klantbus.domain.decisions import Edge, Reason
from klantbus.domain.events import Severity
from klantbus.domain.rules import Rules

KIND = "info.silent_department"


class Departments:
    """When each watched department was last heard, and whether it was said to be silent."""

    __slots__ = ("_looks", "clock", "heard", "rules", "silent", "watched")

    def __init__(self, watched: Iterable[str], rules: Rules) -> None:
        self.watched = frozenset(watched)
        self.rules = rules
        self.heard: dict[str, tuple[int, str]] = {}
        self.silent: set[str] = set()
        self.clock = -(2**63)
        self._looks: list[tuple[int, str]] = []

    def judge_by(self, rules: Rules) -> None:
        """Judge by `rules` from now on: a calendar has a new version."""
        self.rules = rules
        self._looks = sorted((self._silent_at(name), name) for name in self.heard)

    def learn(self, department: str, published: int, event_id: str) -> list[Edge]:
        """Learn that a department published something new, at `published` (µs)."""
        if department not in self.watched:
            return []
        out = self.judge(published)
        if department in self.heard and published <= self.heard[department][0]:
            return out
        self.heard[department] = (published, event_id)
        if department in self.silent:
            self.silent.remove(department)
            out.append(self._edge("resolved", department, self.clock, event_id))
        heappush(self._looks, (self._silent_at(department), department))
        return out

    def judge(self, now: int) -> list[Edge]:
        """Decide who fell silent up to `now`, each at its own instant."""
        out: list[Edge] = []
        looks = self._looks
        while looks and looks[0][0] <= now:
            instant, department = heappop(looks)
            if department not in self.silent and self._silent_at(department) == instant:
                self.silent.add(department)
                out.append(self._edge("raised", department, instant, None))
        self.clock = max(self.clock, now)
        return out

    def next_look(self) -> int | None:
        """Return the next instant at which a department falls silent, unless it speaks before."""
        looks = self._looks
        while looks and self._silent_at(looks[0][1]) != looks[0][0]:
            heappop(looks)
        return looks[0][0] if looks else None

    def _silent_at(self, department: str) -> int:
        published, _ = self.heard[department]
        calendar = self.rules.calendar(department, published)
        return calendar.add_business(published, self.rules.policy.silence)

    def _edge(self, edge: str, department: str, at: int, cause: str | None) -> Edge:
        last = self.heard[department][1]
        why = (Reason(last, f"8.{KIND}"),)
        return Edge(
            at,
            edge,
            KIND,
            department,
            Severity.HIGH,
            "",
            cause,
            None,
            last,
            "spoke_again" if edge == "resolved" else "",
            None,
            why,
            None,
            (),
        )  # fmt: skip  one line per three fields says less
