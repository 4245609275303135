"""`klantbus day`: what a department has to look at when its day starts."""

from typing import Annotated

import typer

from apps.cli.paper import AsJson, DataFolder, guard_department, put_json, put_rows, shown, talk
from apps.editions import answer
from apps.settings import read_settings

app = typer.Typer(help="The day-start list of a department.")


@app.command()
def day(
    department: Annotated[str, typer.Argument(help="The department, such as logistics.")],
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show what a department has to look at, most pressing first.

    Example: klantbus day logistics
    """
    settings = read_settings(data=data)
    guard_department(settings, department)
    rows = answer(settings, "day", department)
    put_json(rows) if as_json else put_rows(rows, empty=f"nothing presses at {department}")
    (moment,) = answer(settings, "as_of")
    talk.print(f"as of {shown(moment['as_of'])}")
