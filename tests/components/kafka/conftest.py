"""Tests that kill, pause or secure a Kafka have one of their own; the others share the session's."""

import os
import uuid
from collections.abc import Callable, Iterator

import pytest

from apps.broker import node
from apps.broker.node import Running, Wish
from apps.broker.settings import Home
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import TopicSpec

SOON_BACK = {"broker.session.timeout.ms": "1500", "broker.heartbeat.interval.ms": "300"}


@pytest.fixture
async def log(kafka_bootstrap):
    log = KafkaLog(kafka_bootstrap)
    yield log
    await log.close()


@pytest.fixture
async def topic(log) -> str:
    name = f"test.{uuid.uuid4().hex[:12]}"
    await log.create([TopicSpec(name)])
    return name


@pytest.fixture
def own_home(tmp_path_factory, kafka_bootstrap) -> Iterator[Home]:
    """A directory for a Kafka of one's own; the session's was asked for first, so that one can be had."""
    home = Home(tmp_path_factory.mktemp("kafka"))
    yield home
    node.kill(home)


@pytest.fixture
def start(own_home) -> Callable[[], Running]:
    """Start the own Kafka, again where it was; one that was killed comes back as soon as can be."""

    def start_it() -> Running:
        port = None if own_home.formatted.exists() else 0
        return node.start(own_home, Wish(port, SOON_BACK), os.environ)

    return start_it
