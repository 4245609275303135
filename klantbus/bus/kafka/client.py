"""What every client of ours shares: settings, time limits, and Kafka's errors in our words."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

from klantbus.bus.errors import BusError, LogUnavailable, Misuse, NotAllowed, UnknownTopic
from klantbus.bus.kafka.security import Security

Answer = TypeVar("Answer")
Client = TypeVar("Client")
Settings = dict[str, str | int | float | bool]
"""What librdkafka is told, by its own names."""

LOGGER = logging.getLogger("klantbus.kafka")
LOGGER.addHandler(logging.NullHandler())  # silent until an app says where logs go
ASK_AGAIN = 0.05
"""Seconds before asking again."""

UNKNOWN = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}  # noqa: SLF001  public names of librdkafka; the underscore says local
PASSING = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.KAFKA_STORAGE_ERROR,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError._WAIT_COORD,  # noqa: SLF001  a public name of librdkafka
    KafkaError._TRANSPORT,  # noqa: SLF001  a public name of librdkafka
    KafkaError._TIMED_OUT,  # noqa: SLF001  the same
}
"""Troubles of a topic just made or a broker just started: they pass by asking again."""
REFUSED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,  # noqa: SLF001  a public name of librdkafka
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where Kafka is (`servers`: host:port, comma between), who we are, how long we wait (seconds)."""

    servers: str
    security: Security
    patience: float

    def settings(self) -> Settings:
        """Return what every client is made with."""
        return {
            "bootstrap.servers": self.servers,
            "client.id": "klantbus",
            # back within a second when a broker comes back, not within ten
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 1000,
            "socket.timeout.ms": max(1000, int(self.patience * 1000)),
            "socket.nagle.disable": True,
            "allow.auto.create.topics": False,
            **self.security.settings(self.servers),
        }


def in_our_words(error: KafkaError, topic: str = "") -> BusError:
    """Return the error of our tree that says the same, naming `topic` where that matters."""
    code = error.code()
    if code in UNKNOWN:
        return UnknownTopic(topic)
    if code in REFUSED:
        return NotAllowed(f"Kafka does not allow this ({error.name()}){f' on {topic}' if topic else ''}")
    if code == KafkaError.MSG_SIZE_TOO_LARGE:
        return NotAllowed("this Kafka takes no record as large as ours may be: raise its message.max.bytes")
    return LogUnavailable(
        f"Kafka did not answer as it should ({error.name()}); is it running, and is this its address?"
    )


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """Hold an await on the network to our own limit; raise `LogUnavailable` past it, and in our words."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise LogUnavailable(f"Kafka did not {what} within {seconds:g} s") from error
    except KafkaException as error:
        raise in_our_words(error.args[0]) from error


async def asked(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask Kafka, and again while the trouble is one that passes; the caller sets the time limit."""
    while True:
        try:
            return await ask()
        except KafkaException as error:
            if error.args[0].code() not in PASSING:
                raise
        await asyncio.sleep(ASK_AGAIN)


async def in_thread(executor: Executor | None, work: Callable[[], Answer]) -> Answer:
    """Run `work`, which blocks, in a thread of `executor`."""
    return await asyncio.get_running_loop().run_in_executor(executor, work)


def client_of(kind: Callable[..., Client], settings: Settings, **wishes: object) -> Client:
    """Return a client of librdkafka; raise `Misuse` when it does not take the settings (a certificate...)."""
    try:
        return kind(settings, **wishes)
    except KafkaException as error:
        raise Misuse(f"these settings for Kafka cannot be used: {error.args[0].str()}") from error


def quiet(settings: Settings) -> Settings:
    """Return `settings` for a client that tells its troubles by errors only, not on stderr."""
    return {**settings, "log_level": 0}
