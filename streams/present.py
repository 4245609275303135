"""What time it is on the log, so that time is only judged as far as it was read.

The machine's clock cannot say that: it may be wrong, and it may jump. So a worker puts a *probe* into the log
and reads it back: the log stamped it, which tells the log's time then; from there a steady clock counts on.
That is never later than the log's own time, whatever anybody's wall clock does. The wall clock is only
compared with it: when they differ by more than five minutes, or when the log's time jumped against the steady
clock, somebody's clock is wrong, and judgement is held until they agree again.

Times: µs UTC for the log and the wall, seconds for the steady clock.
"""

from dataclasses import dataclass

TOLERANCE = 5 * 60 * 1_000_000
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The machine's clocks at one moment: `wall` in µs UTC, `steady` in seconds."""

    wall: int
    steady: float


@dataclass(frozen=True, slots=True)
class Probe:
    """A record of ours that came back: `stamp` is the log's time of it, somewhere between the readings."""

    sent: Reading
    back: Reading
    stamp: int


def wall_apart(probe: Probe) -> int:
    """Return by how many µs the wall clock is certainly ahead of the log's (negative: behind); 0 when not.

    The log stamped the probe at some moment between the two readings, so only what lies outside both counts.
    """
    low, high = sorted((probe.sent.wall, probe.back.wall))
    if low <= probe.stamp <= high:
        return 0
    return low - probe.stamp if probe.stamp < low else high - probe.stamp


def jumped(first: Probe, later: Probe) -> int:
    """Return by how many µs the log's time certainly ran ahead of the steady clock between two probes."""
    went = later.stamp - first.stamp
    least = int((later.sent.steady - first.back.steady) * SECOND)
    most = int((later.back.steady - first.sent.steady) * SECOND)
    if least <= went <= most:
        return 0
    return went - most if went > most else went - least


class Present:
    """Keeps the last probe, and whether judgement is held and why."""

    def __init__(self, tolerance: int = TOLERANCE) -> None:
        self.held: str | None = None
        self._tolerance = tolerance
        self._anchor: Probe | None = None
        self._last: Probe | None = None

    def returned(self, probe: Probe) -> None:
        """Note that `probe` came back."""
        self.held = self._objection(probe, self._anchor or probe)
        if self.held is None:
            self._anchor = self._anchor or probe
            self._last = probe

    def _objection(self, probe: Probe, anchor: Probe) -> str | None:
        apart = wall_apart(probe)
        if abs(apart) > self._tolerance:
            side = "ahead of" if apart > 0 else "behind"
            return f"this machine's clock is {_span(apart)} {side} the log's: set it right"
        leap = jumped(anchor, probe)
        if abs(leap) > self._tolerance:
            side = "ahead" if leap > 0 else "back"
            return f"the log's time jumped {_span(leap)} {side}: set its clock right, or restart to accept it"
        return None

    def watch(self, reading: Reading) -> None:
        """Compare the wall clock with the last probe, between probes. Holds; only a probe lets go."""
        if self._last is None or self.held:
            return
        apart = reading.wall - self._counted(self._last, reading.steady)
        if abs(apart) > self._tolerance:
            self.held = f"this machine's clock jumped {_span(apart)}"

    def now(self, steady: float) -> int | None:
        """Return what time it is on the log at least; None while judgement is held, or before any probe."""
        if self.held or self._last is None:
            return None
        return self._counted(self._last, steady)

    @staticmethod
    def _counted(probe: Probe, steady: float) -> int:
        return probe.stamp + int((steady - probe.back.steady) * SECOND)


def _span(micros: int) -> str:
    minutes = round(abs(micros) / SECOND / 60)
    return f"{minutes // 60} h {minutes % 60} min"
