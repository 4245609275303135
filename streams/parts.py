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


class Collector:
    """Keeps Python's garbage collector off what the judge keeps: it is much, and hardly any of it rings.

    With the usual thresholds the collector takes a third of a worker's time (bench/streams.py), and going
    over the same states again still a fifteenth. So what a step left is set aside, until enough facts came
    that rings among it may be worth looking for: of ours only promises that contradict each other are some,
    and a look at all takes 10 µs a customer in memory, in which nothing else is done.
    """

    def __init__(self, every: int = 10_000_000) -> None:
        gc.set_threshold(200_000, 20, 100)
        self._every = every
        self._facts = 0

    def after(self, facts: int) -> None:
        """Set aside what is there, after a step that took in so many `facts`."""
        self._facts += facts
        if self._facts >= self._every:
            self._facts = 0
            gc.unfreeze()
            gc.collect()
        gc.freeze()

    def close(self) -> None:
        """Give back what was set aside: what is still set aside when Python ends, DuckDB calls leaked."""
        gc.unfreeze()
