"""What both ways of running a worker put together alike."""

import gc

from klantbus.bus import clock
from klantbus.bus.ports import PARTITIONS
from streams.present import Reading
from streams.promises import PromiseJudge
from streams.settings import Settings
from streams.silence import Silence
from streams.watch import Judges


def judges_of(judge: PromiseJudge, settings: Settings) -> Judges:
    """Return who judges customers and departments, by the rules of `judge`."""
    return Judges(judge, lambda kept: Silence(judge.rules, settings.watched, PARTITIONS, kept))


def reading() -> Reading:
    """Return the machine's clocks."""
    return Reading(clock.now_micros(), clock.counting())


def spare_the_collector() -> None:
    """Let Python's garbage collector look seldom: what the judge makes is kept, and hardly any of it rings.

    With the usual thresholds it takes a third of a worker's time (bench/streams.py).
    """
    gc.set_threshold(200_000, 20, 100)
