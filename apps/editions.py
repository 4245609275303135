"""Questions of our own to the newest edition: fixed SQL, values as parameters."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.settings import Settings
from projections import connect, connect_personal

QUESTIONS = Path(__file__).parent / "questions"


def place_of(settings: Settings) -> Path:
    """Return where the read models of these settings stand."""
    return settings.data / "projections"


def answer(settings: Settings, question: str, *values: object) -> Sequence[Mapping[str, Any]]:
    """Return the rows of `apps/questions/<question>.sql` from the newest edition. Raises `NoEdition`."""
    return _rows(connect(place_of(settings)), question, values)


def answer_personal(settings: Settings, question: str, *values: object) -> Sequence[Mapping[str, Any]]:
    """Return rows as `answer` does, with personal text."""
    return _rows(connect_personal(place_of(settings)), question, values)


def _rows(con: Any, question: str, values: Sequence[object]) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401  DuckDB's
    with con:
        asked = con.execute((QUESTIONS / f"{question}.sql").read_text(encoding="utf-8"), list(values))
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
