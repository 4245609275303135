"""A story told to the planner alone: no file, no loop, no letter."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from components.alerts.tale import AMSTERDAM, Tale, Told, at, keys_of, shown

from alerts.company import Company
from alerts.holding import SILENT, Standing
from alerts.intake import take_in
from alerts.learn import Gathering
from alerts.model import Alert, Answer, Care, Fingerprint, Said
from alerts.plan import plan
from alerts.policy import Policy
from alerts.reading import read
from alerts.words import EdgeWord, Status


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
                keys_of([self.shelf.alerts[name] for name in send.alerts]),
                send.held,
            )
            for send in made.sends
        ]
