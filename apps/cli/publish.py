"""`klantbus publish`: a department states a fact from the command line."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from apps.cli.paper import AsJson, DataFolder, LogUrl, ask_for, put_json
from apps.logs import opened
from apps.settings import Settings, read_settings
from apps.stating import payload_of, read_fields, read_moment
from klantbus.bus import clock
from klantbus.bus.departments import load_departments
from klantbus.bus.desk import Desk, new_id
from klantbus.bus.errors import FactRefused
from klantbus.bus.ports import Place, Publisher
from klantbus.domain.events import CalendarPublished, Fact
from klantbus.domain.events.base import Payload

_SYSTEM = "cli"
_SHORT = {"what": "as_said", "when": "due", "who": "performer", "by": "made_by"}
_FREE = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(help="State a fact.")


@app.command(context_settings=_FREE)
def publish(
    fields: typer.Context,
    event: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="An event type, or promise for the short form.")
    ] = None,
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="The customer's number.")] = None,
    department: Annotated[
        str | None, typer.Option(envvar="KLANTBUS_DEPARTMENT", help="Who states it.", show_default=False)
    ] = None,
    at: Annotated[str | None, typer.Option(help="When it happened; now when not said.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Facts as JSON lines: type, customer, data."),
    ] = None,
    log: LogUrl = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """State a fact; any field of its type is an option: --name value, --part.name value, --list '[...]'.

    Example: klantbus publish promise -c K1001 --what "We call you back" --when +1m --who sales

    Example: klantbus publish payment.received -c K1001 --department finance --amount 250.00

    Example: klantbus publish --file facts.jsonl --department sales
    """
    settings = read_settings(log=log, data=data)
    now = clock.now()
    if file is not None:
        said = [_line(line, number) for number, line in enumerate(file.read_bytes().splitlines(), start=1)]
    else:
        said = [_said(event, customer, at, read_fields(fields.args))]
    desks = _Desks(settings, department)
    facts = [desks.state(one, now) for one in said]
    places = asyncio.run(_publish(settings, desks, facts))
    _tell(facts, places, as_json=as_json)


class _Desks:
    """A desk per department, as facts ask for them."""

    def __init__(self, settings: Settings, department: str | None) -> None:
        self._list = load_departments(settings.departments)
        self._department = department

    def state(self, said: dict[str, Any], now: datetime) -> Fact:
        """Return the fact that is said."""
        payload = _payload(said, now)
        department = said.get("department") or self._department or getattr(payload, "made_by", None)
        if department is None:
            ask_for("say which department states it: --department sales")
        if department not in self._list.departments:
            known = ", ".join(self._list.names())
            raise FactRefused(
                f"there is no department {department}; there are: {known}", field="--department"
            )
        subject = said.get("customer") or _own_subject(payload, department)
        if subject is None:
            ask_for("say about which customer it is: --customer K1001")
        desk = self._of(department, None)
        fact = desk.state(payload, subject=subject, time=read_moment(said.get("time"), now))
        desk.record(fact)
        return fact

    def publishing(self, department: str, publisher: Publisher) -> Desk:
        """Return the desk of a department on a log."""
        return self._of(department, publisher)

    def _of(self, department: str, publisher: Publisher | None) -> Desk:
        return Desk(
            department=department, system=_SYSTEM, publisher=publisher, departments=self._list, now=clock.now
        )


def _payload(said: dict[str, Any], now: datetime) -> Payload:
    """Return the payload that is said; what is wrong is told by the name it was given."""
    try:
        return payload_of(said["type"], said["data"], now)
    except FactRefused as error:
        given = said.get("given", {}).get(error.field.removeprefix("--"))
        raise FactRefused(error.reason, field=f"--{given}" if given else error.field) from error


def _own_subject(payload: Payload, department: str) -> str | None:
    """Return what a fact is about that is about no customer."""
    if isinstance(payload, CalendarPublished):
        return payload.calendar_id
    return department if payload.about == "department" else None


async def _publish(settings: Settings, desks: _Desks, facts: Sequence[Fact]) -> list[Place]:
    async with opened(settings) as log:
        publisher = await log.publisher()
        places: list[Place] = []
        for department, run in groupby(facts, key=lambda fact: fact.department):
            places += await desks.publishing(department, publisher).publish_many(list(run))
        return places


def _said(event: str | None, customer: str | None, at: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    if event is None:
        ask_for("say what to state: an event type, promise, or --file facts.jsonl")
    if event == "promise":
        given = {ours: said for said, ours in _SHORT.items() if said in fields}
        short = _short_promise(fields)
        return {"type": "promise.made", "customer": customer, "time": at, "data": short, "given": given}
    return {"type": event, "customer": customer, "time": at, "data": fields}


def _short_promise(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a promise from its three fields: what, when, who."""
    missing = [f"--{name}" for name in ("what", "when", "who") if name not in fields]
    if missing:
        ask_for(f"a promise needs {', '.join(missing)}")
    said = {_SHORT.get(name, name): value for name, value in fields.items()}
    said.setdefault("made_by", said["performer"])
    said.setdefault("promise_id", f"P-{new_id(clock.now())[-12:]}")
    return said


def _line(line: bytes, number: int) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
        return {"data": {}, **said, "type": said["type"]}
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise FactRefused(
            'is not {"type": ..., "customer": ..., "data": {...}}', field=f"line {number}"
        ) from error


def _tell(facts: Sequence[Fact], places: Sequence[Place], *, as_json: bool) -> None:
    rows = [
        {
            "id": fact.id,
            "type": fact.type,
            "customer": fact.subject,
            "promise_id": getattr(fact.data, "promise_id", None),
            "place": "/".join(map(str, place)),
        }
        for fact, place in zip(facts, places, strict=True)
    ]
    if as_json:
        put_json(rows)
        return
    for row in rows:
        promise = f" promise {row['promise_id']}" if row["promise_id"] else ""
        sys.stdout.write(f"{row['type']} about {row['customer']}:{promise} stated as {row['id']}\n")
