"""`klantbus explain`: tell a promise's story line by line, from a scenario file.

Example: klantbus explain scenarios.json --promise p1 --scenario S10
"""

from pathlib import Path
from typing import Annotated

import typer

from apps.cli.paper import AsJson, put_json
from apps.scenarios import Scenario, instant, read_scenarios, run
from apps.story import Line, as_plain, names, story
from klantbus.bus.errors import FactRefused
from klantbus.domain.micros import moment

app = typer.Typer(help="Tell a promise's story line by line.")


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A scenario, or a list of them, as RULES 11 writes them.")],
    promise: Annotated[str, typer.Option(help="Number of the promise.")],
    at: Annotated[str | None, typer.Option(help="As known and judged at this ISO time.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Which scenario, where the file has several.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what was said about a promise, what the judge made of it, and by which facts and rules.

    Example: klantbus explain scenarios.json --promise p1 --scenario S10 --at 2026-03-09T12:00
    """
    chosen = _choose(read_scenarios(file), promise, scenario)
    outcome = run(chosen, None if at is None else _instant(at, chosen))
    lines = story(outcome, promise)
    state = outcome.book.state(promise)
    if as_json:
        put_json(
            {
                "id": chosen.id,
                "promise_id": promise,
                "state": state,
                "story": [as_plain(line) for line in lines],
            }
        )
        return
    typer.echo(f"{chosen.id}  {promise} is {state}")
    for line in lines:
        typer.echo(_words(line, chosen))


def _words(line: Line, scenario: Scenario) -> str:
    local = moment(line.at).astimezone(scenario.calendar.zone)
    mark = {"fact": " ", "verdict": "=", "alert": "!"}[line.what]
    return f"  {local:%a %-d %b %H:%M}  {mark} {line.text}"


def _instant(word: str, scenario: Scenario) -> int:
    try:
        return instant(word, scenario.calendar.zone)
    except ValueError as error:
        raise FactRefused("an ISO time is asked for, such as 2026-03-09T12:00", field="--at") from error


def _choose(found: list[Scenario], promise: str, scenario: str | None) -> Scenario:
    """Return the scenario asked for, else the first that has the promise."""
    for one in found:
        if one.id == scenario or (scenario is None and any(names(told, promise) for told in one.arrivals)):
            return one
    raise FactRefused(f"no scenario with {scenario or promise} in this file", field="--promise")
