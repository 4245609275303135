"""People's answers to alerts: checked against the ledger, stated by a department as facts on the bus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.errors import NoSuchAlert
from alerts.learn import check
from alerts.ledger import Ledger
from alerts.model import Alert
from alerts.reading import Answering, answer_of
from apps.logs import opened
from apps.settings import Settings
from klantbus.bus.departments import Departments, load_departments
from klantbus.bus.desk import Desk
from klantbus.bus.ports import Place, Publisher
from klantbus.domain.events import Fact


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody says to alerts. `department` states it; None: the one that each alert was told."""

    payloads: Sequence[Answering]
    by: str
    department: str | None


async def answer(settings: Settings, book: Ledger, answers: Answers) -> Sequence[Mapping[str, object]]:
    """State the answers, all checked before the first is stated; return a row for each.

    Raises `NoSuchAlert`, `AnswerRefused`, and what `Desk.publish` raises.
    """
    departments = load_departments(settings.departments)
    async with opened(settings) as log:
        publisher = await log.publisher()
        drafts = [_draft(payload, book, answers, publisher, departments) for payload in answers.payloads]
        return [_row(fact, await desk.publish(fact)) for desk, fact in drafts]


def find(book: Ledger, name: str) -> Alert:
    """Return an alert; raise `NoSuchAlert`."""
    alert = book.alert(name)
    if alert is None:
        raise NoSuchAlert(name)
    return alert


def _draft(
    payload: Answering, book: Ledger, answers: Answers, publisher: Publisher, departments: Departments
) -> tuple[Desk, Fact]:
    alert = find(book, payload.alert_id)
    desk = Desk(
        department=answers.department or alert.about.department,
        system="alerts",
        publisher=publisher,
        departments=departments,
    )
    fact = desk.state(payload, subject=alert.about.customer or alert.key, actor=answers.by)
    desk.record(fact)  # refuses here, before any answer is stated, what the department may not say
    said = answer_of(fact)
    if said:
        check(alert, said)
    return desk, fact


def _row(fact: Fact, place: Place) -> Mapping[str, object]:
    payload = fact.data
    name = payload.alert_id if isinstance(payload, Answering) else ""
    return {"alert": name, "said": fact.type, "fact": fact.id, "place": "/".join(map(str, place))}
