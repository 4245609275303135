"""What can go wrong on the bus, and whose fault it is.

BusError
├── BadInput            the fact or the record is wrong: mend it (or park it); repeating does not help
│   ├── FactRefused     a fact that breaks the contract, before it was sent
│   ├── RecordTooLarge  larger than the limit
│   └── Unreadable      bytes in the log that nobody can read (see `parked`)
├── Weather             the log is away or slow: try again
│   └── LogUnavailable
└── Misuse              the program or its settings are wrong: stop and mend them
    ├── UnknownTopic
    ├── DepartmentsRefused  departments.toml does not add up; the sentence names the place
    ├── TopicRefused        the log will not make a topic as it was asked for
    ├── NotAllowed          the log knows us, and says that we may not
    ├── FileRefused         a file of another application, damaged, or of a newer klantbus
    ├── UnknownParked       no such parked record, or it was settled before
    ├── ContractBroken      a schema file was changed or contradicts another
    └── TooManyParked       a run of unreadable records: something upstream is broken
"""


class BusError(Exception):
    """Anything the bus says no to."""


class BadInput(BusError):
    """The input is wrong; repeating it does not help."""


class FactRefused(BadInput):
    """A fact that breaks the contract. `field` names the place in it."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field


class RecordTooLarge(BadInput):
    """A record over the limit. `size` and `limit` in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a record of {size} bytes is over the limit of {limit}: shorten or split it")
        self.size = size
        self.limit = limit


class Unreadable(BadInput):
    """Bytes that cannot become a fact. `code` is one word for counting, `reason` a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Weather(BusError):
    """Nobody's fault here: wait and try again."""


class LogUnavailable(Weather):
    """The log did not answer in time."""


class Misuse(BusError):
    """A program or its settings are wrong."""


class UnknownTopic(Misuse):
    """A topic that nobody made. `klantbus topic apply` makes those of departments.toml."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"there is no topic {topic}; make it with: klantbus topic apply")
        self.topic = topic


class DepartmentsRefused(Misuse):
    """departments.toml cannot be read or does not add up."""


class TopicRefused(Misuse):
    """A topic whose name, partitions or settings the log does not take."""


class NotAllowed(Misuse):
    """The log refuses who we are, or what we want: credentials or ACLs are wrong (klantbus topic plan)."""


class FileRefused(Misuse):
    """A file of another application, a damaged one, or one of a newer klantbus. Nothing in it was touched."""


class UnknownParked(Misuse):
    """No parked record has this id, or it was replayed or discarded before."""


class ContractBroken(Misuse):
    """The schema files contradict each other or a released one was changed."""


class TooManyParked(Misuse):
    """So many unreadable records in a row that something upstream must be broken."""
