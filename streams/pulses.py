"""The pulse of a worker: a record of its own that tells the log's time, and how far its partitions are.

Each worker writes one now and then, to a lane that it reads itself: what comes back is a probe for `Present`.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import PARTITIONS, Record, Stored
from klantbus.bus.topics import PULSES
from streams.present import Probe, Reading
from streams.spoken import Run, Runs, runs_in

EVERY = 20.0
"""Seconds between two pulses."""
SOON = 2.0
"""Seconds after which a pulse that did not come back is sent again while nobody knows the time."""
_HEADER = "pulse"
_RUNS_AT_ONCE = 1_000
"""Of so many runs a record stays well under the limit; one that catches up on a week has more to tell."""


class Report(NamedTuple):
    """How far partitions were judged (µs), and when departments spoke: runs of (first, last)."""

    progress: Mapping[int, int]
    spoke: Runs


def key_for(partition: int) -> bytes:
    """Return a key that lies in `partition`."""
    return next(key for n in range(10_000) if partition_of(key := b"%d" % n) == partition)


KEYS = tuple(key_for(partition) for partition in range(PARTITIONS))


class Pulses:
    """Sends pulses and recognises them when they come back."""

    def __init__(self) -> None:
        self._sent: dict[bytes, Reading] = {}
        self._last: float | None = None

    def due(self, steady: float, *, known: bool) -> bool:
        """Return whether it is time for a pulse; sooner while the time is not `known`."""
        return self._last is None or steady - self._last >= (EVERY if known else SOON)

    def beat(self, reading: Reading, numbers: Iterable[int], report: Report) -> list[Record]:
        """Return the records of a pulse sent at `reading` by the owner of partitions `numbers`.

        The report goes to partition 0, where departments are judged; the probe to a partition of our own.
        """
        self._last = reading.steady
        name = uuid.uuid4().hex.encode()
        self._sent = {**dict(list(self._sent.items())[-8:]), name: reading}
        own = min(numbers, default=0)
        *before, last = _pieces(report)
        records = [Record(PULSES, KEYS[0], piece) for piece in before]
        records.append(Record(PULSES, KEYS[0], last, ((_HEADER, name),)))
        return records if own == 0 else [*records, Record(PULSES, KEYS[own], b"", ((_HEADER, name),))]

    def forget(self) -> None:
        """Send one at once: the lanes are others now."""
        self._last = None

    def returned(self, records: Iterable[Stored], now: Reading) -> list[Probe]:
        """Return the probes among `records` that we sent."""
        names = [(dict(record.headers).get(_HEADER, b""), record.appended) for record in records]
        return [Probe(sent, now, stamp) for name, stamp in names if (sent := self._sent.pop(name, None))]


def _pieces(report: Report) -> list[bytes]:
    """Return the report in pieces; only the last says how far we are, for then all that was said is told."""
    runs = [(department, run) for department, theirs in report.spoke.items() for run in theirs]
    starts = range(0, len(runs), _RUNS_AT_ONCE) or range(1)
    pieces = [_spoke(runs[start : start + _RUNS_AT_ONCE]) for start in starts]
    return [
        *(_written(Report({}, piece)) for piece in pieces[:-1]),
        _written(Report(report.progress, pieces[-1])),
    ]


def _spoke(runs: Iterable[tuple[str, Run]]) -> dict[str, list[Run]]:
    spoke: dict[str, list[Run]] = {}
    for department, run in runs:
        spoke.setdefault(department, []).append(run)
    return spoke


def _written(report: Report) -> bytes:
    return orjson.dumps([list(report.progress.items()), list(report.spoke.items())])


def report_in(record: Stored) -> Report | None:
    """Return what a pulse reports; None when it reports nothing."""
    if not record.value:
        return None
    progress, spoke = orjson.loads(record.value)
    return Report(
        dict(progress),
        {department: runs_in(runs) for department, runs in spoke},
    )
