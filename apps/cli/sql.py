"""`klantbus sql`: put a question to the newest edition, safely."""

import csv
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from apps.cli.paper import AsJson, DataFolder, put_json, put_rows, talk
from apps.settings import read_settings
from projections.asking import Answer, Limits, ask, ask_personal


class Text(StrEnum):
    """Which edition is read: without personal text, or with."""

    WITHOUT = "without"
    WITH = "with"


app = typer.Typer(help="Put a question to the newest edition.")


@app.command()
def sql(
    question: Annotated[str, typer.Argument(help="One SELECT. The tables: SHOW TABLES")],
    data: DataFolder = None,
    personal: Annotated[
        Text, typer.Option(help="With: also the schema `personal`, for who may see it.")
    ] = Text.WITHOUT,
    rows: Annotated[int, typer.Option(min=1, max=1_000_000, help="No more rows than this.")] = 1_000,
    seconds: Annotated[int, typer.Option(min=1, max=600, help="No longer than this.")] = 30,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
) -> None:
    """Put a question to the newest edition; the moment it speaks of stands on stderr.

    Example: klantbus sql "SELECT * FROM broken_now"

    Example: klantbus sql "SELECT * FROM briefing_of('K1003')" --json
    """
    place = read_settings(data=data).data / "projections"
    asked = ask_personal if personal is Text.WITH else ask
    answer = asked(place, question, limits=Limits(rows=rows, seconds=seconds))
    if as_json:
        put_json(answer.table.to_pylist())
    elif as_csv:
        _put_csv(answer)
    else:
        put_rows([_as_asked(row) for row in answer.table.to_pylist()], empty="no rows")
    _say_as_of(answer)


def _as_asked(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return a row as the database says it: what was asked in SQL is not told by the local clock."""
    return {name: None if value is None else str(value) for name, value in row.items()}


def _put_csv(answer: Answer) -> None:
    lines = csv.writer(sys.stdout)
    lines.writerow(answer.table.column_names)
    lines.writerows(zip(*(column.to_pylist() for column in answer.table.columns), strict=True))


def _say_as_of(answer: Answer) -> None:
    moment = f"{answer.edition.as_of:%Y-%m-%d %H:%M:%S} UTC" if answer.edition.as_of else "an empty log"
    talk.print(f"as of {moment} (edition {answer.edition.number})")
    if answer.cut_off:
        talk.print("there are more rows; ask for them with --rows")
