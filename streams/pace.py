"""How much a watch does at a time, and how much it keeps."""

from typing import NamedTuple

from streams.memory import ROOM


class Pace(NamedTuple):
    """Facts, bytes, seconds; a simulated world takes little of each, so that everything happens often.

    `room` is how many facts, and customers, are kept decoded by all partitions together; `batch` is how many
    facts one partition takes at a time, and `enough` ends a step: a stop or a revoke waits for it, and must
    not wait long. `again` is the pause before a write that the log did not confirm is tried again. `part` is
    how many bytes of facts a record of the relay holds; the log takes no more than twice that.
    """

    room: int = ROOM
    batch: int = 1_000
    enough: int = 2_500
    again: float = 0.2
    part: int = 120_000
