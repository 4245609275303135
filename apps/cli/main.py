"""`klantbus`: finds the noun that was asked for and runs it.

Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 a dependency is missing or away, 5 differences found.
"""

import importlib
import sys

import click
import typer
from typer.core import TyperGroup

from klantbus.bus.errors import BadInput, BusError, Weather

NOUNS: dict[str, tuple[str, str]] = {
    # noun: (module that holds `app`, one line of help). Loaded only when asked for, so that help is quick.
    "schema": ("apps.cli.schema", "The contract: check, export or serve the Avro schemas."),
    "topic": ("apps.cli.topic", "Plan and make the topics (and ACLs) of departments.toml."),
    "broker": ("apps.cli.broker", "A real single-node Kafka on this machine, without Docker."),
    "parked": ("apps.cli.parked", "What nobody could read: list, show, replay, discard."),
    "calendar": ("apps.cli.calendar", "Propose and show opening hours and closed days."),
    "simulate": ("apps.cli.simulate", "Run scenario files through the judge and compare."),
    "explain": ("apps.cli.explain", "Tell a promise's story line by line."),
    "demo": ("apps.cli.demo", "Show what stands, on a made-up company."),
}


class Nouns(TyperGroup):
    """Loads a noun's module when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the nouns, in the order of the table."""
        return [*NOUNS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the noun's command, loading its module."""
        if cmd_name not in NOUNS:
            return None
        module, _ = NOUNS[cmd_name]
        return typer.main.get_command(importlib.import_module(module).app)


app = typer.Typer(cls=Nouns, help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def root() -> None:
    """Make a company keep its word. Try: klantbus demo."""


def main() -> None:
    """Run the command line; turn our errors into one sentence and an exit code."""
    try:
        app()
    except BadInput as error:
        _say(error, 1)
    except Weather as error:
        _say(error, 4)
    except BusError as error:
        _say(error, 3)


def _say(error: BusError, code: int) -> None:
    sys.stderr.write(f"klantbus: {error}\n")
    sys.exit(code)
