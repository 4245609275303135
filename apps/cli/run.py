"""`klantbus run`: the parts that never end, as processes of their own."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from apps.cli.paper import DataFolder, LogUrl, talk
from apps.crew import GROUP, METRICS, Crew, workers_of
from apps.judging import rules_of
from apps.settings import Settings, read_settings
from klantbus.bus.departments import load_departments
from klantbus.bus.errors import Misuse
from streams.memory import room_in
from streams.promises import PromiseJudge
from streams.serve import serve
from streams.settings import Settings as StreamSettings

app = typer.Typer(
    no_args_is_help=True,
    help="The parts that never end, each a process of its own.\n\nExample: klantbus run streams --workers 2",
)


@app.callback()
def root() -> None:
    """Run a part until it is stopped."""


@app.command("streams")
def streams_command(
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=12, help="Processes that share the work.")
    ] = 1,
    log: LogUrl = None,
    data: DataFolder = None,
    name: Annotated[str, typer.Option("--name", help="This worker's own name; no two may share one.")] = "w0",
    group: Annotated[str, typer.Option("--group", help="Workers of one group share the work.")] = GROUP,
    metrics: Annotated[
        int,
        typer.Option(
            "--metrics",
            help="Port on loopback for Prometheus, one up per worker, a free one when taken; 0 for none.",
        ),
    ] = METRICS,
) -> None:
    """Judge every promise: facts in, verdicts and alert edges out, until it is stopped.

    Several workers need Kafka; each keeps its state under its own name in the data folder. Whatever is killed
    starts again where it was.

    Example: klantbus run streams --workers 2 --log kafka://127.0.0.1:9092
    """
    settings = read_settings(log=log, data=data)
    if workers == 1:
        _judge(settings, name, group, metrics or None)
        return
    if settings.log_url.startswith("journal:"):
        raise Misuse("the journal is judged by one worker; several need Kafka: --log kafka://host:port")
    asyncio.run(Crew(workers_of(settings, workers, group, metrics), talk.print).run())


def _judge(settings: Settings, name: str, group: str, metrics: int | None) -> None:
    departments = load_departments(settings.departments)
    judge = PromiseJudge(rules_of(settings))
    own = StreamSettings(
        *(Path(settings.data) / "streams", name),
        group=group,
        watched=tuple(departments.watched()),
        room=room_in(settings.memory),
    )
    asyncio.run(serve(settings.log_url, own, judge, metrics=metrics))
