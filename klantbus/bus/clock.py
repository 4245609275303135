"""The one file that looks at the wall clock. Everything else is handed the time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_micros() -> int:
    """Return the present moment in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def steady() -> float:
    """Return seconds on a clock that never runs backwards, for measuring how long something took."""
    return time.monotonic()


def counting() -> float:
    """Return seconds since the machine started, sleep included: wall clocks that jump are held against it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
