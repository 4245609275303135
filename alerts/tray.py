"""A batch's part of the ledger on one tray: fetched at once, changed there, put back at once.

On a morning on which everything breaks, what an edge costs is mostly what it asks of the ledger: five
statements each, against a few for a whole batch and the rows that it leaves.
"""

from collections.abc import Sequence
from datetime import datetime

from alerts.bulk import Bulk
from alerts.learn import Gathering
from alerts.ledger import Ledger
from alerts.model import Alert, Answer, Care, Edge, Fingerprint, Said
from alerts.words import EdgeWord

_Group = tuple[str, str, EdgeWord]


class Tray:
    """A `Shelf` for what one batch says. It is put back in the transaction in which it was fetched."""

    def __init__(self, ledger: Ledger, said: Sequence[Said]) -> None:
        self._ledger = ledger
        self._bulk = bulk = Bulk(ledger.connection)
        self._born, self._horizon = ledger.born(), ledger.horizon()
        self._edges: list[Edge] = []
        self._changed: dict[str, tuple[Alert, datetime | None]] = {}
        self._groups: dict[_Group, Gathering | None] = {}
        self._opened: set[_Group] = set()
        self._causes = bulk.causes()
        edges = [one for one in said if isinstance(one, Edge)]
        names = {one.alert for one in said if not isinstance(one, Care)}
        self._known = bulk.known(edges)
        self._answered = bulk.answered(names)
        self._carers = dict(bulk.carers({edge.about.customer for edge in edges}))
        last = bulk.last_of({edge.fingerprint for edge in edges})
        self._last: dict[Fingerprint, Alert | None] = dict.fromkeys(edge.fingerprint for edge in edges)
        self._last.update((alert.fingerprint, alert) for alert in last)
        self._alerts: dict[str, Alert | None] = dict.fromkeys(names)
        self._alerts.update((alert.id, alert) for alert in last)
        others = [name for name, alert in self._alerts.items() if alert is None]
        self._alerts.update((alert.id, alert) for alert in bulk.named(others))

    def put_back(self) -> None:
        """Leave in the ledger what was changed."""
        self._bulk.keep(self._edges)
        self._put_alerts_back()
        for group in self._opened:
            if opened := self._groups[group]:
                self._ledger.open_group(opened)

    def born(self) -> datetime:
        """Return since when the ledger knows."""
        return self._born

    def horizon(self) -> datetime:
        """Return before when the ledger has forgotten what is over."""
        return self._horizon

    def know(self, said: Said) -> bool:
        """Keep what was said; return False when it was known already."""
        if isinstance(said, Edge):
            return self._know_edge(said)
        if isinstance(said, Answer):
            self._answered.add(said.alert)
        else:
            self._carers[said.customer] = said.owner
        return self._ledger.know(said)

    def _know_edge(self, edge: Edge) -> bool:
        if edge.id in self._known:
            return False
        self._known.add(edge.id)
        self._edges.append(edge)
        return True

    def answers(self, alert: str) -> Sequence[Answer]:
        """Return what people answered to an alert, oldest first."""
        return self._ledger.answers(alert) if alert in self._answered else ()

    def looked_after_by(self, customer: str) -> str:
        """Return the account owner of a customer, or nothing."""
        return self._carers.get(customer, "")

    def alert(self, name: str) -> Alert | None:
        """Return an alert by its id."""
        if name not in self._alerts:
            self._alerts[name] = self._ledger.alert(name)
        return self._alerts[name]

    def latest(self, fingerprint: Fingerprint) -> Alert | None:
        """Return the last alert of a fingerprint, open or not."""
        if fingerprint not in self._last:
            self._last[fingerprint] = self._ledger.latest(fingerprint)
        return self._last[fingerprint]

    def held_by(self, cause: str) -> Sequence[Alert]:
        """Return the alerts that an alert keeps silent."""
        if cause not in self._causes:
            return ()
        self._put_alerts_back()
        return self._ledger.held_by(cause)

    def gathering(self, department: str, kind: str, phase: EdgeWord) -> Gathering | None:
        """Return the last group opened."""
        name = (department, kind, phase)
        if name not in self._groups:
            self._groups[name] = self._ledger.gathering(*name)
        return self._groups[name]

    def open_group(self, group: Gathering) -> None:
        """Keep a group as the last one opened."""
        name = (group.department, group.kind, group.phase)
        standing = self.gathering(*name)
        if standing is None or group.opened > standing.opened:
            self._groups[name] = group
            self._opened.add(name)

    def put(self, alert: Alert, look: datetime | None) -> None:
        """Keep an alert as it stands, and when to look at it next."""
        last, is_new = self.latest(alert.fingerprint), self.alert(alert.id) is None
        if is_new or last is None or last.id == alert.id:
            self._last[alert.fingerprint] = alert
        self._alerts[alert.id] = alert
        self._changed[alert.id] = alert, look

    def _put_alerts_back(self) -> None:
        self._ledger.put_all(self._changed.values())
        self._changed.clear()
