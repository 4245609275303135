"""Facts to bytes and back: Avro in Confluent framing, the envelope mirrored in the headers.

Every record that cannot become a fact raises `Unreadable` with one of these codes:

    tombstone         there is no value
    too_large         more bytes than the limit
    framing           no byte 0 and schema id in front, or bytes behind the end
    unknown_schema    an id that this release does not know
    truncated         the bytes end before the fact does
    wrong_type        bytes that cannot be what the schema says
    contract          a value that breaks a limit which Avro cannot state
    headers_disagree  a header says otherwise than the value

No reason repeats what a record says: reasons are logged, and facts hold people.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from pydantic import ValidationError

from klantbus.bus.avro.rows import Row
from klantbus.bus.contract import Agreed, Contract, contract
from klantbus.bus.envelope import disagreement, headers_of, mirrors
from klantbus.bus.errors import FactRefused, Unreadable
from klantbus.bus.framing import HEAD, VALUE_LIMIT, framed, id_of
from klantbus.bus.ports import Headers
from klantbus.domain.events import Fact
from klantbus.domain.said import Known

T = TypeVar("T")


def encode(fact: Fact) -> tuple[bytes, Headers]:
    """Return the value and the headers of a fact.

    Raises `FactRefused` for a fact that was put together past its model's checks and cannot be written.
    """
    pieces: list[bytes] = []
    try:
        agreed = contract().newest[fact.type]
        agreed.write(fact, pieces.append)
    except (KeyError, AttributeError, TypeError, ValueError, ArithmeticError) as error:
        raise FactRefused("the fact does not fit the schema of its type", field=fact.type) from error
    return agreed.head + b"".join(pieces), headers_of(fact)


def decode(value: bytes | None, headers: Headers = (), *, limit: int = VALUE_LIMIT) -> Fact:
    """Return the fact in a record. Bytes of any version become the newest model. Raises `Unreadable`."""
    whole = framed(value, limit)
    agreed = _agreed(whole, contract())
    if agreed.quick is not None and (found := agreed.quick(whole, HEAD, headers)) is not None:
        return cast("Fact", found)
    fact = _whole(whole, agreed.read)
    if headers and (name := disagreement(fact, headers)):
        raise Unreadable("headers_disagree", f"the header {name} says otherwise than the value")
    return fact


def note(value: bytes | None, published: int, headers: Headers = ()) -> Known | Fact:
    """Return what the judge keeps of a fact that was published then (µs); where that takes Python, the fact.

    Raises `Unreadable` where `decode` does.
    """
    whole = framed(value)
    agreed = _agreed(whole, contract())
    if agreed.quick_note is None or (found := agreed.quick_note(whole, HEAD, headers, published)) is None:
        return decode(value, headers)
    return found


def decode_all(
    records: Iterable[tuple[bytes | None, Headers]], *, limit: int = VALUE_LIMIT
) -> list[Fact | Unreadable]:
    """Return for each record, in order, its fact or why it has none."""
    facts: list[Fact | Unreadable] = []
    for value, headers in records:
        try:
            facts.append(decode(value, headers, limit=limit))
        except Unreadable as error:
            facts.append(error)
    return facts


def fact_in(value: bytes, known: Contract) -> Fact:
    """Return the fact in a framed value by the schemas of `known`. Raises `Unreadable`."""
    return _whole(value, _agreed(value, known).read)


def row_in(value: bytes | None, headers: Headers = ()) -> Row:
    """Return the fact in a record as plain values. Raises `Unreadable` where `decode` does."""
    whole = framed(value)
    agreed = _agreed(whole, contract())
    if agreed.quick_row is not None and (found := agreed.quick_row(whole, HEAD, headers)) is not None:
        return cast("Row", found)
    row = _whole(whole, agreed.read_row)
    if headers and not mirrors(row, headers):
        decode(value, headers)  # it takes its time, and knows what may be written in several ways
    return row


def _agreed(value: bytes, known: Contract) -> Agreed:
    schema_id = id_of(value)
    agreed = known.by_id.get(schema_id)
    if agreed is None:
        raise Unreadable("unknown_schema", f"no schema of this release has the id {schema_id}")
    return agreed


def _whole(value: bytes, read: Callable[[bytes, int], tuple[T, int]]) -> T:
    try:
        found, end = read(value, HEAD)
    except IndexError:
        raise _truncated(value) from None
    except UnicodeDecodeError:
        raise Unreadable("wrong_type", "a text is not UTF-8, or is cut off") from None
    except ValueError as error:
        raise Unreadable("contract", _said(error)) from None
    if end > len(value):
        raise _truncated(value)
    if end < len(value):
        raise Unreadable("framing", f"{len(value) - end} bytes stand behind the end of the fact")
    return found


def _truncated(value: bytes) -> Unreadable:
    return Unreadable("truncated", f"the value ends after {len(value)} bytes, before the fact does")


def _said(error: ValueError) -> str:
    """Say what is wrong without the value that is: it may name a person."""
    if isinstance(error, ValidationError):
        return error.errors(include_url=False, include_input=False, include_context=False)[0]["msg"]
    return str(error)
