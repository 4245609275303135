"""`klantbus alert`: run the alerter, look at what it told whom, and answer."""

import asyncio
import logging
import re
import signal
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.deliveries import Deliveries
from alerts.delivery import Delivery
from alerts.errors import AddressRefused, AnswerRefused
from alerts.heartbeat import last_beat
from alerts.ledger import Ledger
from alerts.model import Address, Alert
from alerts.plan import next_steps
from alerts.words import Status
from apps.alerting import AlertSettings, heart_path, ledger_path, setting_of, tell
from apps.answering import Answers, answer, find
from apps.cli.paper import ZONE, AsJson, DataFolder, LogUrl, put_json, put_rows, talk
from apps.settings import Settings, read_settings
from apps.trying import try_out
from klantbus.bus.clock import now
from klantbus.domain.events import AlertAcknowledged, AlertAssigned, AlertSnoozed

app = typer.Typer(
    no_args_is_help=True,
    help="Telling people: run it, look at it, answer it.\n\nExample: klantbus alert list",
)

_SPAN = re.compile(r"^\+(\d{1,4})([mhd])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

LedgerFile = Annotated[
    Path | None, typer.Option("--ledger", help="The alert ledger; default: in the data folder.")
]
HeartFile = Annotated[
    Path | None,
    typer.Option("--heartbeat", help="File that the alerter beats in; .prom for Prometheus' text format."),
]
Names = Annotated[list[str], typer.Argument(help="Numbers of alerts.")]
By = Annotated[str, typer.Option("--by", help="Who answers: a pseudonymous number, never a name.")]
ForDepartment = Annotated[
    str | None, typer.Option("--department", help="Who states it; default: the department it was told.")
]


@app.command("run")
def run_command(
    log: LogUrl = None, data: DataFolder = None, ledger: LedgerFile = None, heartbeat: HeartFile = None
) -> None:
    """Tell people, until it is stopped.

    Example: klantbus alert run --log journal:///srv/klantbus/journal.sqlite
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and some are secret
    settings = read_settings(log=log, data=data)
    asyncio.run(_run(settings, ledger or ledger_path(settings), heartbeat or heart_path(settings)))


@app.command("list")
def list_command(
    every: Annotated[bool, typer.Option("--all", help="Also what is resolved.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 100,
    data: DataFolder = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """List what stands open, newest first.

    Example: klantbus alert list --all -n 20
    """
    book = _book(read_settings(data=data), ledger)
    found = book.every_alert(limit) if every else [*reversed(book.open_alerts())][:limit]
    failed = Deliveries(book.connection).failed_alerts()
    rows = [{**_row(alert), "notification_failed": alert.id in failed} for alert in found]
    put_json(rows) if as_json else put_rows(rows, empty="nothing stands open")


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="Number of the alert.")],
    data: DataFolder = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one alert: what was sent to whom with what answer, what people said, what comes next.

    Example: klantbus alert show A17
    """
    settings = read_settings(data=data)
    book = _book(settings, ledger)
    alert = find(book, name)
    sent = [_sent_row(one) for one in Deliveries(book.connection).of_alert(name)]
    said = [
        {"at": one.at, "said": one.word, "by": one.by, "owner": one.owner, "until": one.until}
        for one in book.answers(name)
    ]
    setting = setting_of(settings, AlertSettings(), None)
    steps = [] if alert.status is Status.RESOLVED else next_steps(alert, setting.company, setting.policy)
    coming = [{"at": step.due, "step": step.level, "to": step.receiver} for step in steps]
    if as_json:
        put_json({**_row(alert), "why": alert.about.why, "sent": sent, "answers": said, "next": coming})
        return
    put_rows([_row(alert)])
    put_rows(sent, title="\nSent", empty="nothing was sent")
    put_rows(said, title="\nAnswers", empty="nobody answered")
    put_rows(coming, title="\nNext", empty="nothing more is planned")


@app.command("ack")
def ack_command(
    names: Names,
    by: By,
    note: Annotated[str, typer.Option(help="What you are going to do.")] = "",
    department: ForDepartment = None,
    log: LogUrl = None,
    data: DataFolder = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Take alerts on: the ladder stops, and you are reminded after four business hours.

    Example: klantbus alert ack A17 A18 --by E100 --note 'carrier called'
    """
    said = [AlertAcknowledged(alert_id=name, owner=by, note=note) for name in names]
    _say(read_settings(log=log, data=data), ledger, Answers(said, by, department), as_json=as_json)


@app.command("assign")
def assign_command(
    names: Names,
    to: Annotated[str, typer.Option("--to", help="Who has it from now on: a pseudonymous number.")],
    by: By,
    note: Annotated[str, typer.Option(help="What should be done.")] = "",
    department: ForDepartment = None,
    log: LogUrl = None,
    data: DataFolder = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Give alerts to somebody, who is told.

    Example: klantbus alert assign A17 --to E200 --by E100
    """
    said = [AlertAssigned(alert_id=name, owner=to, note=note) for name in names]
    _say(read_settings(log=log, data=data), ledger, Answers(said, by, department), as_json=as_json)


@app.command("snooze")
def snooze_command(
    names: Names,
    until: Annotated[str, typer.Option("--until", help="A moment (2026-03-10T09:00) or a span (+2h).")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    by: By,
    department: ForDepartment = None,
    log: LogUrl = None,
    data: DataFolder = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Put alerts off until a moment, with a reason; never beyond the deadline.

    Example: klantbus alert snooze A17 --until +2h --reason 'carrier calls back' --by E100
    """
    moment = _until(until)
    said = [AlertSnoozed(alert_id=name, owner=by, until=moment, note=reason) for name in names]
    _say(read_settings(log=log, data=data), ledger, Answers(said, by, department), as_json=as_json)


@app.command("test")
def try_command(
    to: Annotated[str, typer.Argument(help="A receiver (logistics.head) or an address (mail:a@b.example).")],
    as_json: AsJson = False,
) -> None:
    """Send a test message to a receiver of departments.toml, or to an address.

    Example: klantbus alert test logistics.head
    """
    settings = read_settings()
    rows = asyncio.run(try_out(settings, to))
    put_json(rows) if as_json else put_rows(rows)


@app.command("status")
def status_command(data: DataFolder = None, heartbeat: HeartFile = None, as_json: AsJson = False) -> None:
    """Say whether the alerter lives; exit 1 when it was silent for a minute. For something else to watch.

    Example: klantbus alert status || echo 'nobody is told anything'
    """
    beat = last_beat(heartbeat or heart_path(read_settings(data=data)))
    silent = beat is None or beat.is_silent(now())
    row = {
        "alive": not silent,
        "last": beat.at if beat else None,
        "open": beat.open if beat else None,
        "held": beat.held if beat else None,
        "undelivered": beat.undelivered if beat else None,
        "gone": beat.gone if beat else None,
    }
    put_json(row) if as_json else put_rows([row])
    raise typer.Exit(1 if silent else 0)


@app.command("gone")
def gone_command(
    again: Annotated[str | None, typer.Option("--again", help="An address to call again.")] = None,
    data: DataFolder = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """List the addresses that asked never to be called again (HTTP 410), or call one again.

    Example: klantbus alert gone --again webhook:https://hooks.example/orders
    """
    path = ledger or ledger_path(read_settings(data=data))
    deliveries = Deliveries((Ledger.open(path) if again else Ledger.read(path)).connection)
    if again and not deliveries.call_again(Address.parse(again)):
        raise AddressRefused(f"{again} is not gone; list what is: klantbus alert gone")
    rows = [{"address": str(address), "since": since} for address, since in deliveries.gone().items()]
    put_json(rows) if as_json else put_rows(rows, empty="every address is called")


async def _run(settings: Settings, ledger: Path, heart: Path) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    talk.print(f"telling people; the ledger is {ledger}, the heart beats in {heart}")
    await tell(settings, ledger, heart, stop)


def _book(settings: Settings, ledger: Path | None) -> Ledger:
    return Ledger.read(ledger or ledger_path(settings))


def _row(alert: Alert) -> Mapping[str, object]:
    return {
        "alert": alert.id,
        "kind": alert.kind,
        "key": alert.key,
        "severity": alert.severity,
        "status": alert.status,
        "raised": alert.raised,
        "department": alert.about.department,
        "owner": alert.owner or None,
        "until": alert.until,
        "held_by": alert.held_by or None,
        "resolved": alert.resolved,
    }


def _sent_row(one: Delivery) -> Mapping[str, object]:
    return {
        "step": one.level,
        "to": one.receiver,
        "over": one.address.channel,
        "at": one.at,
        "decided": one.decided,
        "state": "notification_failed" if one.failed else one.state,
        "attempts": one.attempts,
        "answer": one.answer,
        "handed": one.handed,
        "key": one.id,
    }


def _say(settings: Settings, ledger: Path | None, answers: Answers, *, as_json: bool) -> None:
    rows = asyncio.run(answer(settings, _book(settings, ledger), answers))
    put_json(rows) if as_json else put_rows(rows)


def _until(text: str) -> datetime:
    span = _SPAN.match(text)
    if span:
        return now() + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise AnswerRefused(f"{text!r} is no moment; write 2026-03-10T09:00 or +2h") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
