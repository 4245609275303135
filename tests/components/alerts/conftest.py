"""A small company, a clock set by hand, and two ways to tell a story: to the rules alone, and to it all."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from components.alerts.receivers import Behaviour, Receiver, mail_receiver, web_receiver

from alerts.channels.http import Post
from alerts.channels.local import FileOutbox
from alerts.channels.mail import Mail, Security
from alerts.channels.port import Channel
from alerts.channels.webhook import Webhook
from alerts.company import Company, Unit
from alerts.company import Receiver as Addressee
from alerts.deliveries import Deliveries
from alerts.delivery import Delivery
from alerts.holding import SILENT, Standing
from alerts.hours import Hours
from alerts.intake import take_in
from alerts.learn import Gathering
from alerts.ledger import MEMORY, Ledger
from alerts.letter import Letter
from alerts.loop import Alerter, Setting
from alerts.model import Address, Alert, Answer, Care, Fingerprint, Said
from alerts.plan import plan
from alerts.policy import Policy
from alerts.reading import read
from alerts.words import EdgeWord, Level, Status
from klantbus.bus.codec import encode
from klantbus.bus.departments import Language
from klantbus.bus.intake import Arrival, Facts
from klantbus.bus.ports import Lane, Place, Record
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import Fact

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]}}
TOPIC = "klantbus.alerts"


class Told(NamedTuple):
    """One message: when it was decided, its logical instant, its rung, who got it, about what."""

    decided: str
    at: str
    level: str
    receiver: str
    keys: tuple[str, ...]
    held: int


def at(text: str) -> datetime:
    """Read "9 Mar 10:00" (of 2026, in Amsterdam)."""
    return datetime.strptime(f"{text} 2026", "%d %b %H:%M %Y").replace(tzinfo=AMSTERDAM)


def shown(moment: datetime) -> str:
    """Write a moment as `at` reads it."""
    here = moment.astimezone(AMSTERDAM)
    return f"{here.day} {here:%b %H:%M}"


def office(name: str, hours: Hours, language: Language = Language.ENGLISH) -> Addressee:
    return Addressee(name, (Address("file", name),), hours, language)


def unit(name: str, title: str, hours: Hours) -> Unit:
    return Unit(
        name=name,
        desk=office(name, hours),
        head=office(f"{name}.head", hours),
        on_call=office(f"{name}.on_call", Hours()),
        titles={Language.ENGLISH: title, Language.DUTCH: title},
    )


@pytest.fixture(scope="session")
def hours() -> Hours:
    return Hours(Calendar.from_settings(OFFICE))


@pytest.fixture(scope="session")
def company(hours: Hours) -> Company:
    names = ("sales", "logistics", "finance", "service", "workshop")
    return Company(
        units={name: unit(name, name.title(), hours) for name in names},
        management=office("management", hours),
        operations=office("operations", hours),
        people={name: office(name, hours) for name in ("E1", "E2")},
    )


@dataclass
class Clock:
    """Time stands still until it is set."""

    now: datetime = field(default_factory=lambda: at("2 Mar 08:00"))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Tale:
    """The facts of a story, each at its logical moment and known at another when it is late."""

    facts: list[tuple[datetime, Fact]] = field(default_factory=list)

    def raised(
        self, when: str, kind: str, key: str, *, known: str = "", severity: str = "high", **more: object
    ) -> str:
        performer = {} if kind.startswith("info.") else {"performer": "logistics"}
        named = {"promise_id": key} if kind.startswith("promise.") else {}
        alert = f"A-{kind}-{key}-{when}".replace(" ", "_")
        data = {
            "alert_id": alert,
            "kind": kind,
            "key": key,
            "severity": severity,
            "at": at(when),
            "made_by": "sales",
            "promise_kind": "delivery",
            "as_said": "Friday at the latest",
            **performer,
            **named,
            **more,
        }
        self._say(
            "alert.raised", when, known or when, data, subject=key if kind.startswith("info.") else "C1"
        )
        return alert

    def resolved(self, when: str, kind: str, key: str, *, known: str = "", **more: object) -> None:
        data = {"alert_id": f"A-{kind}-{key}", "kind": kind, "key": key, "at": at(when), **more}
        self._say(
            "alert.resolved", when, known or when, data, subject=key if kind.startswith("info.") else "C1"
        )

    def acked(self, when: str, alert: str, by: str) -> None:
        self._say("alert.acknowledged", when, when, {"alert_id": alert, "owner": by}, actor=by)

    def assigned(self, when: str, alert: str, to: str, by: str) -> None:
        self._say("alert.assigned", when, when, {"alert_id": alert, "owner": to}, actor=by)

    def snoozed(self, when: str, alert: str, until: str, by: str) -> None:
        data = {"alert_id": alert, "owner": by, "until": at(until), "note": "waiting for the carrier"}
        self._say("alert.snoozed", when, when, data, actor=by)

    def registered(self, when: str, customer: str, owner: str) -> None:
        data = {"name": "Jansen BV", "account_owner": owner}
        self._say("customer.registered", when, when, data, subject=customer)

    def _say(
        self, kind: str, when: str, known: str, data: dict[str, object], subject: str = "C1", actor: str = ""
    ) -> None:
        fact = Fact.model_validate(
            {
                "id": f"f{len(self.facts):06d}",
                "source": "/bus/judge",
                "type": kind,
                "subject": subject,
                "time": at(when),
                "recordedtime": at(when),
                "actor": actor or None,
                "data": data,
            }
        )
        self.facts.append((at(known), fact))


class DictShelf:
    """A shelf without a file, for the rules alone."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.answered: list[Answer] = []
        self.carers: dict[str, str] = {}
        self.alerts: dict[str, Alert] = {}
        self.looks: dict[str, datetime | None] = {}
        self.groups: dict[tuple[str, str, str], Gathering] = {}

    def born(self) -> datetime:
        return datetime.min.replace(tzinfo=AMSTERDAM)

    def horizon(self) -> datetime:
        return datetime.min.replace(tzinfo=AMSTERDAM)

    def know(self, said: Said) -> bool:
        if isinstance(said, Care):
            self.carers[said.customer] = said.owner
            return True
        fresh = said.id not in self.known
        self.known.add(said.id)
        if fresh and isinstance(said, Answer):
            self.answered.append(said)
        return fresh

    def answers(self, alert: str) -> Sequence[Answer]:
        return sorted((one for one in self.answered if one.alert == alert), key=lambda one: one.at)

    def looked_after_by(self, customer: str) -> str:
        return self.carers.get(customer, "")

    def alert(self, name: str) -> Alert | None:
        return self.alerts.get(name)

    def latest(self, fingerprint: Fingerprint) -> Alert | None:
        found = [alert for alert in self.alerts.values() if alert.fingerprint == fingerprint]
        return found[-1] if found else None

    def held_by(self, cause: str) -> Sequence[Alert]:
        return [one for one in self.alerts.values() if one.held_by == cause and one.status is Status.HELD]

    def gathering(self, department: str, kind: str, phase: EdgeWord) -> Gathering | None:
        return self.groups.get((department, kind, phase))

    def open_group(self, group: Gathering) -> None:
        name = (group.department, group.kind, group.phase)
        self.groups[name] = max(group, self.groups.get(name, group), key=lambda one: one.opened)

    def put(self, alert: Alert, look: datetime | None) -> None:
        self.alerts[alert.id] = alert
        self.looks[alert.id] = look


