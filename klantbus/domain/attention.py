"""What a person must know now (RULES 8): for every item its alerts, and when time alone may change them."""

from collections.abc import Callable
from typing import Any, Final

from klantbus.domain.conflicts import contradicts
from klantbus.domain.dossier import Dossier
from klantbus.domain.events import Importance, PromiseState, Severity
from klantbus.domain.item import NEVER, Item
from klantbus.domain.items import Chance, Chase, Doubt, Evidence, Invoice, Score
from klantbus.domain.money import before_delivery, is_twin, price_mismatch
from klantbus.domain.promise import OPEN, Conflict, Promise, next_look, plan_contradicts, state_at
from klantbus.domain.words import K, S

SEVERITIES: Final[dict[str, Severity]] = {
    "promise.at_risk": Severity.WARNING,
    "promise.overdue": Severity.NOTICE,
    "promise.broken": Severity.HIGH,
    "promise.conflict": Severity.HIGH,
    "promise.plan_contradicts": Severity.HIGH,
    "promise.moved_without_consent": Severity.HIGH,
    "promise.serial_rescheduling": Severity.WARNING,
    "promise.vague": Severity.NOTICE,
    "handoff.missing": Severity.HIGH,
    "handoff.declined": Severity.HIGH,
    "invoice.before_delivery": Severity.WARNING,
    "invoice.price_mismatch": Severity.HIGH,
    "invoice.duplicate": Severity.WARNING,
    "evidence.unmatched": Severity.NOTICE,
    "evidence.ambiguous": Severity.WARNING,
    "info.late_publication": Severity.NOTICE,
    "info.silent_department": Severity.HIGH,
    "info.implausible": Severity.WARNING,
    "contact.chasing": Severity.WARNING,
    "opportunity.unfollowed": Severity.WARNING,
    "satisfaction.low": Severity.WARNING,
    "payment.promise_broken": Severity.WARNING,
}
"""Every kind of alert, and how loud it is."""

NONE: Final[tuple[str, ...]] = ()
ALONE: Final[dict[str, tuple[str, ...]]] = {kind: (kind,) for kind in SEVERITIES}


def promise_alerts(dossier: Dossier, promise: Promise, state: PromiseState, now: int) -> tuple[str, ...]:
    """Return the kinds of alert that a promise in `state` calls for at `now`."""
    if state not in OPEN:
        return ALONE["handoff.declined"] if state is S.DECLINED else NONE
    kinds = []
    if state is S.AT_RISK:
        kinds.append("promise.at_risk")
    elif state is S.OVERDUE:
        kinds.append("promise.overdue")
    elif state is S.BROKEN:
        kinds.append("payment.promise_broken" if promise.kind is K.PAYMENT else "promise.broken")
    if promise.declined_by:
        kinds.append("handoff.declined")
    if promise.answer_by is not None and now >= promise.answer_by:
        kinds.append("handoff.missing")
    if promise.planned is not None and plan_contradicts(promise):
        kinds.append("promise.plan_contradicts")
    if promise.moves:
        kinds.extend(_moved_alerts(dossier, promise))
    if promise.term is None and promise.kind is not K.PRICE:
        kinds.append("promise.vague")
    return _as_said(kinds)


def _as_said(kinds: list[str]) -> tuple[str, ...]:
    """Return the kinds as they are kept: one for all where there is one, as nearly always."""
    if not kinds:
        return NONE
    return ALONE[kinds[0]] if len(kinds) == 1 else tuple(kinds)


def _moved_alerts(dossier: Dossier, promise: Promise) -> list[str]:
    kinds = ["promise.moved_without_consent"] if promise.unagreed_by else []
    if promise.moves >= dossier.rules.policy.serial_moves:
        kinds.append("promise.serial_rescheduling")
    return kinds


def item_alerts(dossier: Dossier, item: Item, now: int) -> tuple[str, ...]:
    """Return the kinds of alert that an item calls for at `now`."""
    return _ALERTS[type(item)](dossier, item, now)


