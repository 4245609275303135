"""What both ways of running a worker put together alike."""

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
