"""A fact as some department states it, for tests to which only matters who is told what, and when."""

from datetime import datetime

from klantbus.domain.events import Fact, Payload


def stated(name: str, data: Payload, at: datetime, *, subject: str = "C1", source: str = "/sales/x") -> Fact:
    """Return the fact with id `name` that happened, and was written down, at `at`."""
    return Fact(id=name, source=source, type=data.event, subject=subject, time=at, recordedtime=at, data=data)
