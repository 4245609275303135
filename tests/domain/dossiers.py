"""All that a dossier holds, in words: two dossiers are the same when these are.

Left out is what was said of it, which is no consequence of facts alone, and orders that mean nothing.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from klantbus.domain import grafting
from klantbus.domain.dossier import Dossier
from klantbus.domain.item import Item
from klantbus.domain.items import Evidence
from klantbus.domain.promise import Promise
from klantbus.domain.rules import Clock
from klantbus.domain.said import Known
from klantbus.domain.wants import Use, Want

SAID = (
    *("said_state", "said_flags", "said_why", "said_sight", "said_alerts", "said_look"),
    *("look_turn", "look_place", "touched", "seen"),
)
LAZY = ("counted", "proofs", "chased")
BY_NAME = (
    *("broke", "waiting", "orphans", "superseded", "credits", "invoices_of", "twins"),
    *("promised", "delivered"),
)


def graft_all(patch: pytest.MonkeyPatch) -> None:
    """Fold facts with their neighbours wherever that can be, however few there are; all of them else."""
    patch.setattr(grafting, "MOST", 9)
    patch.setattr(grafting, "FEW", 0)


def in_words(dossier: Dossier) -> dict[str, Any]:
    """Return what the facts made of it."""
    found: dict[str, Any] = {
        f"{type(item).__name__} {item.key} {getattr(item, 'first', '') and item.first.id}": _fields(item)
        for item in dossier.items()
        if item not in {dossier.chase, dossier.score}
    }
    found |= {name: _word(getattr(dossier, name)) for name in BY_NAME}
    found |= {name: sorted(getattr(dossier, name)) for name in ("begun_orders", "whole_orders")}
    found["plans"] = {
        key: sorted((str(delivery), known.id) for delivery, known in plans.items())
        for key, plans in dossier.plans.items()
    }
    found["prices"] = {
        (sku, order): [one.id for one in promises if one.said.order in {None, order}]
        for sku, promises in dossier.priced.items()
        for order in {one.said.order for one in promises}
    }
    chase, score = dossier.chase, dossier.score
    found["chase"] = chase and (_word(chase.known), [one.id for one in chase.about])
    found["score"] = score and (_word(score.known), score.low)
    found["calls"] = list(dossier.inbound)
    found["open"] = (sorted(one.id for one in dossier.open.all()), dossier.open.count)
    return found


def _fields(one: object) -> dict[str, Any]:
    shape = type(one)
    names = [name for name in dir(shape) if not name.startswith("_") and name not in SAID + LAZY]
    found = {name: _word(getattr(one, name)) for name in names if not callable(getattr(shape, name))}
    if isinstance(one, Promise):
        found["pairs"].sort()
        assert {"done_at", "clock", "uses", "moves"} <= found.keys(), "no fields were found to compare"
    return found


def _word(value: Any) -> Any:  # noqa: PLR0911  one way for each kind of thing
    match value:
        case Known():
            return value.in_words()
        case Clock():
            return (value.first, value.warn, value.last, value.grace)
        case Use():
            return (value.evidence, value.time, value.tier, value.want.sku, value.quantity)
        case Want():
            return (value.sku, value.uom, value.promised, value.got, value.uses)
        case Evidence():
            return (value.key, value.found)
        case Item():
            return (type(value).__name__, value.key)
        case list() | tuple():
            return [_word(one) for one in value]
        case Mapping():
            return {repr(name): _word(one) for name, one in value.items()}
    return repr(value)
