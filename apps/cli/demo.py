"""`klantbus demo`: a small company's week, in front of your eyes."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from apps.demo.play import Followed, ParkedOne, clear, follow_all, park_one, state_all
from apps.demo.story import CUSTOMERS, week_before
from klantbus.bus import clock
from klantbus.bus.departments import load_departments
from klantbus.bus.journal import Journal

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
    departments = load_departments(None)
    told = week_before(now, departments.calendar_of("sales"))
    page.print(Rule("a small company's week"))
    started = clock.steady()
    await state_all(folder, told, departments)
    page.print(
        f"{len(told)} facts about {CUSTOMERS} customers were stated, each on the disk before the next, "
        f"in {clock.steady() - started:.1f} s"
    )
    log = Journal(str(folder / "journal.sqlite"))
    try:
        _tell_followed(await follow_all(log))
        _tell_parked(await park_one(log, "K1003"))
    finally:
        await log.close()
    _tell_next(folder)


def _tell_followed(followed: Followed) -> None:
    page.print(f"{followed.facts} were followed, by type:")
    table = Table(box=None, pad_edge=False, show_header=False)
    rows = followed.types.most_common()
    for left, right in zip(rows[::2], [*rows[1::2], ("", "")], strict=False):
        table.add_row(left[0], str(left[1]), "   ", right[0], str(right[1]))
    page.print(table)
    spoke = ", ".join(f"{name} {count}" for name, count in followed.departments.most_common())
    page.print(f"who spoke: {spoke}")


def _tell_parked(parked: ParkedOne) -> None:
    page.print(Rule("what nobody could read"))
    page.print(f"one record was cut off on its way: {parked.reason}")
    page.print(
        f"it was parked as {parked.parked_id}, and {parked.waiting} later fact of that customer waited"
    )
    page.print(f"behind it; mended and replayed, {parked.replayed} came through")


def _tell_next(folder: Path) -> None:
    page.print(Rule("what to try next"))
    page.print(f"klantbus event tail --data {folder} --customer K1003")
    page.print(f"klantbus parked list --data {folder}")
    page.print("klantbus schema list")
