"""`klantbus parked`: what nobody could read, and what waits behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from apps.cli.paper import AsJson, DataFolder, LogUrl, put_json, put_rows, talk
from apps.logs import opened
from apps.settings import read_settings
from klantbus.bus.parked import Parked
from klantbus.bus.ports import Log
from klantbus.bus.replay import discard, replay, survey
from klantbus.domain.micros import moment

app = typer.Typer(
    no_args_is_help=True,
    help="What nobody could read, and what waits behind it: list, show, replay, discard.\n\n"
    "Example: klantbus parked list; klantbus parked show klantbus.events.sales:3:17",
)

ParkedId = Annotated[str, typer.Argument(help="As `klantbus parked list` shows it: topic:partition:offset.")]
By = Annotated[str, typer.Option("--by", help="Your employee number: who settled it is kept.")]

T = TypeVar("T")


@app.command("list")
def list_command(log: LogUrl = None, data: DataFolder = None, as_json: AsJson = False) -> None:
    """List what is parked now, the oldest first.

    Example: klantbus parked list --json
    """
    rows = [_row(parked) for parked in _on(log, data, survey).standing()]
    if as_json:
        put_json(rows)
    else:
        put_rows(rows, empty="nothing is parked")


@app.command("show")
def show_command(
    parked_id: ParkedId,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write the original bytes to this file.", show_default=False)
    ] = None,
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show one parked record: where it stood, what is the matter, its headers and its size.

    Its bytes may name people, so they are never shown; --save writes them to a file.

    Example: klantbus parked show klantbus.events.sales:3:17 --save record.bin
    """
    found = _on(log, data, survey).find(parked_id)
    if save is not None:
        save.write_bytes(found.original.value or b"")
        talk.print(f"{len(found.original.value or b'')} bytes written to {save}")
    if as_json:
        put_json(_whole(found))
    else:
        put_rows([{"what": what, "is": told} for what, told in _told(found).items()])


@app.command("replay")
def replay_command(
    parked_id: ParkedId,
    value: Annotated[
        Path | None,
        typer.Option("--value", help="Corrected bytes, framed as on the log.", show_default=False),
    ] = None,
    remake_headers: Annotated[
        bool, typer.Option("--remake-headers", help="Keep the bytes, make the headers anew from them.")
    ] = False,
    by: By = "cli",
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Append a parked record to its topic again, and after it all that waited for it.

    Exit code 1 when it still cannot be read: then nothing has changed.

    Example: klantbus parked replay klantbus.events.sales:3:17 --value mended.bin
    """
    if value and remake_headers:
        raise typer.BadParameter(
            "give --value or --remake-headers, not both: corrected bytes get new headers"
        )
    corrected = value.read_bytes() if value else None

    async def run(log: Log) -> Sequence[Parked]:
        given = (await survey(log)).find(parked_id).original.value if remake_headers else corrected
        return await replay(log, parked_id, by=by, value=given)

    _report("replayed", _on(log, data, run), as_json)


@app.command("discard")
def discard_command(
    parked_id: ParkedId,
    by: By = "cli",
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Set a parked record aside for good; what waited for it goes on.

    Example: klantbus parked discard klantbus.events.sales:3:17 --by E42
    """

    async def run(log: Log) -> Sequence[Parked]:
        return await discard(log, parked_id, by=by)

    went_on = _on(log, data, run)
    talk.print(f"discarded {parked_id}")
    _report("went on", went_on, as_json)


def _on(log: str | None, data: str | None, work: Callable[[Log], Awaitable[T]]) -> T:
    settings = read_settings(log=log, data=data)

    async def run() -> T:
        async with opened(settings) as opened_log:
            return await work(opened_log)

    return asyncio.run(run())


def _report(done: str, parked: Sequence[Parked], as_json: bool) -> None:
    ids = [one.id for one in parked]
    if as_json:
        put_json({done.replace(" ", "_"): ids})
    for parked_id in [] if as_json else ids:
        talk.print(f"{done} {parked_id}")


def _row(parked: Parked) -> Mapping[str, object]:
    return {
        "id": parked.id,
        "mark": parked.mark,
        "code": parked.code,
        "customer": _text(parked.original.key),
        "published": moment(parked.original.appended).isoformat(),
        "by": parked.by,
        "reason": parked.reason,
    }


def _whole(parked: Parked) -> Mapping[str, object]:
    original = parked.original
    headers = [{"name": name, "value": _text(value)} for name, value in original.headers]
    size = None if original.value is None else len(original.value)
    return {**_row(parked), "bytes": size, "whole": parked.whole, "headers": headers}


def _told(parked: Parked) -> Mapping[str, object]:
    headers = {f"header {name}": _text(value) for name, value in parked.original.headers}
    size = "none" if parked.original.value is None else len(parked.original.value)
    return {**_row(parked), "bytes": size if parked.whole else "left where it stood", **headers}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
