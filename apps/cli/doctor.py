"""`klantbus doctor`: is everything as it should be, and if not, what to do."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import typer

from alerts.heartbeat import last_beat
from apps.alerting import heart_path
from apps.cli.paper import AsJson, DataFolder, LogUrl, put_json, put_rows, shown
from apps.editions import place_of
from apps.judging import rules_of
from apps.settings import Settings, read_settings
from klantbus.bus import clock
from klantbus.bus.departments import load_departments
from klantbus.bus.errors import BusError
from klantbus.bus.gate import check_folder
from klantbus.bus.open import open_log
from klantbus.bus.ports import Log
from klantbus.bus.replay import survey
from klantbus.bus.topics import topic_specs
from klantbus.domain import customer
from projections.fence import is_owned
from projections.projector import latest_edition
from schemas import ROOT

_ROOM = 1_000_000_000  # bytes of disk below which things will go wrong soon

app = typer.Typer(help="Is everything as it should be?")


class Finding(NamedTuple):
    """One thing that was looked at. `do` says what to do when it is not well."""

    what: str
    well: bool
    found: str
    do: str = ""


@app.command()
def doctor(log: LogUrl = None, data: DataFolder = None, as_json: AsJson = False) -> None:
    """Look at settings, files, log, topics and running parts; exit 1 when something is not well.

    Example: klantbus doctor
    """
    settings = read_settings(log=log, data=data)
    findings = asyncio.run(_look(settings))
    rows = [
        {**one._asdict(), "well": "yes" if one.well else "NO", "do": "" if one.well else one.do}
        for one in findings
    ]
    put_json([one._asdict() for one in findings]) if as_json else put_rows(rows)
    if not all(one.well for one in findings):
        raise typer.Exit(1)


async def _look(settings: Settings) -> list[Finding]:
    return [*_at_settings(settings), *[one async for one in _at_log(settings)], *_at_parts(settings)]


def _at_settings(settings: Settings) -> Iterator[Finding]:
    try:
        names = load_departments(settings.departments).names()
        yield Finding("departments", well=True, found=f"{len(names)} departments")
        rules_of(settings)
        yield Finding("policy", well=True, found=str(settings.policy or "the defaults of RULES"))
    except BusError as error:
        yield Finding("settings", well=False, found=str(error), do="mend the file that is named")
    problems = check_folder(ROOT)
    yield Finding(
        "contract", well=not problems, found=f"{len(problems)} findings", do="klantbus schema check"
    )
    made = (
        "compiled" if customer.__file__.endswith(".so") else "plain Python: `make compiled` makes it faster"
    )
    yield Finding("judge", well=True, found=made)
    free = shutil.disk_usage(settings.data if settings.data.exists() else ".").free
    yield Finding("disk", well=free > _ROOM, found=f"{free // 10**6} MB free", do="make room")


async def _at_log(settings: Settings) -> AsyncIterator[Finding]:
    if settings.log_url.startswith("journal:") and not (settings.data / "journal.sqlite").exists():
        yield Finding("log", well=True, found="no journal yet; klantbus up makes it")
        return
    try:
        log = await open_log(settings.log_url)
    except BusError as error:
        yield Finding(
            "log", well=False, found=str(error), do="start it (klantbus broker start), or mend --log"
        )
        return
    try:
        yield Finding("log", well=True, found=settings.log_url)
        async for one in _at_topics(log, settings):
            yield one
    finally:
        await log.close()


async def _at_topics(log: Log, settings: Settings) -> AsyncIterator[Finding]:
    there = await log.topics()
    missing = [
        spec.name for spec in topic_specs(load_departments(settings.departments)) if spec.name not in there
    ]
    found = f"missing: {', '.join(missing)}" if missing else f"{len(there)} topics"
    yield Finding("topics", well=not missing, found=found, do="klantbus topic apply")
    if missing:
        return
    parked = len((await survey(log)).standing())
    yield Finding("parked", well=not parked, found=f"{parked} records put aside", do="klantbus parked list")


def _at_parts(settings: Settings) -> Iterator[Finding]:
    place = place_of(settings)
    edition = latest_edition(place)
    said = f"edition {edition.number} as of {shown(edition.as_of)}" if edition else "no edition yet"
    running = is_owned(place)
    yield Finding(
        "read models", well=running, found=said if running else f"not running; {said}", do="klantbus up"
    )
    beat = last_beat(heart_path(settings))
    silent = beat is None or beat.is_silent(clock.now())
    yield Finding(
        "alerter", well=not silent, found=f"last seen {shown(beat.at) if beat else 'never'}", do="klantbus up"
    )
