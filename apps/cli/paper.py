"""What every noun shares: data on stdout as a table or as JSON, talk on stderr, errors as one sentence."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, NoReturn
from zoneinfo import ZoneInfo

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

ZONE: Final = ZoneInfo("Europe/Amsterdam")
_OF_MONEY: Final = 2  # places behind the mark
_OF_A_FILE: Final = 1_000  # letters of a line that no screen shows

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
    """Print rows that share their keys as a table for people; say `empty` on stderr when there are none."""
    if not rows:
        talk.print(empty)
        return
    table = Table(title=title or None, box=None, pad_edge=False, title_justify="left")
    for name in rows[0]:
        table.add_column(name, overflow="fold")  # a number that was cut off cannot be used
    for row in rows:
        table.add_row(*map(shown, row.values()))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _OF_A_FILE).print(table)


def shown(value: object) -> str:
    """Return a value as people read it: moments by the local clock to the minute, parts without brackets."""
    match value:
        case None:
            return ""
        case datetime() if value.tzinfo:
            return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}"
        case Decimal():
            return _plain(value)
        case Mapping():
            return " ".join(f"{name}={shown(part)}" for name, part in value.items() if part is not None)
        case list() | tuple():
            return ", ".join(map(shown, value))
        case _:
            return str(value)


def _plain(number: Decimal) -> str:
    """Return a quantity without the zeros behind it; money keeps its two."""
    places = number.as_tuple().exponent
    return f"{number.normalize():f}" if isinstance(places, int) and places < -_OF_MONEY else str(number)
