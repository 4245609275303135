"""A story told to the whole alerter: ledger, loop, letters, and channels that are files or real servers."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from components.alerts.receivers import Receiver
from components.alerts.tale import Tale, Told, at, keys_of, shown

from alerts.channels.http import Post
from alerts.channels.local import FileOutbox
from alerts.channels.mail import Mail, Security
from alerts.channels.port import Channel
from alerts.channels.webhook import Webhook
from alerts.company import Company
from alerts.company import Receiver as Addressee
from alerts.deliveries import Deliveries
from alerts.delivery import Delivery
from alerts.ledger import MEMORY, Ledger
from alerts.letter import Letter
from alerts.loop import Alerter, Setting
from alerts.model import Address
from alerts.policy import Policy
from klantbus.bus.intake import Arrival, Facts
from klantbus.bus.ports import Lane, Place
from klantbus.domain.events import Fact

TOPIC = "klantbus.alerts"


@dataclass
class Clock:
    """Time stands still until it is set."""

    now: datetime = field(default_factory=lambda: at("2 Mar 08:00"))

    def __call__(self) -> datetime:
        return self.now


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
            shown(row.decided), shown(row.at), row.level, row.receiver, keys_of(about), _held(row.letter)
        )


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
