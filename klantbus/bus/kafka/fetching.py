"""Fetches records from the lanes it is told, in C where that is there, else by confluent-kafka's consumer.

Both are librdkafka. confluent-kafka makes an object per message and a list of its headers, 7 µs of CPU a
record; where `make compiled` built it `klantbus.bus.native_kafka` makes the ports' own tuples of librdkafka's
messages instead, 1.5 µs. It knows no groups: who keeps positions in Kafka has the other one.
"""

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast

from confluent_kafka import Consumer, KafkaError, TopicPartition, cimpl

from klantbus.bus import quick
from klantbus.bus.errors import Misuse
from klantbus.bus.kafka.client import LOGGER, Settings, client_of
from klantbus.bus.ports import Headers, Lane, Stored

native: ModuleType | None
try:
    native = import_module("klantbus.bus.native_kafka")
except ImportError:  # as it is without a C compiler
    native = None

_LEVELS = (logging.CRITICAL,) * 3 + (
    logging.ERROR,
    logging.WARNING,
    logging.INFO,
    logging.INFO,
    logging.DEBUG,
)
"""Python's level for each of syslog's."""


class Fetched(NamedTuple):
    """Records in order per lane, and what went wrong on the way."""

    records: list[Stored]
    errors: list[KafkaError]


class Fetcher(Protocol):
    """Reads lanes from offsets that it is told. For one thread at a time; every call may block."""

    def assign(self, lanes: Mapping[Lane, int]) -> None:
        """Read these lanes, each from its offset, and no others."""
        ...

    def fetch(self, limit: int, seconds: float) -> Fetched:
        """Wait for a first record, then take what is there besides, `limit` in all."""
        ...

    def close(self) -> None:
        """Let go of Kafka."""
        ...


def quick_fetcher(settings: Settings) -> Fetcher | None:
    """Return a fetcher in C; None where there is none. Raises `Misuse` for settings that it does not take."""
    return None if native is None or quick.native is None else _InC(native, settings, quick.native.Pairs)


class ByClient:
    """A fetcher over confluent-kafka's consumer, `consumer`.

    Of several messages librdkafka returns records alone: what went wrong beside them is told to `errors`.
    """

    def __init__(self, consumer: Consumer, errors: list[KafkaError]) -> None:
        self._consumer = consumer
        self._errors = errors

    def assign(self, lanes: Mapping[Lane, int]) -> None:
        """Read these lanes, each from its offset, and no others."""
        self._consumer.assign(
            [TopicPartition(lane.topic, lane.partition, offset) for lane, offset in lanes.items()]
        )

    def fetch(self, limit: int, seconds: float) -> Fetched:
        """Wait for a first record, then take what is there besides."""
        first = self._consumer.poll(seconds)
        behind = self._consumer.consume(limit - 1, 0) if first is not None and limit > 1 else []
        messages = cast("list[_Received]", [*([] if first is None else [first]), *behind])
        with _uncollected():
            records = _unpacked(messages)
        errors, self._errors[:] = [*self._errors], []
        if len(records) < len(messages):
            errors += [error for message in messages if (error := message.error())]
        return Fetched(records, errors)

    def close(self) -> None:
        """Let go of Kafka."""
        self._consumer.close()


class _InC:
    def __init__(self, native: ModuleType, settings: Settings, pairs: type) -> None:
        said = {name: _written(value) for name, value in settings.items()}
        try:
            self._consumer: Any = native.Consumer(cimpl.__file__, said, _log, Stored, pairs)
        except ValueError as error:
            raise Misuse(f"these settings for Kafka cannot be used: {error}") from error

    def assign(self, lanes: Mapping[Lane, int]) -> None:
        self._consumer.assign(dict(lanes))

    def fetch(self, limit: int, seconds: float) -> Fetched:
        records, errors = self._consumer.fetch(limit, seconds)
        return Fetched(records, [KafkaError(code) for code in errors])

    def close(self) -> None:
        self._consumer.close()


def client_fetcher(settings: Settings) -> tuple[Consumer, ByClient]:
    """Return confluent-kafka's consumer, which can keep positions for its group, and a fetcher over it."""
    errors: list[KafkaError] = []
    consumer = client_of(Consumer, settings, logger=LOGGER, error_cb=errors.append)
    return consumer, ByClient(consumer, errors)


def _log(level: int, facility: bytes, text: bytes) -> None:
    LOGGER.log(_LEVELS[level & 7], "%s %s", facility.decode(errors="replace"), text.decode(errors="replace"))


def _written(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Received(Protocol):
    """A message as it comes out of the log; librdkafka's own type also fits one that was never sent."""

    def topic(self) -> str: ...
    def partition(self) -> int: ...
    def offset(self) -> int: ...
    def timestamp(self) -> tuple[int, int]: ...
    def key(self) -> bytes | None: ...
    def value(self) -> bytes | None: ...
    def headers(self) -> list[tuple[str, bytes | None]] | None: ...
    def error(self) -> KafkaError | None: ...


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector back for a moment: a batch makes no cycles, only tuples by the ten thousand.

    Else it walks them again and again while they are made, which is a quarter of the cost of following.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _unpacked(messages: Iterable[_Received]) -> list[Stored]:
    """Return the records among `messages`: the one loop that must be quick."""
    records = []
    make = tuple.__new__  # a NamedTuple's own constructor costs twice as much
    for message in messages:
        if message.error() is not None:
            continue
        headers = message.headers()
        fields = (
            message.topic(),
            message.partition(),
            message.offset(),
            message.timestamp()[1] * 1000,  # Kafka counts milliseconds
            message.key(),
            message.value(),
            _headers(headers) if headers else (),
        )
        records.append(make(Stored, fields))
    return records


def _headers(found: Iterable[tuple[str, bytes | None]]) -> Headers:
    """Return headers without the null that Kafka allows as a value and the ports do not."""
    for _, value in found:
        if value is None:
            return tuple((name, value or b"") for name, value in found)
    return tuple(found)  # type: ignore[arg-type]  # no value is None: just looked
