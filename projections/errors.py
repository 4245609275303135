"""What can go wrong on the read side, and whose fault it is.

```
BusError
├── BadInput
│   └── QuestionRefused   a question that the reader may not ask, or that is wrong
├── Weather
│   ├── AlreadyOwned      another projector has these files: one is enough
│   ├── DiskFull          the disk has no room; the last edition stays readable
│   ├── NoEdition         nothing was printed yet
│   └── NotYet            the position asked for is not in an edition yet
└── Misuse
    ├── ForeignFile       made by other read models, or no database: rebuild
    ├── LogTooShort       the log ends before what the read models have seen of it
    └── Differs           live and rebuilt are not equal
```
"""

from collections.abc import Sequence
from pathlib import Path

from klantbus.bus.errors import BadInput, Misuse, Weather

REBUILD = "klantbus projection rebuild"


class QuestionRefused(BadInput):
    """A question that may not be asked, or that is wrong."""


class AlreadyOwned(Weather):
    """Another projector has these files. `owner` is its process number, as far as known."""

    def __init__(self, place: Path, owner: str) -> None:
        super().__init__(f"a projector is at work on {place} already (process {owner}); one is enough")
        self.owner = owner


class DiskFull(Weather):
    """The disk has no room. What was written before stays whole, and the last edition stays readable."""

    def __init__(self, place: Path) -> None:
        super().__init__(f"no room left on the disk of {place}: make room and start the projector again")


class NoEdition(Weather):
    """No edition was printed yet."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"no edition in {place} yet; is the bus running? klantbus up (or klantbus projection run)"
        )


class NotYet(Weather):
    """The position asked for is not in an edition yet."""


class ForeignFile(Misuse):
    """A database that these read models cannot go on with."""

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(f"{file} {what}; make it anew from the log with: {REBUILD}")
        self.file = file


class LogTooShort(Misuse):
    """The log ends before the position of the read models."""

    def __init__(self, topic: str, partition: int, end: int, position: int) -> None:
        super().__init__(
            f"{topic}/{partition} ends at {end}, but the read models have seen {position}: "
            f"this is another log, or one that lost facts. If it is the right one: {REBUILD} --forget"
        )


class Differs(Misuse):
    """Live and rebuilt tables are not equal. `tables` are their names."""

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__(f"live and rebuilt differ in: {', '.join(tables)}")
        self.tables = tuple(tables)
