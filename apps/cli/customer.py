"""`klantbus customer`: the briefing, for who picks up the phone."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from apps.briefing import Briefing, briefing_of
from apps.cli.paper import AsJson, DataFolder, put_json, put_rows, shown, talk
from apps.editions import answer, answer_personal
from apps.settings import Settings, read_settings
from klantbus.domain.phones import e164

app = typer.Typer(
    no_args_is_help=True,
    help="Customers: what anyone must know before a contact.\n\nExample: klantbus customer show K1",
)
_COLOURS = {"green": "green", "amber": "yellow", "red": "red"}


@app.callback()
def customers() -> None:
    """Keep `show` a verb, though it is the only one."""


@app.command("show")
def show_command(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="CUSTOMER",
            help="Number of the customer, of an order, invoice or promise, or the telephone they call from.",
        ),
    ],
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show the briefing: say first, do not say, open promises, money, contacts, chances, freshness.

    Example: klantbus customer show K1003

    Example: klantbus customer show "020 555 0123"
    """
    settings = read_settings(data=data)
    (row,) = answer(settings, "briefing", _found(settings, asked))
    freshness = answer(settings, "freshness")
    briefing = briefing_of(row)
    if as_json:
        put_json(
            {**asdict(briefing), "numbers": row["numbers"], "as_of": row["as_of"], "freshness": freshness}
        )
        return
    _put(briefing)
    put_rows(freshness, title="\nlast word of")
    talk.print(f"as of {shown(row['as_of'])}")


def _found(settings: Settings, asked: str) -> str:
    """Return the number of the customer that is meant. Telephone numbers are looked up where names are."""
    found = answer(settings, "customer_found", asked)
    found = found or answer_personal(settings, "customer_calling", _dialled(asked))
    if not found:
        talk.print(
            "klantbus: nobody told anything about a customer, order, promise or telephone like that",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    if len(found) > 1:
        several = ", ".join(str(row["customer_id"]) for row in found)
        talk.print(f"klantbus: several customers call from there: {several}; ask who it is", soft_wrap=True)
        raise typer.Exit(1)
    return str(found[0]["customer_id"])


def _dialled(asked: str) -> str:
    try:
        return e164(asked)
    except ValueError:
        return ""  # nobody's


def _put(briefing: Briefing) -> None:
    page = Console(highlight=False)
    colour = _COLOURS.get(briefing.temperature, "white")
    reasons = f": {', '.join(briefing.reasons)}" if briefing.reasons else ""
    page.print(f"[bold]{briefing.customer}[/bold]  [{colour}]{briefing.temperature}[/{colour}]{reasons}")
    _put_list(page, "say first", briefing.say_first)
    _put_list(page, "do not say", briefing.do_not_say)
    page.print(f"\nmoney: {briefing.money}")
    put_rows(
        [
            {name: promise[name] for name in ("promise_id", "state", "kind", "due", "performer", "order_ref")}
            for promise in briefing.promises
        ],
        title="\nopen promises",
        empty="no open promises",
    )
    put_rows(briefing.contacts, title="\nlast contacts", empty="no contacts yet")


def _put_list(page: Console, title: str, lines: object) -> None:
    if lines:
        page.print(f"\n{title}:")
    for line in lines if isinstance(lines, list) else []:
        page.print(f"  - {line}", markup=False)
