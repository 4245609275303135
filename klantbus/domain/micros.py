"""Instants as integers: microseconds since 1970, UTC. People get aware datetimes, the rules whole numbers."""

from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970, exactly."""
    return (moment - EPOCH) // _MICRO


def moment(us: int) -> datetime:
    """Return microseconds since 1970 as an aware datetime in UTC."""
    return EPOCH + timedelta(microseconds=us)
