"""Read models as folders of SQL: their tables, how a batch gets in, which questions they answer.

A folder holds `tables.sql`, `apply.sql` (a line `-- reads: types` names the facts that the statements below
it wait for, `*` for all), `questions.sql` (views and macros; `-- after: folders` names those it leans on),
and where personal text has a place in an answer `personal.sql`. See docs/projections.md.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

HERE = Path(__file__).parent

_WITHDRAWS: Final = re.compile(
    r"\s*(--[^\n]*\s*)*DELETE FROM \w+ WHERE event_id IN \(SELECT event_id FROM withdrawn\)"
)


class Step(NamedTuple):
    """A statement that takes in a batch; it `withdraws` where it only removes the rows of withdrawn facts."""

    sql: duckdb.Statement
    reads: frozenset[str]
    withdraws: bool

    def wants(self, types: frozenset[str]) -> bool:
        """Tell whether a batch with facts of `types` concerns it."""
        return "*" in self.reads or not self.reads.isdisjoint(types)


@dataclass(frozen=True)
class ReadModel:
    """One folder of SQL."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @cached_property
    def tables(self) -> Sequence[duckdb.Statement]:
        """The statements that make its tables."""
        return statements(self._text("tables.sql"))

    @cached_property
    def apply(self) -> Sequence[Step]:
        """The statements that take in a batch, in their order."""
        return tuple(_steps(self._text("apply.sql")))

    @cached_property
    def questions(self) -> Sequence[duckdb.Statement]:
        """The statements that make its views and macros."""
        return statements(self._text("questions.sql"))

    @cached_property
    def personal(self) -> Sequence[duckdb.Statement]:
        """The statements that make its views with personal text."""
        return statements(self._text("personal.sql"))

    @cached_property
    def after(self) -> frozenset[str]:
        """The folders whose questions must stand before its own."""
        return _header(self._text("questions.sql"), "after")

    def steps(self, types: frozenset[str], withdrawn: frozenset[str]) -> Iterator[duckdb.Statement]:
        """Yield the statements for a batch with facts of `types`, and where facts of `withdrawn` go."""
        for step in self.apply:
            if step.wants(withdrawn if step.withdraws else types):
                yield step.sql

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
        decisive = (*model.tables, *(step.sql for step in model.apply))
        digest.update("\n".join((model.name, *(statement.query for statement in decisive))).encode())
    for name in ("keys.sql", "fresh.sql", "again.sql", "repeat.sql", "log.sql"):
        digest.update(statements_of(name).encode())
    return digest.hexdigest()[:12]


@cache
def statements(text: str) -> Sequence[duckdb.Statement]:
    """Return the single statements of a file of SQL. Reading them each time is a tenth of a small batch."""
    return tuple(duckdb.extract_statements(text))


@cache
def statements_of(name: str) -> str:
    """Return the text of one of the projector's own SQL files."""
    return (HERE / "own" / name).read_text(encoding="utf-8")


def _in(folder: Path) -> Iterator[ReadModel]:
    return (ReadModel(file.parent) for file in folder.glob("*/tables.sql") if file.parent.name != "own")


def _steps(text: str) -> Iterator[Step]:
    """Yield the statements of a file, each with the types of fact that the lines above it name."""
    for reads, lines in _parts(text):
        for sql in statements("\n".join(lines)):
            yield Step(sql, reads, withdraws=bool(_WITHDRAWS.match(sql.query)))


def _parts(text: str) -> Iterator[tuple[frozenset[str], list[str]]]:
    """Yield the lines that stand below each run of `-- reads:` lines, with the types named there."""
    reads: frozenset[str] = frozenset()
    for names, together in groupby(text.splitlines(), key=lambda line: line.startswith("-- reads:")):
        lines = list(together)
        if names:
            reads = _header("\n".join(lines), "reads")
        else:
            yield reads, lines


def _header(text: str, word: str) -> frozenset[str]:
    start = f"-- {word}:"
    lines = (line for line in text.splitlines() if line.startswith(start))
    return frozenset(
        part.strip() for line in lines for part in line.removeprefix(start).split(",") if part.strip()
    )
