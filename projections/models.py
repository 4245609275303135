"""Read models as folders of SQL: their tables, how a batch gets in, which questions they answer.

A folder holds `tables.sql`, `apply.sql` (its first line `-- reads: types` names the facts it waits for, `*`
for all), `questions.sql` (views and macros; `-- after: folders` names those it leans on), and where
personal text has a place in an answer `personal.sql`. See docs/projections.md.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

HERE = Path(__file__).parent


@dataclass(frozen=True)
class ReadModel:
    """One folder of SQL."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @cached_property
    def tables(self) -> Sequence[str]:
        """The statements that make its tables."""
        return statements(self._text("tables.sql"))

    @cached_property
    def apply(self) -> Sequence[str]:
        """The statements that take in a batch."""
        return statements(self._text("apply.sql"))

    @cached_property
    def questions(self) -> Sequence[str]:
        """The statements that make its views and macros."""
        return statements(self._text("questions.sql"))

    @cached_property
    def personal(self) -> Sequence[str]:
        """The statements that make its views with personal text."""
        return statements(self._text("personal.sql"))

    @cached_property
    def reads(self) -> frozenset[str]:
        """The types of fact it waits for; `*` is every type."""
        return _header(self._text("apply.sql"), "reads")

    @cached_property
    def after(self) -> frozenset[str]:
        """The folders whose questions must stand before its own."""
        return _header(self._text("questions.sql"), "after")

    def wants(self, types: frozenset[str]) -> bool:
        """Tell whether a batch with facts of `types` concerns it."""
        return "*" in self.reads or not self.reads.isdisjoint(types)

    def _text(self, name: str) -> str:
        file = self.folder / name
        return file.read_text(encoding="utf-8") if file.exists() else ""


def read_models(folders: Iterable[Path] = (HERE,)) -> Sequence[ReadModel]:
    """Return the read models under `folders`, each after those it leans on."""
    found = {model.name: model for folder in folders for model in _in(folder)}
    order = TopologicalSorter({name: sorted(model.after) for name, model in sorted(found.items())})
    return tuple(found[name] for name in order.static_order())


def shape_of(models: Iterable[ReadModel]) -> str:
    """Return a short name that changes with any SQL that decides what the tables hold."""
    digest = hashlib.sha256()
    for model in sorted(models, key=lambda model: model.name):
        digest.update("\n".join((model.name, *model.tables, *model.apply)).encode())
    digest.update(statements_of("arrive.sql").encode())
    return digest.hexdigest()[:12]


@cache
def statements(text: str) -> Sequence[str]:
    """Return the single statements of a file of SQL."""
    return tuple(statement.query for statement in duckdb.extract_statements(text))


@cache
def statements_of(name: str) -> str:
    """Return the text of one of the projector's own SQL files."""
    return (HERE / "own" / name).read_text(encoding="utf-8")


def _in(folder: Path) -> Iterator[ReadModel]:
    return (ReadModel(file.parent) for file in folder.glob("*/tables.sql") if file.parent.name != "own")


def _header(text: str, word: str) -> frozenset[str]:
    start = f"-- {word}:"
    lines = (line for line in text.splitlines() if line.startswith(start))
    return frozenset(
        part.strip() for line in lines for part in line.removeprefix(start).split(",") if part.strip()
    )
