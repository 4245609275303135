"""`klantbus promise`: the promises as they stand in the newest edition."""

from typing import Annotated

import typer

from apps.cli.paper import AsJson, DataFolder, guard_department, put_json, put_rows, talk
from apps.editions import answer
from apps.settings import read_settings
from klantbus.domain.events import PromiseState

app = typer.Typer(
    no_args_is_help=True,
    help="Promises: list them, or show one with its story.\n\nExample: klantbus promise list --state broken",
)


@app.command("list")
def list_command(
    state: Annotated[PromiseState | None, typer.Option(help="Only in this state, such as broken.")] = None,
    department: Annotated[str | None, typer.Option(help="Only made or done by this department.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="Only of this customer.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="No more than this.")] = 50,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """List promises, the earliest due first.

    Example: klantbus promise list --state broken --department logistics
    """
    settings = read_settings(data=data)
    if department is not None:
        guard_department(settings, department)
    found = answer(settings, "promises", state and state.value, department, customer, rows)
    put_json(found) if as_json else put_rows(found, empty="no such promises")


@app.command("show")
def show_command(
    promise_id: Annotated[str, typer.Argument(help="The number of the promise.")],
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show one promise: how it stands, and what happened to it.

    Example: klantbus promise show P-K1003-1
    """
    settings = read_settings(data=data)
    found = answer(settings, "promise", promise_id)
    if not found:
        talk.print(f"klantbus: there is no promise {promise_id}; see: klantbus promise list")
        raise typer.Exit(1)
    steps = answer(settings, "promise_steps", promise_id)
    if as_json:
        put_json({**found[0], "steps": steps})
        return
    put_rows([{"what": name, "is": value} for name, value in found[0].items() if value not in (None, [])])
    put_rows(steps, title="\nwhat happened")
