"""What the log brings, put onto the shelf of alerts: each edge and each answer once (RULES 8, row N10)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from alerts.learn import Gathering, answered, gather, is_old_news, learn, lifted
from alerts.model import Alert, Answer, Edge, Fingerprint, Said
from alerts.policy import Policy
from alerts.words import EdgeWord, Status


class Shelf(Protocol):
    """Where alerts stand: the ledger, or a plain dict in a test of the rules."""

    def born(self) -> datetime:
        """Return since when it knows: what was over by then is nobody's news."""
        ...

    def horizon(self) -> datetime:
        """Return before when it has forgotten what is over; whatever is said of that time is old news."""
        ...

    def know(self, said: Said) -> bool:
        """Keep what was said; return False when it was known already."""
        ...

    def answers(self, alert: str) -> Sequence[Answer]:
        """Return what people answered to an alert, oldest first."""
        ...

    def looked_after_by(self, customer: str) -> str:
        """Return the account owner of a customer, or nothing."""
        ...

    def alert(self, name: str) -> Alert | None:
        """Return an alert by its id."""
        ...

    def latest(self, fingerprint: Fingerprint) -> Alert | None:
        """Return the last alert of a fingerprint, open or not."""
        ...

    def held_by(self, cause: str) -> Sequence[Alert]:
        """Return the alerts that an alert keeps silent."""
        ...

    def gathering(self, department: str, kind: str, phase: EdgeWord) -> Gathering | None:
        """Return the last group opened."""
        ...

    def open_group(self, group: Gathering) -> None:
        """Keep a group as the last one opened."""
        ...

    def put(self, alert: Alert, look: datetime | None) -> None:
        """Keep an alert as it stands, and when to look at it next."""
        ...


def take_in(said: Iterable[Said], shelf: Shelf, policy: Policy) -> int:
    """Learn what was said, in order; return how much of it was new."""
    new = 0
    for one in said:
        if isinstance(one, Edge) and one.at < shelf.horizon():
            continue
        if not shelf.know(one):
            continue
        new += 1
        if isinstance(one, Edge):
            _take_edge(one, shelf, policy)
        elif isinstance(one, Answer):
            _take_answer(one, shelf)
    return new


def _take_edge(edge: Edge, shelf: Shelf, policy: Policy) -> None:
    standing = shelf.latest(edge.fingerprint)
    if is_old_news(edge, standing, shelf.alert(edge.alert)):
        return
    if edge.word is EdgeWord.RESOLVED and standing:
        # The raising edge says whom it is about; the group of the end is the group of the beginning.
        edge = replace(edge, about=replace(edge.about, department=standing.about.department))
    elif not edge.about.account_owner and (owner := shelf.looked_after_by(edge.about.customer)):
        edge = replace(edge, about=replace(edge.about, account_owner=owner))
    base = _base(edge, edge.at, shelf, policy)
    after = learn(standing, edge, base, policy.group_wait)
    if after is None or after == standing:
        return
    if standing and standing.id != after.id and after.told:
        # It came back under a new number before anybody heard that it was over: nobody hears that now.
        shelf.put(replace(standing, told=frozenset()), None)
    for answer in shelf.answers(after.id) if standing is None or standing.id != after.id else ():
        after = answered(after, answer)  # an answer on another topic may be read before the alert
    is_news = after.status is not Status.RESOLVED or after.told or edge.at >= shelf.born()
    shelf.put(after, edge.at if is_news else None)
    if after.status is Status.RESOLVED and standing and standing.status is not Status.RESOLVED:
        _lift(after, edge, shelf, policy)


def _base(edge: Edge, at: datetime, shelf: Shelf, policy: Policy) -> datetime:
    standing = shelf.gathering(edge.about.department, edge.kind, edge.word)
    group = gather(standing, edge, at, policy.group_wait)
    if group is not standing:
        shelf.open_group(group)
    return group.opened


def _lift(cause: Alert, edge: Edge, shelf: Shelf, policy: Policy) -> None:
    """Let what `cause` kept silent be told from now on, in groups, as if it were raised now (N8)."""
    for alert in shelf.held_by(cause.id):
        start = Edge(edge.id, alert.id, EdgeWord.RAISED, alert.kind, alert.key, edge.at, alert.about)
        shelf.put(lifted(alert, _base(start, edge.at, shelf, policy)), edge.at)


def _take_answer(answer: Answer, shelf: Shelf) -> None:
    alert = shelf.alert(answer.alert)
    if alert is None:
        return  # its alert stands in another topic and is still to be read; the answer is kept
    after = answered(alert, answer)
    if after != alert:
        shelf.put(after, answer.at)
