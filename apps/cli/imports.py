"""`klantbus import`: any department's export becomes facts."""

import asyncio
import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, Self, TextIO

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from apps.cli.paper import AsJson, DataFolder, LogUrl, put_json, put_rows, talk
from apps.imports.mapping import Chunk, chunks, header_of
from apps.imports.maps import ImportMap, read_map
from apps.imports.rows import SPOILT, Reject
from apps.logs import opened
from apps.settings import Settings, read_settings

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
    with Rejects(reject_path, header_of(file, plan), plan) as rejected:
        work = _check if dry_run else _import
        count = work(file, plan, rejected, settings)
    _tell(count, rejected, as_json=as_json, dry_run=dry_run)
    if count.rejected:
        raise typer.Exit(1)


class Rejects:
    """The reject file, made when the first row is rejected: the row as it was, its place and the reason.

    It is written as the file itself is, so that the same map reads it.
    """

    def __init__(self, path: Path, header: Sequence[str], plan: ImportMap) -> None:
        self.path = path
        self.first: list[Reject] = []
        self._header = header
        self._delimiter = plan.delimiter
        self._encoding = plan.encoding.replace("utf-8-sig", "utf-8")  # its mark is text in other encodings
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rejects: Sequence[Reject]) -> None:
        """Write rejected rows, so that they can be mended and imported again."""
        if self._file is None and rejects:
            self._file = self.path.open("w", encoding=self._encoding, errors=SPOILT, newline="")
            self._write([[*self._header, *_ADDED]])
        self.first += rejects[: _SHOWN - len(self.first)]
        self._write([*one.row, one.line, one.column, self._told(one.reason)] for one in rejects)

    def _write(self, rows: Iterable[Sequence[object]]) -> None:
        if self._file is not None:
            csv.writer(self._file, delimiter=self._delimiter).writerows(rows)

    def _told(self, reason: str) -> str:
        """Return a reason in letters that the file can hold."""
        return reason.encode(self._encoding, "replace").decode(self._encoding)


def _import(file: Path, plan: ImportMap, rejected: Rejects, settings: Settings) -> Count:
    return asyncio.run(_publish(_shown(file, plan), rejected, settings))


def _check(file: Path, plan: ImportMap, rejected: Rejects, _: Settings) -> Count:
    count = Count(0, 0, 0)
    for chunk in _shown(file, plan):
        count = _counted(count, chunk, rejected)
    return count


async def _publish(found: Iterator[Chunk], rejected: Rejects, settings: Settings) -> Count:
    count = Count(0, 0, 0)
    async with opened(settings) as log:
        publisher = await log.publisher()
        chunk = await asyncio.to_thread(next, found, None)
        while chunk is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, found, None))
            await publisher.publish(chunk.records)
            count = _counted(count, chunk, rejected)
            chunk = await coming
    return count


def _shown(file: Path, plan: ImportMap) -> Iterator[Chunk]:
    """Yield the chunks, with a bar on stderr that follows the bytes of the file."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=talk, disable=not talk.is_terminal) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        for chunk in chunks(file, plan):
            yield chunk
            bar.update(task, completed=chunk.read)


def _counted(count: Count, chunk: Chunk, rejected: Rejects) -> Count:
    rejected.add(chunk.rejects)
    return Count(
        count.rows + chunk.rows, count.facts + len(chunk.records), count.rejected + len(chunk.rejects)
    )


def _tell(count: Count, rejected: Rejects, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        put_json(
            {**count._asdict(), "dry_run": dry_run, "rejects": [_shown_reject(one) for one in rejected.first]}
        )
        return
    if rejected.first:
        put_rows([{"line": one.line, "column": one.column, "reason": one.reason} for one in rejected.first])
        talk.print(
            f"{count.rejected} rows were rejected; they stand in {rejected.path}: mend and import them"
        )
    sys.stdout.write(f"{count.rows} rows, {count.facts} facts {'would be ' if dry_run else ''}stated\n")


def _shown_reject(reject: Reject) -> Mapping[str, object]:
    """Return a reject for JSON, which has no bytes that are no text."""
    row = [cell.encode(errors=SPOILT).decode(errors="replace") for cell in reject.row]
    return {**reject._asdict(), "row": row}
