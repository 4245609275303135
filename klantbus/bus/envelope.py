"""The envelope in the headers of a record: CloudEvents' binding for Kafka, binary mode.

The headers mirror what the value says, for tools that route without decoding; the value decides. Nothing in
them names a person: the employee's number and the keys of the source system stay inside.
"""

import datetime as dt
from functools import lru_cache

from klantbus.bus.avro.rows import Row
from klantbus.bus.ports import Headers
from klantbus.domain.events import Fact

CONTENT_TYPE = b"application/avro"

FIXED = (("content-type", CONTENT_TYPE), ("ce_specversion", b"1.0"))
_TEXTS = {
    "ce_id": "id",
    "ce_source": "source",
    "ce_type": "type",
    "ce_subject": "subject",
    "ce_causationid": "causationid",
    "ce_traceparent": "traceparent",
}
_TIMES = {"ce_time": "time", "ce_recordedtime": "recordedtime"}
MIRRORED = (*_TEXTS.items(), *_TIMES.items())
"""Headers and the fields that they mirror; `in_c` knows them by this order."""
_KNOWN = {**dict.fromkeys(_TIMES), **dict.fromkeys(_TEXTS), **dict.fromkeys(dict(FIXED))}


def headers_of(fact: Fact) -> Headers:
    """Return the headers that go with a fact; times as RFC 3339 in UTC."""
    optional = (("ce_causationid", fact.causationid), ("ce_traceparent", fact.traceparent))
    happened = written(fact.time)
    recorded = happened if fact.recordedtime is fact.time else written(fact.recordedtime)  # as of a verdict
    always = mirrored(
        fact.id.encode(),
        fact.source.encode(),
        fact.type.encode(),
        fact.subject.encode(),
        (happened, recorded),
    )
    return (*always, *((name, text.encode()) for name, text in optional if text is not None))


def mirrored(
    event_id: bytes, source: bytes, event: bytes, subject: bytes, times: tuple[bytes, bytes]
) -> Headers:
    """Return the headers that every fact has; `times` are its time and recordedtime as `written`."""
    return (
        *FIXED,
        ("ce_id", event_id),
        ("ce_source", source),
        ("ce_type", event),
        ("ce_subject", subject),
        ("ce_time", times[0]),
        ("ce_recordedtime", times[1]),
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
            agrees = name not in _KNOWN or (name, value) in FIXED
        if not agrees:
            return name
    return None


def written(moment: dt.datetime) -> bytes:
    """Return an instant in UTC as the headers hold it."""
    return (moment.isoformat()[:-6] + "Z").encode()


def mirrors(row: Row, headers: Headers) -> bool:
    """Tell whether headers are just what `headers_of` would say; where not, they may still agree."""
    said = dict(headers)
    get = said.get
    return (
        get("ce_id") == row.id.encode()
        and get("ce_subject") == row.subject.encode()
        and get("ce_time") == written_of(row.time)
        and get("ce_recordedtime") == written_of(row.recordedtime)
        and get("ce_type") == row.type.encode()
        and get("ce_source") == row.source.encode()
        and get("ce_causationid") == (None if row.causationid is None else row.causationid.encode())
        and get("ce_traceparent") == (None if row.traceparent is None else row.traceparent.encode())
        and get("content-type") == CONTENT_TYPE
        and get("ce_specversion") == b"1.0"
        and len(said) == len(headers)
    )


def written_of(instant: int) -> bytes:
    """Return an instant in µs as the headers hold it."""
    seconds, rest = divmod(instant, 1_000_000)
    return _second(seconds) + (b".%06dZ" % rest if rest else b"Z")


@lru_cache(65_536)
def _second(seconds: int) -> bytes:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()[:-6].encode()


def _same_moment(value: bytes, moment: dt.datetime) -> bool:
    try:
        read = dt.datetime.fromisoformat(value.decode())
    except ValueError:  # no time
        return False
    return read.tzinfo is not None and read == moment
