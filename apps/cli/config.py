"""`klantbus config`: what is set, where it came from, and whether it adds up."""

from typing import Annotated

import typer

from apps.cli.paper import AsJson, put_json, put_rows, talk
from apps.settings import origins, read_settings

app = typer.Typer(
    no_args_is_help=True,
    help="Settings: what is set, and where it came from.\n\nExample: klantbus config show --origin",
)


@app.command("show")
def show(
    origin: Annotated[bool, typer.Option("--origin", help="Also say where each value came from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting.

    Example: klantbus config show --origin
    """
    found = [one._asdict() for one in origins(read_settings())]
    kept = found if origin else [{"name": one["name"], "value": one["value"]} for one in found]
    put_json(kept) if as_json else put_rows(kept)


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Check that the settings add up; exit 3 with a sentence when they do not.

    Example: klantbus config check
    """
    settings = read_settings()
    if as_json:
        put_json({"ok": True, "log": settings.log_url})
        return
    talk.print(f"the settings add up; the log is {settings.log_url}")
