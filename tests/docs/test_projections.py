"""The example of docs/projections.md, as it stands there."""

import asyncio
import re
from pathlib import Path

import pytest
from read_side import TOPICS, House, at, projecting, publish, reached, rows_of

from klantbus.bus.open import open_log
from projections.editions import wait_for
from projections.models import HERE, read_models
from projections.store import Store

PAGE = Path(__file__).parents[2] / "docs" / "projections.md"
FENCED = re.compile(r"```sql\n-- file: (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture
async def log(tmp_path):
    """A journal with the topics of the house."""
    opened = await open_log(f"journal://{tmp_path / 'journal.sqlite'}")
    await opened.create(TOPICS)
    yield opened
    await opened.close()


def test_a_read_model_is_added_by_adding_the_folder_of_the_page(tmp_path):
    for name, text in FENCED.findall(PAGE.read_text()):
        file = tmp_path / "more" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    house = House()
    sent = house.states("document.sent", "C1", at(2), "sales", type="quote")
    house.states("document.sent", "C1", at(3), "sales", type="manual")
    house.states("event.retracted", "C1", at(4), "sales", target_event_id=sent)
    store = Store(tmp_path / "store", read_models((HERE, tmp_path / "more")))
    for record in house.records:
        store.take(rows_of([record]), reached([record]))
    assert store._con.execute("FROM documents_by_department").fetchall() == [("sales", "manual", 1)]
    store.close()


async def test_the_two_lines_of_python_of_the_page_ask_the_newest_edition(log, tmp_path, monkeypatch, capsys):
    house = House()
    house.judges("p1", "broken", at(3), made_by="sales", performer="sales")
    async with projecting(log, tmp_path / ".klantbus" / "projections"):
        places = await publish(log, house.records)
        await asyncio.to_thread(wait_for, tmp_path / ".klantbus" / "projections", places, timeout=60)
    monkeypatch.chdir(tmp_path)
    (text,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(text, {})  # noqa: S102  the page's own lines
    assert "'p1'" in capsys.readouterr().out


def test_every_question_of_the_page_can_be_asked(tmp_path):
    named = re.findall(r"^\| \d+ \| `(\w+)(\(.*?\))?`", PAGE.read_text(), re.MULTILINE)
    assert len(named) == 15
    store = Store(tmp_path / "store", read_models())
    for name, arguments in named:
        call = f"{name}('C1', TIMESTAMPTZ '2026-03-02 09:00:00Z')" if arguments else name
        store._con.execute(f"FROM {call}").fetchall()
    store.close()
