"""What is the same in every verdict and edge of one type: the frame around what it says."""

from typing import Final

from klantbus.bus.avro.pieces import put_size
from klantbus.bus.contract import contract
from klantbus.bus.envelope import mirrored
from klantbus.bus.ports import Headers
from klantbus.bus.quick import native
from klantbus.bus.topics import ALERTS, VERDICTS
from streams.writing import NULL, stamp

SOURCE: Final = "/bus/judge"


class Frame:
    """What is the same in all facts of one type: what stands before the id, before the subject and last."""

    __slots__ = ("_before", "_between", "_mirrored", "head", "rest", "said", "topic")

    def __init__(self, event: str) -> None:
        self.head = contract().newest[event].head
        self.said = _written(SOURCE) + _written(event)
        self.rest = _written("Europe/Amsterdam") + 5 * NULL  # timezone; actor to traceparent
        self.topic = VERDICTS if event == "verdict.changed" else ALERTS
        one, two, _, source, kind, *_ = mirrored(b"", SOURCE.encode(), event.encode(), b"", (b"", b""))
        self._mirrored = (one, two, source, kind)
        self._before, self._between = (
            b"".join(map(_pair, two_of)) for two_of in ((one, two), (source, kind))
        )

    def headers(self, name: bytes, subject: bytes, at: int) -> Headers:
        """Return the headers of the fact `name` about `subject`, which became so at `at` (µs)."""
        if native is not None:
            made: Headers = native.mirroring(self._before, 4, name, self._between, subject, at)
            return made
        one, two, source, kind = self._mirrored
        time = stamp(at)
        who = (("ce_id", name), source, kind, ("ce_subject", subject))
        return (one, two, *who, ("ce_time", time), ("ce_recordedtime", time))


_frames: Final[dict[str, Frame]] = {}


def frame_of(event: str) -> Frame:
    """Return the frame of a type of fact, made when it is first asked for: it takes the contract."""
    found = _frames.get(event)
    if found is None:
        found = _frames[event] = Frame(event)
    return found


def _pair(header: tuple[str, bytes]) -> bytes:
    """Return a header as Kafka writes it, who counts as Avro does."""
    name, value = header
    return _written(name) + put_size(len(value)) + value


def _written(text: str) -> bytes:
    return put_size(len(text)) + text.encode()
