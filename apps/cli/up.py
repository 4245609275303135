"""`klantbus up`: the whole bus, one command."""

import asyncio
import signal
from typing import Annotated

import typer

from apps.cli.paper import DataFolder, talk
from apps.settings import Settings, read_settings

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
    settings = read_settings(data=data, port=port, log=f"kafka://{kafka}" if kafka else None)
    talk.print(f"the log is {settings.log_url}; files are kept in {settings.data}")
    asyncio.run(_on_kafka(settings, workers) if kafka else _embedded(settings))


async def _embedded(settings: Settings) -> None:
    from apps.whole import run_whole  # noqa: PLC0415  DuckDB and the judge take a second to load, --help none

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_whole(settings, stop, lambda line: talk.print(line, soft_wrap=True))


async def _on_kafka(settings: Settings, workers: int) -> None:
    from apps.crew import Crew, Member, same_program  # noqa: PLC0415  only here

    common = ("--log", settings.log_url, "--data", str(settings.data))
    members = [
        Member("streams", same_program("run", "streams", "--workers", str(workers), *common)),
        Member("projection", same_program("projection", "run", *common)),
        Member("alert", same_program("alert", "run", *common)),
    ]
    await Crew(members, talk.print).run()