class RulesStory(Tale):
    """A story told to the planner alone."""

    def __init__(self, company: Company, policy: Policy) -> None:
        super().__init__()
        self.company = company
        self.policy = policy
        self.shelf = DictShelf()
        self.steps: list[tuple[str, int, str, str]] = []

    async def told(self, until: str, wakes: Sequence[datetime] = ()) -> list[Told]:
        left = sorted(self.facts, key=lambda one: one[0])
        told: list[Told] = []
        now = left[0][0]
        while now <= at(until):
            ripe = [fact for known, fact in left if known <= now]
            left = [one for one in left if one[0] > now]
            take_in([one for one in map(read, ripe) if one], self.shelf, self.policy)
            told += self._decide(now)
            moments = [*wakes, *(known for known, _ in left), *filter(None, self.shelf.looks.values())]
            now = min((moment for moment in moments if moment > now), default=at(until) + timedelta(days=1))
        return told

    def _decide(self, now: datetime) -> list[Told]:
        due = [self.shelf.alerts[name] for name, look in self.shelf.looks.items() if look and look <= now]
        stands = self.shelf.alerts.values()
        silent = {one.id for one in stands if one.kind == SILENT}
        promises = [one for one in stands if one.status is Status.HELD and one.about.promise]
        held = Counter(one.held_by for one in promises if one.held_by in silent)
        made = plan(due, Standing.of(stands, held), self.company, self.policy, now)
        for alert in made.alerts:
            self.shelf.put(alert, made.looks[alert.id])
        self.steps += [
            (name, self.shelf.alerts[name].turn, send.level, send.receiver)
            for send in made.sends
            for name in send.alerts
        ]
        return [
            Told(
                shown(now),
                shown(send.at),
                send.level,
                send.receiver,
                _keys([self.shelf.alerts[name] for name in send.alerts]),
                send.held,
            )
            for send in made.sends
        ]


