"""What is the same in every verdict and edge of one type: the frame around what it says."""

from typing import Final

from klantbus.bus.avro.pieces import put_size
from klantbus.bus.contract import contract
from klantbus.bus.envelope import mirrored
from klantbus.bus.topics import ALERTS, VERDICTS
from streams.writing import NULL

SOURCE: Final = "/bus/judge"


class Frame:
    """What is the same in all facts of one type: what stands before the id, before the subject and last.

    `mirrored` are its headers that never differ: the first two, the source and the type.
    """

    __slots__ = ("head", "mirrored", "rest", "said", "topic")

    def __init__(self, event: str) -> None:
        self.head = contract().newest[event].head
        self.said = _written(SOURCE) + _written(event)
        self.rest = _written("Europe/Amsterdam") + 5 * NULL  # timezone; actor to traceparent
        self.topic = VERDICTS if event == "verdict.changed" else ALERTS
        one, two, _, source, kind, *_ = mirrored(b"", SOURCE.encode(), event.encode(), b"", (b"", b""))
        self.mirrored = (one, two, source, kind)


_frames: Final[dict[str, Frame]] = {}


def frame_of(event: str) -> Frame:
    """Return the frame of a type of fact, made when it is first asked for: it takes the contract."""
    found = _frames.get(event)
    if found is None:
        found = _frames[event] = Frame(event)
    return found


def _written(text: str) -> bytes:
    return put_size(len(text)) + text.encode()
