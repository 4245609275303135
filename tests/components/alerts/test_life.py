"""The life of an alert is a table, and the drawing in the docs is that table."""

from pathlib import Path

import pytest

from alerts.life import LIFE, Trigger, draw
from alerts.words import Status


def test_the_drawing_in_the_docs_is_the_table():
    page = Path(__file__).parents[3] / "docs" / "alerts.md"
    assert f"```mermaid\n{draw()}```" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached_and_left(status):
    assert status is Status.OPEN or status in LIFE.values()
    assert any(source is status for source, _ in LIFE)


@pytest.mark.parametrize("trigger", Trigger)
def test_every_trigger_moves_something(trigger):
    assert any(named is trigger for _, named in LIFE)


def test_what_is_resolved_takes_no_answer():
    answers = {Trigger.ACKNOWLEDGED, Trigger.ASSIGNED, Trigger.SNOOZED}
    assert not any((Status.RESOLVED, answer) in LIFE for answer in answers)
