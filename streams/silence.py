"""Whether departments are silent, judged at partition 0 from what every partition reports.

A department is judged only as far as *all* partitions have come: a partition that is behind may still hold a
sign of life. Edges carry the instants of the facts, not those of the reports.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from klantbus.domain.decisions import Edge
from klantbus.domain.departments import Departments
from klantbus.domain.rules import Rules
from streams.promises import number_of
from streams.pulses import Report
from streams.spoken import Run
from streams.telling import Told

_WAITING = tuple[int, str, str]


class Silence:
    """Judges the silence of `watched` departments over `partitions`. `kept` is what `pack` returned."""

    def __init__(
        self, rules: Rules, watched: Iterable[str], partitions: int, kept: bytes | None = None
    ) -> None:
        self._departments = Departments(watched, rules)
        self._partitions = partitions
        self._progress: dict[int, int] = {}
        self._signs: set[_WAITING] = set()
        self._raised: dict[str, int] = {}
        self._judged_at = 0
        self._packed: bytes | None = None
        if kept:
            self._unpack(orjson.loads(kept))

    def judge_by(self, rules: Rules) -> None:
        """Judge by `rules` from now on."""
        self._departments.judge_by(rules)

    def learn(self, reports: Iterable[Report]) -> Sequence[Told]:
        """Learn what workers report; return what follows from it."""
        for report in reports:
            self._hear(report)
        if len(self._progress) < self._partitions:
            return []
        return self._judged(min(self._progress.values()))

    def _hear(self, report: Report) -> None:
        self._packed = None
        for number, until in report.progress.items():
            self._progress[number] = max(until, self._progress.get(number, 0))
        for department, runs in report.spoke.items():
            for run in runs:
                self._signs.update((at, department, event_id) for at, event_id in self._signs_of(run))

    def _signs_of(self, run: Run) -> Iterator[tuple[int, str]]:
        """Return moments that stand for a run: close enough that nobody is silent between them."""
        first, first_id, last, last_id = run
        yield first, first_id
        step = max(self._departments.rules.policy.silence // 2, 1)
        for at in range(first + step, last, step):
            yield at, first_id
        yield last, last_id

    def _judged(self, until: int) -> list[Told]:
        """Judge up to `until`. Only what is judged is sorted: while one partition is behind, much waits."""
        if until == self._judged_at:
            return []
        self._judged_at, self._packed, departments = until, None, self._departments
        ready = {sign for sign in self._signs if sign[0] < until}
        self._signs -= ready
        out: list[Edge] = []
        for published, department, event_id in sorted(ready):
            out += departments.learn(department, published, event_id)
        out += departments.judge(until - 1)
        return [self._ruling(edge) for edge in out]

    def _ruling(self, edge: Edge) -> Told:
        if edge.edge == "raised":
            self._raised[edge.key] = since = edge.at
        else:
            since = self._raised.pop(edge.key, edge.at)
        return Told(edge, number_of(f"{edge.kind}|{edge.key}", since), edge.key)

    def pack(self) -> bytes:
        """Return all of it as bytes."""
        if self._packed is None:
            d, signs = self._departments, list(self._signs)
            said = [d.clock, d.heard, sorted(d.silent), list(self._progress.items()), signs, self._raised]
            self._packed = orjson.dumps(said)
        return self._packed

    def _unpack(self, said: list[Any]) -> None:
        clock, heard, silent, progress, signs, raised = said
        departments = self._departments
        for name, (published, event_id) in sorted(heard.items(), key=lambda item: item[1][0]):
            departments.learn(name, published, event_id)
        departments.judge(clock)
        departments.silent = set(silent)
        self._progress, self._raised = dict(progress), raised
        self._signs = {(at, name, event_id) for at, name, event_id in signs}