class ListSource:
    """A log that is a list: what is known by the clock's time can be read."""

    def __init__(self, clock: Clock) -> None:
        self.facts: list[tuple[datetime, Fact]] = []
        self.read = 0
        self._clock = clock

    async def batch(self, *, limit: int, wait: float) -> Facts:  # noqa: ARG002  a list never lets wait
        await asyncio.sleep(0)
        ripe = [fact for known, fact in self.facts[self.read :] if known <= self._clock.now][:limit]
        arrivals = [
            Arrival(fact, Place(TOPIC, 0, self.read + place), self._clock.now)
            for place, fact in enumerate(ripe)
        ]
        self.read += len(ripe)
        return Facts(arrivals, {Lane(TOPIC, 0): self.read})


class WholeStory(Tale):
    """A story told to the whole alerter: ledger, loop, letters, file outbox."""

    def __init__(
        self, company: Company, policy: Policy, folder: str, more: Mapping[str, Callable[[Clock], Channel]]
    ) -> None:
        super().__init__()
        self.clock = Clock()
        self.ledger = Ledger.open(MEMORY)
        self.source = ListSource(self.clock)
        self.folder = folder
        setting = Setting(company, policy, "http://127.0.0.1:8080", self.clock)
        channels = {"file": _Under(folder), **{name: make(self.clock) for name, make in more.items()}}
        self._wiring = (channels, setting)
        self.alerter = Alerter(self.ledger, self.source, channels, setting)

    def restart(self) -> None:
        """Begin anew with what the ledger has, as after a kill."""
        self.source.read = sum(self.ledger.positions().values())
        self.alerter = Alerter(self.ledger, self.source, *self._wiring)

    async def told(self, until: str, *, restarting: bool = False) -> list[Told]:
        self.source.facts = sorted(self.facts, key=lambda one: one[0])
        moment = max(self.clock.now, self.source.facts[0][0])
        while moment <= at(until):
            self.clock.now = moment
            await self.go_round()
            if restarting:
                self.restart()
            moment = self._next(at(until) + timedelta(days=1))
        self.clock.now = at(until)
        return [self._as_told(row) for row in Deliveries(self.ledger.connection).every()]

    async def go_round(self) -> None:
        """Read, decide and hand over what there is at this moment."""
        await self.alerter.read_more(0.0)
        self.alerter.go_round()
        await self.alerter.hand_over()

    def _next(self, never: datetime) -> datetime:
        instant = self.alerter.next_instant()
        moments = [known for known, _ in self.source.facts[self.source.read :]] + (
            [instant] if instant else []
        )
        return min((moment for moment in moments if moment > self.clock.now), default=never)

    def _as_told(self, row: Delivery) -> Told:
        about = [self.ledger.alert(name) for name in ids_of(self.ledger, row.id)]
        return Told(
            shown(row.decided), shown(row.at), row.level, row.receiver, _keys(about), _held(row.letter)
        )


def _keys(alerts: Sequence[Alert]) -> tuple[str, ...]:
    return tuple(alert.key for alert in sorted(alerts, key=lambda alert: (alert.raised, alert.id)))


def ids_of(ledger: Ledger, delivery: str) -> list[str]:
    """Return the alerts that a delivery tells of."""
    rows = ledger.connection.execute("SELECT alert FROM told WHERE delivery = ?", (delivery,))
    return [alert for (alert,) in rows]


def _held(letter: str) -> int:
    said = re.search(r"(\d+) promises? cannot be judged", letter)
    return int(said[1]) if said else 0