def _promise(dossier: Dossier, promise: Promise, now: int) -> tuple[str, ...]:
    return promise_alerts(dossier, promise, state_at(promise, now), now)


def _evidence(_: Dossier, evidence: Evidence, __: int) -> tuple[str, ...]:
    return NONE if evidence.found == "matched" else ALONE[f"evidence.{evidence.found}"]


def _conflict(_: Dossier, pair: Conflict, now: int) -> tuple[str, ...]:
    return ("promise.conflict",) if contradicts(pair, now) else NONE


def _chance(_: Dossier, chance: Chance, now: int) -> tuple[str, ...]:
    return ("opportunity.unfollowed",) if now >= chance.check_at and _unfollowed(chance) else NONE


def _chase(_: Dossier, chase: Chase, now: int) -> tuple[str, ...]:
    for one in chase.about:
        if state_at(one, now) in OPEN:
            return ("contact.chasing",)
    return NONE


def _score(_: Dossier, score: Score, __: int) -> tuple[str, ...]:
    return ("satisfaction.low",) if score.low else NONE


def _doubt(_: Dossier, __: Doubt, ___: int) -> tuple[str, ...]:
    return ("info.implausible",)


def _unfollowed(chance: Chance) -> bool:
    return chance.known is not None and chance.followed is None


def _invoice_alerts(dossier: Dossier, invoice: Invoice, now: int) -> tuple[str, ...]:
    kinds = []
    if now >= invoice.check_at and before_delivery(dossier, invoice):
        kinds.append("invoice.before_delivery")
    if invoice.above and price_mismatch(invoice):
        kinds.append("invoice.price_mismatch")
    if is_twin(dossier, invoice):
        kinds.append("invoice.duplicate")
    return _as_said(kinds)


_ALERTS: Final[dict[type, Callable[[Dossier, Any, int], tuple[str, ...]]]] = {
    Promise: _promise,
    Evidence: _evidence,
    Invoice: _invoice_alerts,
    Conflict: _conflict,
    Chance: _chance,
    Chase: _chase,
    Score: _score,
    Doubt: _doubt,
}


def item_look(dossier: Dossier, item: Item, now: int) -> int:
    """Return the next instant after `now` at which time alone may change an item's alerts, or `NEVER`."""
    if isinstance(item, Invoice):
        return item.check_at if now < item.check_at and before_delivery(dossier, item) else NEVER
    if isinstance(item, Promise):
        return next_look(item, now)
    if isinstance(item, Chance):
        return item.check_at if now < item.check_at and _unfollowed(item) else NEVER
    return NEVER


def severity(dossier: Dossier, item: Item, kind: str, at: int) -> Severity:
    """Return how loud an alert is: a break is critical for a vip, much money, or the third in 90 days."""
    if kind == "promise.broken" and isinstance(item, Promise) and _critical(dossier, item, at):
        return Severity.CRITICAL
    return SEVERITIES[kind]


def _critical(dossier: Dossier, promise: Promise, at: int) -> bool:
    policy, said = dossier.rules.policy, promise.said
    if said.importance is Importance.VIP:
        return True
    if said.value is not None and said.value >= policy.critical_value:
        return True
    waiting, broke = dossier.open, dossier.broke
    if waiting.count + len(broke) < policy.critical_breaks:
        return False  # as most: no other can have been broken
    since, breaks = at - policy.critical_window, 0
    for grace in broke.values():
        breaks += since < grace < at
    for one in waiting.all():
        breaks += _is_broken(one, since, at)
    return breaks >= policy.critical_breaks


def _is_broken(promise: Promise, since: int, at: int) -> bool:
    """Return whether an external promise that is not done broke after `since`, by its G, before `at`."""
    clock = promise.clock
    if clock is None or not since < clock.grace < at or promise.internal or promise.kind is K.PAYMENT:
        return False
    return state_at(promise, at) is S.BROKEN
