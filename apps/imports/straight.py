"""The straight way from a row to a record, for rows like most.

It only says yes. A row that it refuses, with one of `REFUSALS`, takes the careful way (`makers.py`), which
knows what is wrong, if anything is. Both ways give the same bytes (a property test).
"""

from collections.abc import Callable
from typing import cast

from apps.imports.building import Sheet
from apps.imports.fields import Crooked, Fields, check_of
from apps.imports.maps import EventMap
from apps.imports.templates import Row
from klantbus.bus.avro.pieces import put_size
from klantbus.bus.avro.shape import Group
from klantbus.bus.contract import contract
from klantbus.bus.envelope import mirrored, written
from klantbus.bus.ports import Record
from klantbus.bus.topics import topic_of
from klantbus.domain.events import Fact

REFUSALS = (ValueError, ArithmeticError, TypeError)

_ID_SIZE = put_size(36)


def straight_way(
    event: EventMap, source: str, identify: Callable[[str], str], sheet: Sheet
) -> Callable[[Row], Record]:
    """Return what makes the record of a row; `identify` makes an id of a name.

    Raises one of `REFUSALS` where the map has no straight way, and so does what it returns for a row.
    """
    agreed = contract().newest[event.type]
    made = Fields(sheet)
    name = made.source.constant
    customer, moment = check_of(Fact, "subject"), check_of(Fact, "time")
    identity = f"{name(lambda text: identify(_there(text)).encode())}({made.text(event.id)})"
    subject = made.kept(lambda text: customer(_there(text)).encode(), made.text(event.subject))
    time = made.kept(lambda text: written(moment(_there(text))), made.text(event.time))
    made.lines += [f"i = {identity}", f"s = {subject}", f"t = {time}"]
    payload = made.joined(made.record(cast("Group", dict(agreed.shape.fields)["data"]), event.data))
    values = {key: value for key, value in event if value is not None and key in Fact.model_fields}
    values |= {"source": source, "recordedtime": event.time}
    ready = {"id": f"{name(_ID_SIZE)} + i", "data": payload}
    value = made.joined([agreed.head, *made.record(agreed.shape, values, ready)])
    headers = f"{name(mirrored)}(i, {name(source.encode())}, {name(event.type.encode())}, s, (t, t))"
    topic = name(topic_of(source.split("/", 2)[1]))
    made.lines.append(f"return {name(Record)}({topic}, s, {value}, {headers})")
    return made.source.made(made.source.function("r", made.lines))


def _there(text: str | None) -> str:
    if text is None:
        raise Crooked("what the envelope needs is empty")
    return text
