"""`klantbus broker` as its user meets it: the real command, a real Kafka."""

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from apps.broker import node
from apps.broker.settings import Home
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import Record, TopicSpec

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

KLANTBUS = Path(sys.executable).with_name("klantbus")


@pytest.fixture
def directory(tmp_path, kafka_bootstrap):
    yield tmp_path / "broker"
    node.stop(Home(tmp_path / "broker"))


@pytest.fixture
def broker(directory):
    def run(*words, code=0):
        line = [KLANTBUS, "broker", *words, "--dir", directory]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == code, done.stderr
        return done

    return run


def say(url, value):
    async def state():
        log = KafkaLog(url.removeprefix("kafka://"))
        await log.create([TopicSpec("test.node")])
        publisher = await log.publisher()
        await publisher.publish([Record("test.node", b"C1", value)])
        follower = await log.follower(["test.node"])
        seen = []
        while not seen or seen[-1] != value:
            seen += [record.value for record in (await follower.batch()).records]
        await log.close()
        return seen

    return asyncio.run(state())


def test_a_node_starts_answers_stops_and_remembers(broker, directory):
    url = broker("start", "--port", "0").stdout.strip()
    assert say(url, b"before") == [b"before"]
    again = broker("start")
    assert again.stdout.strip() == url
    status = json.loads(broker("status", "--json").stdout)
    assert (status["running"], status["log"]) == (True, url)

    assert "stopped" in broker("stop").stderr
    assert json.loads(broker("status", "--json", code=4).stdout)["running"] is False
    assert "no broker runs here" in broker("status", code=4).stderr
    assert "no broker runs here" in broker("stop").stderr

    assert broker("start").stdout.strip() == url
    assert say(url, b"after") == [b"before", b"after"]

    node.kill(Home(directory))
    assert broker("start").stdout.strip() == url
    assert say(url, b"after a kill") == [b"before", b"after", b"after a kill"]


def test_a_port_that_is_taken_is_named(broker):
    with socket.create_server(("127.0.0.1", node.free_port())) as listener:
        port = listener.getsockname()[1]
        refused = broker("start", "--port", str(port), code=3)
    assert f"another program listens on port {port}" in refused.stderr


def test_storage_that_kafka_cannot_read_is_told_in_its_own_words(broker, directory):
    (directory / "data").mkdir(parents=True)
    (directory / "data" / "meta.properties").write_text("version=99\n")
    refused = broker("start", "--port", "0", code=4)
    assert "Its last words" in refused.stderr
    assert node.running(Home(directory)) is None
