from pathlib import Path

import pytest

from klantbus.bus.departments import load_departments
from klantbus.bus.topics import department_of, topic_specs
from klantbus.domain.events import PAYLOADS
from klantbus.domain.events.derived import Flag, PromiseState

GLOSSARY = (Path(__file__).parents[2] / "GLOSSARY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("event", PAYLOADS)
def test_every_event_type_is_in_the_glossary_with_its_own_sentence(event: str):
    sentence = (PAYLOADS[event].__doc__ or "").splitlines()[0]
    assert f"| `{event}` | `{PAYLOADS[event].__name__}` | {sentence} |" in GLOSSARY


FOR_OLD_READERS_ONLY = {PromiseState.UNKNOWN, Flag.OTHER}


@pytest.mark.parametrize(
    "word", [word for word in [*PromiseState, *Flag] if word not in FOR_OLD_READERS_ONLY]
)
def test_every_state_and_flag_is_in_the_glossary(word: str):
    assert f"`{word}`" in GLOSSARY


TOPICS = [spec.name for spec in topic_specs(load_departments(None))]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_in_the_glossary(topic: str):
    written = "klantbus.events.<department>" if department_of(topic) else topic
    assert f"| `{written}` |" in GLOSSARY
