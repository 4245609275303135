"""`klantbus event`: look at facts in the log."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import orjson
import typer

from apps.cli.paper import ZONE, AsJson, DataFolder, LogUrl, put_json, talk
from apps.logs import opened
from apps.settings import Settings, read_settings
from klantbus.bus.errors import Unreadable
from klantbus.bus.ports import Follower, Stored
from klantbus.bus.reading import read_all
from klantbus.bus.topics import ALERTS, EVERY_DEPARTMENT, VERDICTS
from klantbus.domain.events import Fact
from klantbus.domain.micros import moment

_TOPICS = (EVERY_DEPARTMENT, VERDICTS, ALERTS)

_MATTERS = ("promise_id", "key", "kind", "state", "delivery_id", "invoice_no", "complaint_id")
"""What says most about a fact in the least room."""

app = typer.Typer(
    no_args_is_help=True, help="Facts in the log: tail them, or show one.\n\nExample: klantbus event tail"
)


@app.command("tail")
def tail(
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Show so many of the newest first.")] = 10,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as facts come in; Ctrl-C ends.")
    ] = False,
    customer: Annotated[str | None, typer.Option(help="Only facts about this customer.")] = None,
    event: Annotated[str | None, typer.Option("--type", help="Only facts of this type.")] = None,
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest facts of every topic, a line each.

    Example: klantbus event tail -n 20 --customer K1003
    """
    settings = read_settings(log=log, data=data)
    wanted = _Wanted(customer, event)
    asyncio.run(_tail(settings, wanted, last, follow=follow, as_json=as_json))


@app.command("show")
def show(
    event_id: Annotated[str, typer.Argument(help="The id of the fact.")],
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show one fact, whole; it is JSON in any case.

    Example: klantbus event show 0198f3a2-7c1e-7d2a-9a55-0c6b6a3e7f10
    """
    del as_json
    found = asyncio.run(_find(read_settings(log=log, data=data), event_id))
    if found is None:
        talk.print(f"klantbus: no fact in the log has the id {event_id}")
        raise typer.Exit(1)
    stored, fact = found
    put_json({"place": _place(stored), "published": moment(stored.appended), **fact.model_dump(mode="json")})


class _Wanted:
    """Which facts to show."""

    def __init__(self, customer: str | None, event: str | None) -> None:
        self._customer = customer
        self._event = event

    def __call__(self, fact: Fact) -> bool:
        return self._customer in {None, fact.subject} and self._event in {None, fact.type}


async def _tail(settings: Settings, wanted: _Wanted, last: int, *, follow: bool, as_json: bool) -> None:
    async with opened(settings) as log:
        follower = await log.follower(_TOPICS)
        found = [pair async for pair in _up_to_now(follower) if wanted(pair[1])]
        for stored, fact in (
            sorted(found, key=lambda pair: pair[0].appended)[len(found) - last :] if last else []
        ):
            _put(stored, fact, as_json=as_json)
        if not found and not follow:
            talk.print("nothing is stated yet, or nothing like that")
        while follow:
            for stored, fact in _facts((await follower.batch(wait=1.0)).records):
                if wanted(fact):
                    _put(stored, fact, as_json=as_json)


async def _find(settings: Settings, event_id: str) -> tuple[Stored, Fact] | None:
    async with opened(settings) as log:
        async for stored, fact in _up_to_now(await log.follower(_TOPICS)):
            if fact.id == event_id:
                return stored, fact
        return None


async def _up_to_now(follower: Follower) -> AsyncIterator[tuple[Stored, Fact]]:
    ends = await follower.ends()
    while any(follower.positions().get(lane, 0) < end for lane, end in ends.items()):
        for pair in _facts((await follower.batch(wait=1.0)).records):
            yield pair


def _facts(records: Sequence[Stored]) -> list[tuple[Stored, Fact]]:
    read = zip(records, read_all(records), strict=True)
    return [(stored, fact) for stored, fact in read if not isinstance(fact, Unreadable)]


def _put(stored: Stored, fact: Fact, *, as_json: bool) -> None:
    if as_json:
        line = {"place": _place(stored), "published": moment(stored.appended), **fact.model_dump(mode="json")}
        sys.stdout.write(orjson.dumps(line, default=str).decode() + "\n")
    else:
        published = f"{moment(stored.appended).astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
        about = f"{fact.source:<20} {fact.subject:<12} {fact.type:<24} {_matter(fact):<36}"
        sys.stdout.write(f"{published}  {about} {fact.id}\n")
    sys.stdout.flush()


def _matter(fact: Fact) -> str:
    """Return in numbers and words of the bus what a fact is about; nobody's own words."""
    said = fact.data
    told = [getattr(said, name, None) for name in _MATTERS]
    return " ".join(str(part) for part in dict.fromkeys(told) if part)


def _place(stored: Stored) -> str:
    return f"{stored.topic}/{stored.partition}/{stored.offset}"
