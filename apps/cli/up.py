"""`klantbus up`: the whole bus, one command."""

import asyncio
import signal
from collections.abc import Sequence
from typing import Annotated

import typer

from apps.cli.paper import DataFolder, talk
from apps.crew import Member, workers_of
from apps.settings import Settings, read_settings
from klantbus.bus.errors import Misuse

app = typer.Typer(help="Run the whole bus.")


@app.command()
def up(
    data: DataFolder = None,
    kafka: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="On this Kafka, with Faust workers.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=12, help="Faust workers, with --kafka.")] = 1,
    port: Annotated[
        int | None, typer.Option(help="Port of health and metrics; a free one when taken.")
    ] = None,
) -> None:
    """Run the whole bus until Ctrl-C: journal, promise watch, read models, alerts, health and metrics.

    Example: klantbus up

    Example: klantbus up --kafka 127.0.0.1:9092 --workers 2
    """
    if workers > 1 and not kafka:
        raise Misuse("the journal is judged by one worker; several need Kafka: --kafka HOST:PORT")
    settings = read_settings(data=data, port=port, log=f"kafka://{kafka}" if kafka else None)
    _say(f"the log is {settings.log_url}; files are kept in {settings.data}")
    asyncio.run(_run(settings, workers_of(settings, workers) if kafka else ()))


async def _run(settings: Settings, workers: Sequence[Member]) -> None:
    from apps.whole import run_whole  # noqa: PLC0415  DuckDB and the judge take a second to load, --help none

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_whole(settings, stop, _say, workers)


def _say(line: str) -> None:
    talk.print(line, soft_wrap=True)
