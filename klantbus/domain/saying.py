"""Putting what changed into decisions: verdicts on promises and edges of alerts, with time and reasons."""

from typing import Final, TypeAlias

from klantbus.domain.attention import SEVERITIES, severity
from klantbus.domain.decisions import Edge, Reason, Sight, Verdict
from klantbus.domain.dossier import Dossier
from klantbus.domain.events import Flag, PromiseState
from klantbus.domain.item import Item
from klantbus.domain.micros import SECOND
from klantbus.domain.promise import Conflict, Promise
from klantbus.domain.why import about, why_alert
from klantbus.domain.words import S

RAISED: Final = "raised"
RESOLVED: Final = "resolved"


def shown(instant: int) -> int:
    """Return the instant that is said: what is so just after a whole second became so at that second."""
    return instant - 1 if instant % SECOND == 1 else instant


Judged: TypeAlias = tuple[PromiseState, tuple[Flag, ...], tuple[Reason, ...], Sight]
"""What a verdict carries: when anything of it changes, there is a new verdict."""


def verdict_on(promise: Promise, key: str, judged: Judged, now: int, cause: str | None) -> Verdict:
    """Return the verdict that a promise is `judged` so from now on, and note that it was said."""
    previous = promise.said_state
    state, flags, why, seen = judged
    promise.said_state, promise.said_flags, promise.said_why, promise.said_sight = judged
    return Verdict(shown(now), key, promise.id, previous, state, flags, cause, why, seen)


def verdict_gone(promise: Promise, key: str, now: int, cause: str | None) -> Verdict:
    """Return the verdict that a promise is not there any more, and note that it was said."""
    why = (Reason(promise.made.id, "4.0"), Reason(cause, "6.retracted"))
    previous, promise.said_state, promise.said_sight = promise.said_state, None, None
    return Verdict(shown(now), key, promise.id, previous, S.GONE, (), cause, why, None)


def edges_of(
    dossier: Dossier,
    item: Item,
    alerts: tuple[str, ...],
    now: int,
    cause: str | None,
    seen: Sight | None = None,
) -> list[Edge]:
    """Return what changes when an item calls for `alerts` from now on, and note that it was said."""
    before = item.said_alerts
    item.said_alerts = alerts
    edges = [_edge(dossier, item, RESOLVED, kind, now, cause, seen) for kind in before if kind not in alerts]
    for kind in alerts:
        if kind not in before:
            edges.append(_edge(dossier, item, RAISED, kind, now, cause, seen))  # noqa: PERF401  half the price
    return edges


def _edge(  # noqa: PLR0913, PLR0917  an edge says all of these
    dossier: Dossier, item: Item, edge: str, kind: str, now: int, cause: str | None, seen: Sight | None
) -> Edge:
    if isinstance(item, Promise):
        return _of_promise(dossier, item, edge, kind, now, cause, seen)
    return _of_item(dossier, item, edge, kind, now, cause)


def _of_promise(  # noqa: PLR0913, PLR0917  an edge says all of these
    dossier: Dossier, promise: Promise, edge: str, kind: str, now: int, cause: str | None, seen: Sight | None
) -> Edge:
    name = promise.id
    return Edge(
        shown(now),
        edge,
        kind,
        name,
        severity(dossier, promise, kind, now) if kind == "promise.broken" else SEVERITIES[kind],
        dossier.customer,
        cause,
        name,
        None,
        (promise.said_state or S.GONE) if edge is RESOLVED else "",
        None,
        why_alert(promise, kind),
        seen,
        (name,),
    )


def _of_item(dossier: Dossier, item: Item, edge: str, kind: str, now: int, cause: str | None) -> Edge:
    over = "settled" if isinstance(item, Conflict) else "over"
    return Edge(
        shown(now),
        edge,
        kind,
        item.key,
        SEVERITIES[kind],
        dossier.customer,
        cause,
        None,
        item.event,
        over if edge is RESOLVED else "",
        None,
        why_alert(item, kind),
        None,
        about(item),
        (item.first.said.made_by, item.second.said.made_by) if isinstance(item, Conflict) else (),
    )
