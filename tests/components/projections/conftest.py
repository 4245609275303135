"""Fixtures of the read side: a house, its answers, a journal."""

import pytest
from read_side import TOPICS, House, taken

from klantbus.bus.open import open_log


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def answers(house, tmp_path):
    """Put a question to read models that took everything the house stated; rows as dicts."""
    opened = []

    def ask(sql, *parameters):
        if not opened:
            opened.append(taken(tmp_path / "store", house.records))
        found = opened[0]._con.execute(sql, list(parameters))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    yield ask
    for store in opened:
        store.close()


@pytest.fixture
async def log(tmp_path):
    """A journal with the topics of the house."""
    opened = await open_log(f"journal://{tmp_path / 'journal.sqlite'}")
    await opened.create(TOPICS)
    yield opened
    await opened.close()
