"""The logs that the contract suite runs on: a journal in a file, one in memory, a real Kafka."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from klantbus.bus.open import open_log
from klantbus.bus.ports import Log, TopicSpec

LOGS = [
    pytest.param("file", id="journal"),
    pytest.param("memory", id="memory"),
    pytest.param("kafka", id="kafka", marks=pytest.mark.kafka),
]


@pytest.fixture(params=LOGS)
def log_url(request, tmp_path) -> str:
    if request.param == "file":
        return f"journal://{tmp_path / 'bus.journal'}"
    if request.param == "memory":
        return "journal::memory:"
    return f"kafka://{request.getfixturevalue('kafka_bootstrap')}"


@pytest.fixture
async def log(log_url) -> AsyncIterator[Log]:
    log = await open_log(log_url)
    yield log
    await log.close()


@pytest.fixture
def new_topic(log) -> Callable[..., Awaitable[str]]:
    """Make a topic that no other test has; `stem` decides how its name begins."""

    async def make(stem: str = "test", **wishes) -> str:
        name = f"{stem}.{uuid.uuid4().hex[:12]}"
        await log.create([TopicSpec(name, **wishes)])
        return name

    return make


@pytest.fixture
async def topic(new_topic) -> str:
    return await new_topic()
