"""How alerts are told, as settings with the defaults of RULES section 8."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.words import Level, Role

CLIMB = (Level.OWNER, Level.HEAD, Level.ABOVE, Level.MANAGEMENT)
ONCE = (Level.OWNER,)
SILENTLY: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class KindRule:
    """How one kind of alert is told.

    first   who hears it first
    levels  the rungs it may reach; none means that it stands on the board and in the digest only
    wait    business time before the first message, if it is still open then
    """

    first: tuple[Role, ...]
    levels: tuple[Level, ...] = CLIMB
    wait: timedelta = timedelta(0)
    head: Role = Role.PERFORMER_HEAD


_HOUR = timedelta(hours=1)

KINDS: Mapping[str, KindRule] = {
    "promise.at_risk": KindRule((Role.PERFORMER,)),
    "promise.overdue": KindRule((Role.PERFORMER,), SILENTLY),
    "promise.broken": KindRule((Role.PERFORMER_HEAD, Role.MADE_BY, Role.ACCOUNT_OWNER)),
    "promise.conflict": KindRule((Role.EVERYONE_CONCERNED,)),
    "promise.plan_contradicts": KindRule((Role.PERFORMER, Role.MADE_BY)),
    "promise.moved_without_consent": KindRule((Role.MADE_BY,), head=Role.MADE_BY_HEAD),
    "promise.serial_rescheduling": KindRule((Role.MADE_BY_HEAD,), head=Role.MADE_BY_HEAD),
    "promise.vague": KindRule((Role.MADE_BY,), ONCE),
    "handoff.missing": KindRule((Role.PERFORMER_HEAD, Role.MADE_BY)),
    "handoff.declined": KindRule((Role.MADE_BY,), head=Role.MADE_BY_HEAD),
    "invoice.before_delivery": KindRule((Role.FINANCE, Role.LOGISTICS), head=Role.FINANCE_HEAD),
    "invoice.price_mismatch": KindRule((Role.FINANCE, Role.MADE_BY), head=Role.FINANCE_HEAD),
    "invoice.duplicate": KindRule((Role.FINANCE,), head=Role.FINANCE_HEAD),
    "evidence.unmatched": KindRule((Role.PERFORMER,), wait=_HOUR),
    "evidence.ambiguous": KindRule((Role.PERFORMER,), wait=_HOUR),
    "info.late_publication": KindRule((Role.PERFORMER,), SILENTLY),
    "info.implausible": KindRule((Role.PERFORMER,)),
    "info.silent_department": KindRule((Role.PERFORMER_HEAD, Role.OPERATIONS)),
    "contact.chasing": KindRule((Role.ACCOUNT_OWNER,)),
    "opportunity.unfollowed": KindRule((Role.SALES,)),
    "satisfaction.low": KindRule((Role.ACCOUNT_OWNER,)),
    # Who has not paid is nobody's business outside finance (RULES 8), so it never climbs beyond its head.
    "payment.promise_broken": KindRule((Role.FINANCE,), (Level.OWNER, Level.HEAD), head=Role.FINANCE_HEAD),
}

ANY_KIND = KindRule((Role.PERFORMER,))
"""For a kind that a later version of the judge may raise."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of telling. Spans called "hours" are business hours of the receiver.

    group_wait       alerts of a department and kind within it are one message, which waits for it
    catch_up_after   a step this late was missed (an outage): it goes into one digest
    keep             what was over so long ago is forgotten
    evidence_from    whose facts would show that a promise of a kind was kept, beside its performer
    """

    kinds: Mapping[str, KindRule] = field(default_factory=lambda: KINDS)
    group_wait: timedelta = timedelta(minutes=5)
    head_after: timedelta = 2 * _HOUR
    above_after: timedelta = 4 * _HOUR
    remind_after: timedelta = 4 * _HOUR
    resume_after: timedelta = 6 * _HOUR
    catch_up_after: timedelta = timedelta(minutes=15)
    keep: timedelta = timedelta(days=400)
    evidence_from: Mapping[str, str] = field(
        default_factory=lambda: {"delivery": "logistics", "payment": "finance", "price": "finance"}
    )

    def rule(self, kind: str) -> KindRule:
        """Return how a kind is told."""
        return self.kinds.get(kind, ANY_KIND)
