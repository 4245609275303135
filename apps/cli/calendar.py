"""`klantbus calendar`: propose a year's closed days, and show when a calendar is open."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from apps.calendars import OFFICE_HOURS, as_settings, as_toml, propose, read_calendar
from klantbus.bus import clock
from klantbus.domain.calendar import Calendar, GoodFriday, LiberationDay
from klantbus.domain.calendar.opening import hours_words
from klantbus.domain.calendar.timeline import FIRST_YEAR, LAST_YEAR
from klantbus.domain.micros import moment

app = typer.Typer(
    no_args_is_help=True,
    help="Propose and show opening hours and closed days.\n\nExample: klantbus calendar propose --year 2027",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FromFile = Annotated[Path | None, typer.Option("--calendar", help="A calendar in TOML or JSON.")]


@app.command("propose")
def propose_days(
    year: Annotated[
        list[int], typer.Option(min=1900, max=2200, help="The year; may be given more than once.")
    ],
    good_friday: Annotated[GoodFriday, typer.Option(help="Whether Good Friday is worked.")] = GoodFriday.OPEN,
    liberation_day: Annotated[
        LiberationDay, typer.Option(help="When 5 May is a day off.")
    ] = LiberationDay.EVERY_5_YEARS,
    name: Annotated[str, typer.Option("--id", help="Name of the calendar.")] = "nl",
    as_json: AsJson = False,
) -> None:
    """Print a calendar with the Dutch holidays written out, to look through and publish.

    Example: klantbus calendar propose --year 2027
    """
    proposal = propose(year, good_friday, liberation_day)
    settings = as_settings(proposal, name, OFFICE_HOURS)
    typer.echo(
        json.dumps(settings, indent=1, ensure_ascii=False) if as_json else as_toml(settings), nl=as_json
    )
    for doubt in proposal.doubts:
        typer.echo(f"look at {doubt}", err=True)


@app.command()
def show(
    day: Annotated[
        str | None, typer.Option("--date", help="The first day, such as 2026-04-27; today if none.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 1,
    calendar: FromFile = None,
    as_json: AsJson = False,
) -> None:
    """Print when the house is open, by the local clock and in UTC.

    Example: klantbus calendar show --date 2026-12-25
    """
    chosen = read_calendar(calendar) if calendar else Calendar.from_settings({"open": OFFICE_HOURS})
    first = _read_day(day, chosen)
    rows = [_row(chosen, first + timedelta(step)) for step in range(days)]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for line in _lines(rows):
        typer.echo(line)


def _read_day(day: str | None, calendar: Calendar) -> date:
    if day is None:
        return calendar.day_of(clock.now_micros())
    try:
        asked = date.fromisoformat(day)
    except ValueError as error:
        raise typer.BadParameter(f"a date such as 2026-04-27, not {day}", param_hint="--date") from error
    if not FIRST_YEAR <= asked.year < LAST_YEAR:
        raise typer.BadParameter(f"a year from {FIRST_YEAR} and before {LAST_YEAR}", param_hint="--date")
    return asked


def _row(calendar: Calendar, day: date) -> dict[str, object]:
    opened = calendar.open_on(day)
    return {
        "calendar": calendar.id,
        "version": calendar.version,
        "date": day.isoformat(),
        "weekday": f"{day:%A}",
        "working_day": bool(opened),
        "open": hours_words(calendar.hours_on(day)),
        "open_utc": [[moment(start).isoformat(), moment(end).isoformat()] for start, end in opened],
        "open_minutes": sum(end - start for start, end in opened) // 60_000_000,
        "next_working_day": calendar.next_working_day(day).isoformat(),
    }


def _lines(rows: list[dict[str, object]]) -> Iterator[str]:
    for row in rows:
        hours = (
            ", ".join(map(str, row["open"])) if isinstance(row["open"], list) and row["open"] else "closed"
        )
        yield f"{row['date']} {row['weekday']:<9}  {hours}  (next working day {row['next_working_day']})"
