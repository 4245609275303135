"""The envelope in the headers of a record: CloudEvents' binding for Kafka, binary mode.

The headers mirror what the value says, for tools that route without decoding; the value decides. Nothing in
them names a person: the employee's number and the keys of the source system stay inside.
"""

import datetime as dt

from klantbus.bus.ports import Headers
from klantbus.domain.events import Fact

CONTENT_TYPE = b"application/avro"

_FIXED = (("content-type", CONTENT_TYPE), ("ce_specversion", b"1.0"))
_TEXTS = {
    "ce_id": "id",
    "ce_source": "source",
    "ce_type": "type",
    "ce_subject": "subject",
    "ce_causationid": "causationid",
    "ce_traceparent": "traceparent",
}
_TIMES = {"ce_time": "time", "ce_recordedtime": "recordedtime"}
_MIRRORED = {**dict.fromkeys(_TIMES), **dict.fromkeys(_TEXTS), **dict.fromkeys(dict(_FIXED))}


def headers_of(fact: Fact) -> Headers:
    """Return the headers that go with a fact; times as RFC 3339 in UTC."""
    optional = (("ce_causationid", fact.causationid), ("ce_traceparent", fact.traceparent))
    return (
        *_FIXED,
        ("ce_id", fact.id.encode()),
        ("ce_source", fact.source.encode()),
        ("ce_type", fact.type.encode()),
        ("ce_subject", fact.subject.encode()),
        ("ce_time", _written(fact.time)),
        ("ce_recordedtime", _written(fact.recordedtime)),
        *((name, text.encode()) for name, text in optional if text is not None),
    )


def disagreement(fact: Fact, headers: Headers) -> str | None:
    """Return the name of the first header that says otherwise than the fact; None when all agree.

    A header that is not there disagrees with nobody, nor does one that mirrors nothing.
    """
    said = fact.__dict__
    for name, value in headers:
        if name in _TEXTS:
            mine = said[_TEXTS[name]]
            agrees = mine is not None and mine.encode() == value
        elif name in _TIMES:
            agrees = _same_moment(value, said[_TIMES[name]])
        else:
            agrees = name not in _MIRRORED or (name, value) in _FIXED
        if not agrees:
            return name
    return None


def _written(moment: dt.datetime) -> bytes:
    return (moment.isoformat()[:-6] + "Z").encode()


def _same_moment(value: bytes, moment: dt.datetime) -> bool:
    try:
        read = dt.datetime.fromisoformat(value.decode())
    except (ValueError, AttributeError):  # no time, or a header without a value
        return False
    return read.tzinfo is not None and read == moment
