"""How one type of fact is told: the frame around what it says, which is the same in all, and its table."""

from typing import Any, Final

from librt.strings import BytesWriter

from klantbus.bus.avro.pieces import put_micros, put_size
from klantbus.bus.contract import contract
from klantbus.bus.envelope import FIXED, mirrored, written_of
from klantbus.bus.ports import Record
from klantbus.bus.quick import native
from streams.writing import NULL, Table, described, fields, short

SOURCE: Final = "/bus/judge"


class Frame:
    """Tells facts of one type into `topic`, by `table`; `room` are the bytes of its largest value."""

    def __init__(self, event: str, topic: str, table: Table, room: int) -> None:
        self._event = event.encode()
        self._topic = topic
        self._table = table
        self._room = room
        self._head = contract().newest[event].head
        self._said = _written(SOURCE) + _written(event)
        self._rest = _written("Europe/Amsterdam") + 5 * NULL  # timezone; actor to traceparent

    def record(self, subject: bytes, name: str, ruling: Any) -> Record | None:  # noqa: ANN401  by its table
        """Return the record that tells `ruling` about `subject` as the fact `name`; None without room."""
        a = BytesWriter()
        a.write(self._head)
        short(a, name.encode())
        a.write(self._said)
        short(a, subject)
        a.write(put_micros(ruling.at))
        a.write(put_micros(ruling.at))
        a.write(self._rest)
        fields(a, ruling, self._table)
        value = a.getvalue()
        if len(value) > self._room:
            return None
        time = written_of(ruling.at)
        headers = mirrored(name.encode(), SOURCE.encode(), self._event, subject, (time, time))
        return Record(self._topic, subject, value, headers)

    def in_c(self, made: Any) -> Any:  # noqa: ANN401  the module in C, and what it makes
        """Return what does the same in C, in the module `made`."""
        before = b"".join(map(_pair, FIXED))
        between = _pair(("ce_source", SOURCE.encode())) + _pair(("ce_type", self._event))
        said = (self._head, self._said, self._rest, before, between, len(FIXED) + 2)
        return made.Teller(Record, self._topic, *said, self._room, described(self._table))


def framed(event: str, topic: str, table: Table, room: int) -> Any:  # noqa: ANN401  a `Frame`, or in C
    """Return what tells facts of a type."""
    frame = Frame(event, topic, table, room)
    return frame if native is None else frame.in_c(native)


def _pair(header: tuple[str, bytes]) -> bytes:
    """Return a header as Kafka writes it, who counts as Avro does."""
    name, value = header
    return _written(name) + put_size(len(value)) + value


def _written(text: str) -> bytes:
    return put_size(len(text)) + text.encode()
