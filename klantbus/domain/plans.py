"""When work is planned for, held against when it was promised (RULES 8, promise.plan_contradicts)."""

from typing import TYPE_CHECKING, Final, cast

from klantbus.domain.empties import own, own_set
from klantbus.domain.events import DeliveryKind
from klantbus.domain.promise import Promise
from klantbus.domain.said import Known, Planned

if TYPE_CHECKING:
    from klantbus.domain.dossier import Dossier

VISITS: Final[tuple[DeliveryKind, ...]] = (DeliveryKind.VISIT, DeliveryKind.REPAIR)


def plan(dossier: "Dossier", known: Known) -> None:
    """delivery.planned, or .dispatched with an eta: the latest per delivery counts."""
    said = cast("Planned", known.said)
    if said.order is not None:
        dossier.whole = whole = own_set(dossier.whole)
        whole.add(said.order)
    if said.until is None:
        return
    for key in _plan_keys(dossier, said):
        dossier.plans = plans = own(dossier.plans)
        plans.setdefault(key, {})[said.delivery_id] = known
        replan(dossier, key)


def _plan_keys(dossier: "Dossier", said: Planned) -> list[tuple[str, ...]]:
    """Return what the plan is for: promises it names, else its order, else what it was planned for."""
    if said.promise_ids:
        return [("promise", name) for name in said.promise_ids]
    if said.order is not None:
        return [(served(said.kind), said.order)]
    if said.delivery_id is None:
        return []
    return [key for key, plans in dossier.plans.items() if said.delivery_id in plans]


def served(kind: DeliveryKind) -> str:
    """Return the kind of promise that such a delivery serves (RULES 11)."""
    return "visit" if kind in VISITS else "delivery"


def unplan(dossier: "Dossier", delivery_id: str | None, kind: DeliveryKind, order: str | None) -> None:
    """Forget the plan of a delivery that was completed or failed; without a number, the order's plan."""
    if not dossier.plans:
        return
    theirs = (served(kind), order or "")
    keys = [theirs] if delivery_id is None else list(dossier.plans)
    for key in keys:
        plans = dossier.plans.get(key)
        if plans is not None and plans.pop(delivery_id, None) is not None:
            replan(dossier, key)
            if not plans:
                del own(dossier.plans)[key]


def replan_of(dossier: "Dossier", promise: Promise) -> None:
    """Deal the plans anew that may bear on a promise: it is new, was moved, or is done."""
    if dossier.plans:
        for key in (("promise", promise.id), (promise.word, promise.said.order or "")):
            if key in dossier.plans:
                replan(dossier, key)


def replan(dossier: "Dossier", key: tuple[str, ...]) -> None:
    """Give each promise its planned moment: the earliest plan to the earliest D, the rest to the last."""
    promises = _planned_for(dossier, key)
    for promise in promises:
        promise.planned = promise.plan_by = None
        dossier.touch(promise)
    plans = sorted(dossier.plans[key].values(), key=_until)
    for place, known in enumerate(plans):
        if promises:
            promise = promises[min(place, len(promises) - 1)]
            promise.planned = _until(known)
            promise.plan_by = known.id


def _planned_for(dossier: "Dossier", key: tuple[str, ...]) -> list[Promise]:
    if key[0] == "promise":
        found = dossier.promises.get(key[1])
        return [] if found is None or found.settled else [found]
    return dossier.waits_of(key[0], key[1], 0)


def _until(known: Known) -> int:
    return cast("Planned", known.said).until or 0
