import json
import subprocess
import sys
from pathlib import Path

import pytest

from klantbus.bus.departments import load_departments
from klantbus.bus.topics import topic_specs

KLANTBUS = Path(sys.executable).with_name("klantbus")


@pytest.fixture
def topic(tmp_path):
    def run(*words, log=f"journal://{tmp_path / 'log.sqlite'}", code=0):
        line = [KLANTBUS, "topic", *words, "--log", log]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == code, done.stderr
        return done

    return run


def standings(done):
    return {row["standing"] for row in json.loads(done.stdout)["topics"]}


def test_what_is_planned_is_made_once(topic):
    asked = [spec.name for spec in topic_specs(load_departments())]
    assert standings(topic("plan", "--json")) == {"to make"}
    assert json.loads(topic("apply", "--json").stdout)["made"] == asked
    assert standings(topic("plan", "--json")) == {"there"}
    assert "every topic was there" in topic("apply").stderr


def test_a_log_that_checks_nobody_says_so(topic):
    assert "checks nobody" in topic("apply").stderr
    assert "plan only" in topic("plan").stdout


def test_a_list_that_does_not_add_up_is_refused(topic, tmp_path):
    broken = tmp_path / "mine.toml"
    broken.write_text("[company]\n")
    assert "mine.toml: " in topic("plan", "--departments", broken, code=3).stderr


@pytest.mark.kafka
def test_a_real_kafka_gets_the_same_topics(topic, kafka_bootstrap):
    url = f"kafka://{kafka_bootstrap}"
    topic("apply", log=url)
    assert standings(topic("plan", "--json", log=url)) == {"there"}