class _Under:
    """The file outbox, with a folder of its own for every receiver."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._outbox = FileOutbox()

    async def send(self, letter: Letter, to: str) -> str:
        return await self._outbox.send(letter, f"{self._folder}/{to}")


class Tales:
    """Makes stories. Not a dataclass: Hypothesis shows its arguments, and a whole company is long."""

    def __init__(self, company: Company, folder: str) -> None:
        self.company = company
        self.folder = folder

    def rules(self) -> RulesStory:
        return RulesStory(self.company, Policy())

    def whole(self) -> WholeStory:
        return WholeStory(self.company, Policy(), self.folder, {})


@pytest.fixture
def policy() -> Policy:
    return Policy()


@pytest.fixture(scope="session")
def tales(company: Company, tmp_path_factory) -> Tales:
    """Make stories in a property test, as many as it likes."""
    return Tales(company, str(tmp_path_factory.mktemp("tales")))


class WiredStory(WholeStory):
    """A story told to the whole alerter, with a web and a mail server that take it, in all weathers."""

    def __init__(self, company: Company, policy: Policy, web: Receiver, mail: Receiver) -> None:
        self._receivers = (web, mail)
        channels = {
            "webhook": lambda clock: Webhook(Post(clock, frozenset({"127.0.0.1"}), 1.0), clock, b"secret"),
            "mail": lambda clock: _mail(mail.port, clock),
        }
        super().__init__(wired(company, web.port), policy, "", channels)

    async def told(self, until: str) -> list[Told]:
        told = await super().told(until)
        heard = {
            one.key for receiver in self._receivers for one in receiver.taken if one.done in {"ok", "drop"}
        }
        decided = {one.id: one.state for one in Deliveries(self.ledger.connection).every()}
        assert heard == decided.keys()
        assert set(decided.values()) <= {"sent"}
        return told


def _mail(port: int, clock: Clock) -> Mail:
    return Mail("127.0.0.1", port, "bus@company.example", clock, Security.NONE, patience=1.0)


def wired(company: Company, port: int) -> Company:
    """Return the company with mail for desks and webhooks for heads and persons."""

    def at_home(receiver: Addressee) -> Addressee:
        web = Address("webhook", f"http://127.0.0.1:{port}/{receiver.name}")
        mail = Address("mail", f"{receiver.name}@company.example")
        return replace(receiver, addresses=(mail if receiver.name in company.units else web,))

    units = {
        name: replace(
            unit,
            desk=at_home(unit.desk),
            head=at_home(unit.head),
            on_call=unit.on_call and at_home(unit.on_call),
        )
        for name, unit in company.units.items()
    }
    return Company(
        units,
        at_home(company.management),
        company.operations and at_home(company.operations),
        {name: at_home(person) for name, person in company.people.items()},
    )


WEATHER = ("ok", "500", "ok", "drop", "429", "ok", "ok", "hang")


@pytest.fixture(params=["rules", "whole", "wired"])
def story(request: pytest.FixtureRequest, company: Company, policy: Policy, tmp_path) -> Iterator[Tale]:
    """A story, told to the rules alone, to the whole alerter, and with real receivers: all must agree."""
    if request.param == "rules":
        yield RulesStory(company, policy)
    elif request.param == "whole":
        yield WholeStory(company, policy, str(tmp_path), {})
    else:
        with (
            web_receiver(Behaviour(WEATHER, endless=True)) as web,
            mail_receiver(Behaviour(WEATHER, endless=True)) as mail,
        ):
            yield WiredStory(company, policy, web, mail)


@pytest.fixture
def whole_story(policy: Policy, tmp_path) -> Callable[..., WholeStory]:
    """Make a story of the whole alerter, with a company and channels of its own."""

    def make(company: Company, **more: Callable[[Clock], Channel]) -> WholeStory:
        return WholeStory(company, policy, str(tmp_path), more)

    return make


@pytest.fixture
def messages() -> Callable[[Sequence[Told]], list[tuple[str, str, str]]]:
    """Show (instant, rung, receiver) of each message, without the daily digest."""

    def show(told: Sequence[Told]) -> list[tuple[str, str, str]]:
        kept = [one for one in told if one.level != Level.DIGEST]
        return [(one.at, one.level, one.receiver) for one in kept]

    return show


@pytest.fixture
def record() -> Callable[[Fact], Record]:
    """Make a record of a fact."""

    def make(fact: Fact) -> Record:
        value, headers = encode(fact)
        return Record(TOPIC, fact.subject.encode(), value, headers)

    return make
