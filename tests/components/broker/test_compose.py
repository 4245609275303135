"""No engine runs here, so the compose file is read instead: it must be the Kafka of `klantbus broker`."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from apps.broker.settings import EVERYWHERE, KAFKA_VERSION

FILE = Path(__file__).parents[3] / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kafka(compose):
    return compose["services"]["kafka"]


def in_environment(setting):
    return "KAFKA_" + setting.upper().replace(".", "_")


@pytest.mark.parametrize("setting", EVERYWHERE)
def test_kafka_in_a_container_is_set_up_as_the_one_without(kafka, setting):
    assert kafka["environment"][in_environment(setting)] == EVERYWHERE[setting]


def test_it_is_the_same_kafka(kafka):
    assert kafka["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_data_lies_on_a_volume_that_has_a_name(compose, kafka):
    volume, _, path = kafka["volumes"][0].partition(":")
    assert volume in compose["volumes"]
    assert kafka["environment"]["KAFKA_LOG_DIRS"] == path


@pytest.mark.parametrize("service", ["kafka", "topics"])
def test_nothing_runs_as_root(compose, service):
    assert compose["services"][service]["user"] not in {"root", "0", "0:0"}


def test_only_loopback_is_published(compose):
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_topics_are_made_once_kafka_is_healthy(compose, kafka):
    topics = compose["services"]["topics"]
    assert kafka["healthcheck"]["test"]
    assert topics["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert topics["command"] == ["topic", "apply"]
    assert topics["restart"] == "no"


def test_a_listener_that_others_may_reach_is_not_the_published_one(kafka):
    settings = kafka["environment"]
    advertised = dict(line.split("://") for line in settings["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert advertised == {"PLAINTEXT": "127.0.0.1:9092", "INSIDE": "kafka:29092"}


def test_docker_compose_itself_finds_nothing_wrong():
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed here")
    check = subprocess.run(
        ["docker-compose", "-f", str(FILE), "config", "-q"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stderr) == (0, "")
