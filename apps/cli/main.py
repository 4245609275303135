"""`klantbus`: finds the noun that was asked for and runs it.

Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 a dependency is missing or away, 5 differences found.
"""

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

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
    "up": ("apps.cli.up", "Run the whole bus, one command."),
    "publish": ("apps.cli.publish", "State a fact; a promise in three words: what, when, who."),
    "customer": ("apps.cli.customer", "The briefing: what anyone must know before a contact."),
    "promise": ("apps.cli.promise", "Promises: list them, or show one with its story."),
    "day": ("apps.cli.day", "The day-start list of a department."),
    "import": ("apps.cli.imports", "Any department's CSV export becomes facts."),
    "event": ("apps.cli.event", "Facts in the log: tail them, or show one."),
    "run": ("apps.cli.run", "The parts that never end: judge the log with one or more workers."),
    "alert": ("apps.cli.alert", "Tell people: run it, list, show and answer alerts."),
    "projection": ("apps.cli.projection", "The read models: run, status, verify, rebuild."),
    "sql": ("apps.cli.sql", "Put a question to the newest edition, safely."),
    "doctor": ("apps.cli.doctor", "Is everything as it should be, and if not, what to do?"),
    "config": ("apps.cli.config", "Settings: what is set, and where it came from."),
    "demo": ("apps.cli.demo", "Show what stands, on a made-up company."),
}


class Nouns(TyperGroup):
    """Loads a noun's module when it is used, and none of them to print the list."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  typer keeps its click to itself
        """Return the nouns, in the order of the table."""
        return [*NOUNS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002  the same
        """Return the noun's command, loading its module only when it is going to run."""
        if cmd_name not in NOUNS:
            return None
        module, line = NOUNS[cmd_name]
        if self._listing:
            return TyperCommand(cmd_name, help=line)
        noun = importlib.import_module(module).app
        noun._add_completion = False  # noqa: SLF001  completion is the root's: a noun would offer it once more
        return typer.main.get_command(noun)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  the same
        """Print the list of nouns from the table alone."""
        self._listing = True
        super().format_help(ctx, formatter)
        self._listing = False


HELP = """Make a company keep its word: one log of what happened and what was promised.

Start with: klantbus demo

Each noun has verbs, each verb a --help with an example, and --json where there is something to read.
Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 a dependency is missing or away, 5 differences.
"""

app = typer.Typer(cls=Nouns, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback(help=HELP)
def root() -> None:
    """Say nothing of its own: the nouns do the work."""


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
