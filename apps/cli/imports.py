"""`klantbus import`: any department's export becomes facts."""

import asyncio
import csv
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple, Self, TextIO

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from apps.cli.paper import AsJson, DataFolder, LogUrl, put_json, put_rows, talk
from apps.imports.maps import BadMap, ImportMap, read_map
from apps.imports.rows import Outcome, Reader, Reject, open_rows, outcomes
from apps.logs import opened
from apps.settings import Settings, read_settings
from klantbus.bus.reading import record_of
from klantbus.bus.topics import topic_of

_AT_ONCE = 2_000  # rows that go to the log together
_SHOWN = 10
_ADDED = ("klantbus_line", "klantbus_column", "klantbus_reason")

app = typer.Typer(help="Any department's CSV export becomes facts.")


class Count(NamedTuple):
    """What an import did."""

    rows: int
    facts: int
    rejected: int


@app.command()
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")],
    map_name: Annotated[str, typer.Option("--map", help="A map file, or tpch, orders or cases.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check all, state nothing.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; FILE.rejected.csv when not said.")
    ] = None,
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Make facts of the rows of FILE; a bad row is told and set aside, the rest goes in.

    Importing the same file twice adds nothing: the ids follow from the rows.

    Example: klantbus import lineitem.csv --map tpch
    """
    plan = read_map(map_name)
    settings = read_settings(log=log, data=data)
    reject_path = rejects or file.with_name(f"{file.name}.rejected.csv")
    with Source(file, plan) as source, Rejects(reject_path, source.header) as rejected:
        work = _check if dry_run else _state
        count = work(source, rejected, settings)
    _tell(count, rejected, as_json=as_json, dry_run=dry_run)
    if count.rejected:
        raise typer.Exit(1)


class Source:
    """The file being read, in chunks of rows, with a bar on stderr that follows its bytes."""

    def __init__(self, path: Path, plan: ImportMap) -> None:
        self._file: TextIO = path.open(encoding=plan.encoding, newline="")
        self.header, rows = open_rows(self._file, plan)
        self._outcomes = outcomes(Reader(plan, self.header, path.parent), rows)
        self._size = path.stat().st_size
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=talk
        )
        self._task: TaskID = self._bar.add_task(path.name, total=self._size)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
        self._file.close()

    def chunks(self) -> Iterator[Sequence[Outcome]]:
        """Yield what the rows gave, some at a time."""
        try:
            while chunk := list(islice(self._outcomes, _AT_ONCE)):
                self._bar.update(self._task, completed=min(self._file.buffer.tell(), self._size))
                yield chunk
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadMap(f"the file is not what the map says it is: {error}") from error


class Rejects:
    """The reject file, made when the first row is rejected: the row as it was, its place and the reason."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self.first: list[Reject] = []
        self._header = header
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rejects: Sequence[Reject]) -> None:
        """Write rejected rows, so that they can be mended and imported again."""
        if self._file is None and rejects:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(
                [*self._header, "klantbus_line", "klantbus_column", "klantbus_reason"]
            )
        self.first += rejects[: _SHOWN - len(self.first)]
        if self._file is not None:
            rows = ([*one.row, one.line, one.column, one.reason] for one in rejects)
            csv.writer(self._file).writerows(rows)


def _check(source: Source, rejected: Rejects, _: Settings) -> Count:
    count = Count(0, 0, 0)
    for chunk in source.chunks():
        count = _counted(count, chunk, _set_aside(chunk, rejected))
    return count


def _state(source: Source, rejected: Rejects, settings: Settings) -> Count:
    return asyncio.run(_publish(source, rejected, settings))


async def _publish(source: Source, rejected: Rejects, settings: Settings) -> Count:
    async with opened(settings) as log:
        publisher = await log.publisher()
        count = Count(0, 0, 0)
        for chunk in source.chunks():
            facts = [fact for outcome in chunk for fact in outcome.facts]
            await publisher.publish([record_of(fact, topic_of(fact.department)) for fact in facts])
            count = _counted(count, chunk, _set_aside(chunk, rejected))
        return count


def _set_aside(chunk: Sequence[Outcome], rejected: Rejects) -> int:
    bad = [reject for outcome in chunk for reject in outcome.rejects]
    rejected.add(bad)
    return len(bad)


def _counted(count: Count, chunk: Sequence[Outcome], bad: int) -> Count:
    facts = sum(len(outcome.facts) for outcome in chunk)
    return Count(count.rows + len(chunk), count.facts + facts, count.rejected + bad)


def _tell(count: Count, rejected: Rejects, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        put_json(
            {**count._asdict(), "dry_run": dry_run, "rejects": [one._asdict() for one in rejected.first]}
        )
        return
    if rejected.first:
        put_rows([{"line": one.line, "column": one.column, "reason": one.reason} for one in rejected.first])
        talk.print(
            f"{count.rejected} rows were rejected; they stand in {rejected.path}: mend and import them"
        )
    sys.stdout.write(f"{count.rows} rows, {count.facts} facts {'would be ' if dry_run else ''}stated\n")
