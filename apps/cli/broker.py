"""`klantbus broker`: a real single-node Kafka on this machine, on loopback only."""

import os
from pathlib import Path
from typing import Annotated

import typer

from apps.broker import node
from apps.broker.errors import BrokerDown
from apps.broker.node import Running, Wish
from apps.broker.settings import Home
from apps.cli.paper import AsJson, put_json, talk

app = typer.Typer(
    no_args_is_help=True,
    help="A real single-node Kafka on this machine, without Docker.\n\n"
    "Kafka's jars are fetched once by Maven and checked by SHA-256; or set KAFKA_HOME. Java 17 or newer "
    "comes from PATH, else from the extra klantbus[java].\n\n"
    "Example: klantbus broker start && klantbus topic apply --log kafka://127.0.0.1:9092",
)

Directory = Annotated[Path, typer.Option("--dir", help="Where the node keeps its data, settings and log.")]
DEFAULT_DIRECTORY = Path(".klantbus/broker")


@app.command()
def start(
    directory: Directory = DEFAULT_DIRECTORY,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port on loopback; 0 takes a free one. Default: as last time, first 9092."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start the node and wait until it answers; one that runs already stays as it is.

    Example: klantbus broker start
    """
    there = node.start(_home(directory), Wish(port=port), os.environ)
    if port and there.port != port:
        talk.print(f"it runs already, on port {there.port}; stop it first to move it")
    _tell(there, directory, as_json)


@app.command()
def stop(directory: Directory = DEFAULT_DIRECTORY, as_json: AsJson = False) -> None:
    """Stop the node; what was acknowledged stays.

    Example: klantbus broker stop
    """
    went = node.stop(_home(directory))
    if as_json:
        put_json({"ran": went is not None, "killed": went is False})
    elif went is None:
        talk.print("no broker runs here")
    if went is False:
        raise BrokerDown("the broker did not stop when asked, and was killed; what it acknowledged is kept")
    if went and not as_json:
        talk.print("stopped")


@app.command()
def status(directory: Directory = DEFAULT_DIRECTORY, as_json: AsJson = False) -> None:
    """Tell whether the node runs, and where. Exit code 4 when it does not.

    Example: klantbus broker status --json
    """
    there = node.running(_home(directory))
    if there is None and not as_json:
        raise BrokerDown("no broker runs here; start one with: klantbus broker start")
    _tell(there, directory, as_json)
    if there is None:
        raise typer.Exit(4)


def _home(directory: Path) -> Home:
    return Home(directory.resolve())


def _tell(there: Running | None, directory: Path, as_json: bool) -> None:
    if as_json:
        put_json(_facts(there, directory))
    elif there:
        typer.echo(f"kafka://{there.address}")


def _facts(there: Running | None, directory: Path) -> dict[str, str | int | bool]:
    if there is None:
        return {"running": False, "dir": str(directory)}
    return {
        "running": True,
        "log": f"kafka://{there.address}",
        "pid": there.process.pid,
        "dir": str(directory),
    }
