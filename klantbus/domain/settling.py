"""Saying what is new about an item and what hangs on it: verdicts and edges, and when to look again."""

from klantbus.domain.attention import item_alerts, item_look, promise_alerts
from klantbus.domain.decisions import Decision
from klantbus.domain.dossier import Dossier
from klantbus.domain.flags import flags_at
from klantbus.domain.item import Item
from klantbus.domain.promise import Promise, next_look, state_at
from klantbus.domain.saying import edges_of, verdict_on
from klantbus.domain.why import sight, why_state


def settle(dossier: Dossier, item: Item, now: int, cause: str | None, out: list[Decision]) -> None:
    """Say what is new about an item at `now`, and about those that hang on it."""
    if not isinstance(item, Promise):
        settle_alone(dossier, item, now, cause, out)
        return
    before = item.said_state
    _promise(dossier, item, now, cause, out)
    if item.pairs and (cause is not None or item.said_state is not before):
        for pair in item.pairs:
            settle_alone(dossier, pair, now, cause, out)
            _other(dossier, pair.other(item), now, cause, out)
    if item.said_state is not before:
        _dependants(dossier, item, now, cause, out)


def _other(dossier: Dossier, promise: Promise, now: int, cause: str | None, out: list[Decision]) -> None:
    """Look again at the other of a pair; what is said of it here is not news when its own turn comes."""
    before = promise.said_state
    _promise(dossier, promise, now, cause, out)
    if promise.said_state is not before:
        _dependants(dossier, promise, now, cause, out)


def _dependants(dossier: Dossier, promise: Promise, now: int, cause: str | None, out: list[Decision]) -> None:
    """Look again at what hangs on a promise's state: what it is a hand-off of, and a chase."""
    parent = dossier.promises.get(promise.parent) if promise.parent is not None else None
    if parent is not None:
        _promise(dossier, parent, now, cause, out)
    if promise.chased and dossier.chase is not None and promise in dossier.chase.about:
        settle_alone(dossier, dossier.chase, now, cause, out)


def settle_alone(dossier: Dossier, item: Item, now: int, cause: str | None, out: list[Decision]) -> None:
    """Say what is new about an item at `now`, and no more."""
    if isinstance(item, Promise):
        _promise(dossier, item, now, cause, out)
        return
    alerts = item_alerts(dossier, item, now)
    if alerts is not item.said_alerts and alerts != item.said_alerts:
        out += edges_of(dossier, item, alerts, now, cause)
    look = item_look(dossier, item, now)
    if look != item.said_look:
        dossier.looks.note(item, look)


def _promise(dossier: Dossier, promise: Promise, now: int, cause: str | None, out: list[Decision]) -> None:
    state = state_at(promise, now)
    seen = promise.seen
    if seen is None or promise.pairs:
        seen = promise.seen = sight(promise, now)
    flags, why = flags_at(promise, state, now), why_state(promise, state, now)
    if (
        state is not promise.said_state
        or flags != promise.said_flags
        or seen != promise.said_sight
        or why != promise.said_why
    ):
        out.append(verdict_on(promise, dossier.customer, (state, flags, why, seen), now, cause))
    alerts = promise_alerts(dossier, promise, state, now)
    if alerts is not promise.said_alerts and alerts != promise.said_alerts:
        out += edges_of(dossier, promise, alerts, now, cause, seen)
    look = next_look(promise, now)
    if look != promise.said_look:
        dossier.looks.note(promise, look)
