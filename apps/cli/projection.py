"""`klantbus projection`: keep the read models up with the log, look at them, prove them, make them anew."""

import asyncio
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.cli.paper import AsJson, DataFolder, LogUrl, put_json, put_rows, talk
from apps.logs import opened
from apps.settings import Settings, read_settings
from projections.editions import current_edition
from projections.fence import is_owned
from projections.projector import latest_edition, project
from projections.rebuild import Comparison, ends_of, forget, rebuild, take_over
from projections.rebuilt import workshop

DIFFERENT = 5

app = typer.Typer(
    no_args_is_help=True,
    help="The read models: run, status, verify, rebuild.\n\nExample: klantbus projection status",
)


@app.command("run")
def run_command(log: LogUrl = None, data: DataFolder = None) -> None:
    """Keep the read models up with the log, until Ctrl-C.

    Example: klantbus projection run --log kafka://127.0.0.1:9092
    """
    asyncio.run(_run(read_settings(log=log, data=data)))


@app.command("status")
def status_command(log: LogUrl = None, data: DataFolder = None, as_json: AsJson = False) -> None:
    """Show the newest edition, how far it is behind the log, and who is at work.

    Example: klantbus projection status --json
    """
    status = asyncio.run(_status(read_settings(log=log, data=data)))
    if as_json:
        put_json(status)
    else:
        put_rows([{"what": name, "is": value} for name, value in status.items()])


@app.command("verify")
def verify_command(log: LogUrl = None, data: DataFolder = None, as_json: AsJson = False) -> None:
    """Make the read models once more beside the running ones and compare, table by table; changes nothing.

    Exit code 5 when they differ.

    Example: klantbus projection verify
    """
    settings = read_settings(log=log, data=data)
    current_edition(_place(settings))
    compared = asyncio.run(_rebuild(settings))
    shutil.rmtree(workshop(_place(settings)), ignore_errors=True)
    _show(compared, as_json)
    _judge(compared)


@app.command("rebuild")
def rebuild_command(
    log: LogUrl = None,
    data: DataFolder = None,
    accept: Annotated[bool, typer.Option("--accept", help="Replace also when they differ.")] = False,
    forgetting: Annotated[
        bool, typer.Option("--forget", help="The log began anew: remove tables and editions first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the read models once more beside the running ones, compare, and put them in their place.

    Readers keep what they read. When live and rebuilt differ nothing is replaced, unless --accept is given.

    Example: klantbus projection rebuild
    """
    settings = read_settings(log=log, data=data)
    if forgetting:
        forget(_place(settings))
    compared = asyncio.run(_rebuild(settings))
    _show(compared, as_json)
    if not accept:
        _judge(compared)
        _keep_what_the_log_forgot(compared)
    replaced = take_over(_place(settings))
    talk.print("replaced" if replaced else "ready; the running projector takes it over")


def _place(settings: Settings) -> Path:
    return settings.data / "projections"


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(settings) as log:
        talk.print(f"read models in {_place(settings)}; Ctrl-C ends")
        await project(log, _place(settings), stop)


async def _status(settings: Settings) -> Mapping[str, object]:
    place = _place(settings)
    async with opened(settings) as log:
        ends = await ends_of(log)
    edition = latest_edition(place)
    seen = edition.positions if edition else {}
    return {
        "projector": "running" if is_owned(place) else "not running",
        "edition": edition.number if edition else None,
        "as_of": edition.as_of.isoformat() if edition and edition.as_of else None,
        "behind": sum(max(0, end - seen.get(lane, 0)) for lane, end in ends.items()),
        "bytes": edition.main.stat().st_size if edition else 0,
        "bytes_personal": edition.personal.stat().st_size if edition else 0,
    }


async def _rebuild(settings: Settings) -> Comparison | None:
    place = _place(settings)
    columns = (TextColumn("rebuilding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with opened(settings) as log:
        edition = latest_edition(place)
        until = edition.positions if edition else await ends_of(log)
        with Progress(*columns, console=talk, transient=True) as bar:
            task = bar.add_task("rebuilding", total=sum(until.values()))
            return await rebuild(log, place, lambda records: bar.advance(task, records))


def _show(compared: Comparison | None, as_json: bool) -> None:
    if compared is None:
        talk.print("there was no edition to compare with")
        return
    if compared.other_version:
        talk.print("the running tables are of another version of the read models; not compared")
    if compared.forgotten:
        talk.print(
            f"the log no longer holds the beginning of {len(compared.forgotten)} lanes: compared are facts "
            "since then, as they came"
        )
    rows = [
        {
            "table": name,
            "live": compared.live.get(name, (0,))[0],
            "rebuilt": compared.rebuilt.get(name, (0,))[0],
            "equal": name not in compared.different,
        }
        for name in sorted({*compared.live, *compared.rebuilt})
    ]
    put_json(rows) if as_json else put_rows(rows)


def _judge(compared: Comparison | None) -> None:
    if compared is not None and compared.different:
        talk.print(f"live and rebuilt differ in: {', '.join(compared.different)}")
        raise typer.Exit(DIFFERENT)


def _keep_what_the_log_forgot(compared: Comparison | None) -> None:
    if compared is not None and compared.forgotten:
        talk.print(
            "not replaced: the running read models know more than the log still holds; --accept gives that up"
        )
        raise typer.Exit(DIFFERENT)
