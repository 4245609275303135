"""The words that the rules compare by, as names that stand still.

A member of an enum is looked up anew each time it is named, which took a twentieth of the judge's time.
"""

from typing import Final

from klantbus.domain.events import DeliveryKind, Direction, Flag, PromiseKind, PromiseState, Scope


class S:
    """The states of a promise (RULES 4)."""

    MADE: Final = PromiseState.MADE
    ACCEPTED: Final = PromiseState.ACCEPTED
    AT_RISK: Final = PromiseState.AT_RISK
    OVERDUE: Final = PromiseState.OVERDUE
    BROKEN: Final = PromiseState.BROKEN
    PAUSED: Final = PromiseState.PAUSED
    CONDITIONAL: Final = PromiseState.CONDITIONAL
    EXPIRED: Final = PromiseState.EXPIRED
    DECLINED: Final = PromiseState.DECLINED
    CANCELLED: Final = PromiseState.CANCELLED
    RELEASED: Final = PromiseState.RELEASED
    PARTIALLY_KEPT: Final = PromiseState.PARTIALLY_KEPT
    KEPT: Final = PromiseState.KEPT
    KEPT_LATE: Final = PromiseState.KEPT_LATE
    GONE: Final = PromiseState.GONE


class F:
    """What may be so of a promise beside its state (RULES 4)."""

    CHILD_LATE: Final = Flag.CHILD_LATE
    CONFLICT: Final = Flag.CONFLICT
    LATE_EVIDENCE: Final = Flag.LATE_EVIDENCE
    MISSED_ORIGINAL: Final = Flag.MISSED_ORIGINAL
    MOVED_WITHOUT_CONSENT: Final = Flag.MOVED_WITHOUT_CONSENT
    RENEGOTIATED_AFTER_BREACH: Final = Flag.RENEGOTIATED_AFTER_BREACH
    RETURNED_FAULTY: Final = Flag.RETURNED_FAULTY
    TOO_EARLY: Final = Flag.TOO_EARLY


class K:
    """The kinds of promise (RULES 3)."""

    CALLBACK: Final = PromiseKind.CALLBACK
    DELIVERY: Final = PromiseKind.DELIVERY
    VISIT: Final = PromiseKind.VISIT
    DOCUMENT: Final = PromiseKind.DOCUMENT
    PRICE: Final = PromiseKind.PRICE
    CREDIT: Final = PromiseKind.CREDIT
    PAYMENT: Final = PromiseKind.PAYMENT
    HANDOFF: Final = PromiseKind.HANDOFF
    OTHER: Final = PromiseKind.OTHER


IN: Final = Direction.IN
OUT: Final = Direction.OUT
INTERNAL: Final = Scope.INTERNAL
GOODS: Final = DeliveryKind.GOODS
NO_GOODS: Final = DeliveryKind.OTHER
