"""`klantbus demo`: a small company's week, in front of your eyes."""

import asyncio
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.rule import Rule

from apps.cli.paper import put_rows
from apps.demo.judged import figures, running, until_judged
from apps.demo.play import Followed, ParkedOne, clear, follow_all, park_one, state_all
from apps.demo.story import CUSTOMERS, week_before
from apps.logs import opened
from apps.settings import Settings, read_settings
from klantbus.bus import clock
from klantbus.bus.departments import load_departments

app = typer.Typer(help="Show what stands, on a made-up company.")
page = Console(highlight=False)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--data", help="Where the demo keeps its files.")] = Path(
        ".klantbus/demo"
    ),
) -> None:
    """Play a small company's week on a journal of its own and show what the bus makes of it.

    Example: klantbus demo
    """
    clear(folder)
    asyncio.run(_play(folder, clock.now()))


async def _play(folder: Path, now: datetime) -> None:
    settings = read_settings(data=folder, log="", port=0)
    departments = load_departments(settings.departments)
    told = week_before(now, departments.calendar_of("sales"))
    page.print(Rule("a small company's week"))
    started = clock.steady()
    await state_all(folder, told, departments)
    page.print(
        f"{len(told)} facts about {CUSTOMERS} customers were stated, each on the disk before the next, "
        f"in {clock.steady() - started:.1f} s"
    )
    async with opened(settings) as log:
        _tell_followed(await follow_all(log))
        _tell_parked(await park_one(log, "K1003"))
    page.print(Rule("what the bus makes of it"))
    started = clock.steady()
    async with running(settings, lambda _: None):
        await until_judged(settings)
    page.print(f"judged, projected and told in {clock.steady() - started:.1f} s; nothing is left running")
    _tell_figures(settings)
    _tell_next(folder)


def _tell_followed(followed: Followed) -> None:
    spoke = ", ".join(f"{name} {count}" for name, count in followed.departments.most_common())
    page.print(f"{followed.facts} were followed, of {len(followed.types)} types; who spoke: {spoke}")


def _tell_parked(parked: ParkedOne) -> None:
    page.print(Rule("what nobody could read"))
    page.print(f"one record was cut off on its way: {parked.reason}")
    page.print(
        f"it was parked as {parked.parked_id}, and {parked.waiting} later fact of that customer waited"
    )
    page.print(f"behind it; mended and replayed, {parked.replayed} came through")


def _tell_figures(settings: Settings) -> None:
    titles = ("promises", "alerts", "kept rate")
    for title, rows in zip(titles, figures(settings), strict=True):
        put_rows(rows, title=f"\n{title}")
    letters = len(list((settings.data / "outbox").glob("*.json")))
    page.print(f"\n{letters} messages lie in {settings.data / 'outbox'}; they go out in office hours")


def _tell_next(folder: Path) -> None:
    page.print(Rule("what to try next"))
    for words in (
        "customer show K1003",
        "day logistics",
        "promise show P-K1005-1",
        'sql "SELECT * FROM broken_now"',
        "event tail --customer K1003",
        "up",
    ):
        page.print(f"{_program()} {words} --data {folder}", soft_wrap=True)


def _program() -> str:
    """Return what a person types to start this program: `make demo` puts it on nobody's path."""
    return "klantbus" if shutil.which("klantbus") else sys.argv[0]
