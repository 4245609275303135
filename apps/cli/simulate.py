"""`klantbus simulate`: run scenario files through the judge and compare with what they expect.

Example: klantbus simulate scenarios.json --json
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from apps.calendars import read_calendar
from apps.cli.paper import AsJson, put_json, talk
from apps.differences import differences
from apps.policies import read_policy
from apps.scenarios import Outcome, instant, iso, read_scenarios, run
from klantbus.bus.errors import FactRefused
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import PromiseState
from klantbus.domain.policy import DEFAULTS

app = typer.Typer(help="Run scenario files through the judge and compare.")

DIFFERENT = 5
"""The exit code when the judge says otherwise than a scenario expects."""


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="A scenario, or a list of them, as RULES 11 writes them.")],
    as_json: AsJson = False,
    until: Annotated[
        str | None, typer.Option(help="Look no further than this ISO time; naive is the calendar's zone.")
    ] = None,
    calendar: Annotated[
        Path | None, typer.Option(help="A calendar in TOML or JSON, in place of the scenario's own.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Thresholds in TOML, in place of the defaults (see apps.policies).")
    ] = None,
) -> None:
    """Run scenarios: print every state asked for and every alert edge; exit 5 when they differ from `expect`.

    Example: klantbus simulate scenarios.json --until 2026-03-09T12:00
    """
    chosen = read_calendar(calendar) if calendar else None
    judged_by = read_policy(policy) if policy else DEFAULTS
    outcomes = [
        run(scenario, _until(until, scenario.calendar), judged_by)
        for scenario in read_scenarios(file, chosen)
    ]
    if as_json:
        put_json([as_plain(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            typer.echo("\n".join(as_words(outcome)))
    different = [outcome for outcome in outcomes if differences(outcome)]
    for outcome in different:
        talk.print(f"{outcome.scenario.id} differs:", *differences(outcome), sep="\n  ", markup=False)
    if different:
        talk.print(f"{len(different)} of {len(outcomes)} scenarios differ from what they expect")
        raise typer.Exit(DIFFERENT)


def as_plain(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON (RULES 11). A promise that is not there has state null, as scenario S50 has.

    {id, states: [{at, promise_id, state, flags}], alerts: [{at, edge, kind, key}]}
    """
    return {
        "id": outcome.scenario.id,
        "states": [
            {
                "at": iso(answer.at),
                "promise_id": answer.promise_id,
                "state": None if answer.state == PromiseState.GONE else answer.state,
                "flags": list(answer.flags),
            }
            for answer in outcome.answers
        ],
        "alerts": [
            {"at": iso(edge.at), "edge": edge.edge, "kind": edge.kind, "key": edge.key}
            for edge in outcome.edges
        ],
    }


def as_words(outcome: Outcome) -> list[str]:
    """Return an outcome as lines to read."""
    scenario = outcome.scenario
    lines = [f"{scenario.id}  {scenario.title}"]
    lines.extend(
        f"  {iso(answer.at)}  {answer.promise_id} is {answer.state}"
        + (f" ({', '.join(answer.flags)})" if answer.flags else "")
        for answer in outcome.answers
    )
    lines.extend(f"  {iso(edge.at)}  {edge.edge} {edge.kind} {edge.key}" for edge in outcome.edges)
    return lines


def _until(word: str | None, calendar: Calendar) -> int | None:
    if word is None:
        return None
    try:
        return instant(word, calendar.zone)
    except ValueError as error:
        raise FactRefused("an ISO time is asked for, such as 2026-03-09T12:00", field="--until") from error
