"""What every noun shares: data on stdout as a table or as JSON, talk on stderr, errors as one sentence."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table

from apps.settings import Settings
from klantbus.bus.departments import load_departments

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
LogUrl = Annotated[
    str | None,
    typer.Option(
        "--log", help="Address of the log: journal:///path/file or kafka://host:port.", show_default=False
    ),
]
DataFolder = Annotated[
    str | None, typer.Option("--data", help="Folder in which the bus keeps its files.", show_default=False)
]

talk = Console(stderr=True, highlight=False)
"""For people: progress, hints, what was done."""


def ask_for(sentence: str) -> NoReturn:
    """Say in one sentence what is missing from the command line, and end with the exit code for usage."""
    sys.stderr.write(f"klantbus: {sentence}\n")
    raise typer.Exit(2)


def guard_department(settings: Settings, department: str) -> None:
    """End with the exit code for usage, naming those there are, where no department is called so."""
    known = load_departments(settings.departments).names()
    if department not in known:
        ask_for(f"there is no department {department}; there are: {', '.join(known)}")


def put_json(value: object) -> None:
    """Print `value` as JSON, alone on stdout."""
    sys.stdout.buffer.write(
        orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    )
    sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()


def put_rows(rows: Sequence[Mapping[str, object]], *, title: str = "", empty: str = "nothing") -> None:
    """Print rows that share their keys as a table; say `empty` on stderr when there are none."""
    if not rows:
        talk.print(empty)
        return
    table = Table(*rows[0], title=title or None, box=None, pad_edge=False, title_justify="left")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row.values()))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 200).print(table)
