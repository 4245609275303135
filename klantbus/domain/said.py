"""What the judge keeps of a fact: what it says (`claims`, `reports`) and its place in the order of the world.

A `Known` sorts by (time, rank, published, id), the order of RULES 2; the rank only breaks ties at one
instant: a promise is made before anything else happens to it, and it ends after the evidence of that instant
(RULES 7, guards).
"""

from typing import Final, TypeAlias

from mypy_extensions import mypyc_attr

from klantbus.domain.claims import Claim, Ended, Line, Link, Made, Moved, Price, Step, Term
from klantbus.domain.reports import (
    Chance,
    Complaint,
    Contact,
    Credited,
    Delivered,
    Document,
    Invoiced,
    Mended,
    Merged,
    Other,
    Paid,
    Planned,
    Scored,
)

__all__ = [
    "RANKS",
    "Chance",
    "Claim",
    "Complaint",
    "Contact",
    "Credited",
    "Delivered",
    "Document",
    "Ended",
    "Invoiced",
    "Known",
    "Line",
    "Link",
    "Made",
    "Mended",
    "Merged",
    "Moved",
    "Other",
    "Paid",
    "Place",
    "Planned",
    "Price",
    "Said",
    "Scored",
    "Step",
    "Term",
    "place_of",
]

Place: TypeAlias = tuple[int, int, int, str]
"""A fact's place in the order of the world: time, rank, publication and id."""

Said: TypeAlias = (
    Made
    | Step
    | Moved
    | Ended
    | Link
    | Contact
    | Planned
    | Delivered
    | Document
    | Invoiced
    | Credited
    | Paid
    | Chance
    | Scored
    | Complaint
    | Merged
    | Mended
    | Other
)


@mypyc_attr(acyclic=True)
class Known:
    """A fact as the judge knows it. The first four fields are its place in the order of the world.

    `told` is when the log got what it says now: the publication, or that of the latest correction. No named
    tuple, for every rule reads it, but never changed either.
    """

    __slots__ = ("id", "published", "rank", "ref", "said", "source", "subject", "time", "told", "type")

    def __init__(  # noqa: PLR0913, PLR0917  an envelope has as many fields
        self,
        time: int,
        rank: int,
        published: int,
        id: str,  # noqa: A002  what it is called everywhere
        type: str,  # noqa: A002  the same
        source: str,
        subject: str,
        ref: str | None,
        said: Said,
        told: int,
    ) -> None:
        self.time = time
        self.rank = rank
        self.published = published
        self.id = id
        self.type = type
        self.source = source
        self.subject = subject
        self.ref = ref
        self.said = said
        self.told = told

    @property
    def department(self) -> str:
        """The department that stated it."""
        return self.source.split("/", 2)[1]

    def mended(self, time: int, said: Said, told: int) -> "Known":
        """Return the fact as it should have been, known since `told`."""
        rank, published, kind, source = self.rank, self.published, self.type, self.source
        return Known(time, rank, published, self.id, kind, source, self.subject, self.ref, said, told)

    def in_words(self) -> str:
        """Return all of it as text: equal for equal facts."""
        place, origin = place_of(self), (self.type, self.source, self.subject, self.ref)
        return repr((place, origin, self.said, self.told))

    def comes_before(self, other: "Known") -> bool:
        """Return whether it comes before another in the order of the world."""
        if self.time != other.time:
            return self.time < other.time
        return place_of(self) < place_of(other)


def place_of(known: Known) -> Place:
    """Return a fact's place in the order of the world (RULES 2): what facts are sorted by."""
    return (known.time, known.rank, known.published, known.id)


RANKS: Final = {"promise.made": 0, "promise.cancelled": 2, "promise.released": 2, "promise.closed_short": 2}
"""What comes first and last at one instant; everything else is 1."""
