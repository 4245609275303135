"""What customers do and feel: they call, they see chances, they give scores (RULES 8)."""

from typing import Final, cast

from klantbus.domain.dossier import Dossier, Step
from klantbus.domain.empties import own
from klantbus.domain.events import PromiseKind
from klantbus.domain.items import Chance, Chase, Score
from klantbus.domain.promise import Promise
from klantbus.domain.said import Chance as Said
from klantbus.domain.said import Contact, Known, Scored, place_of
from klantbus.domain.words import IN, K

CHASED: Final = tuple(kind.value for kind in PromiseKind if kind not in {K.PRICE, K.PAYMENT})
"""Nobody calls to ask whether a price still holds or whether they paid themselves."""
COMPANY: Final = ""
"""No department: it opens by the company's calendar."""


def call(dossier: Dossier, known: Known) -> None:
    """contact.logged, inbound: the third in five working days while a promise is open is chasing."""
    said = cast("Contact", known.said)
    if said.direction is not IN:
        return
    policy = dossier.rules.policy
    dossier.inbound = inbound = (*dossier.inbound, known.time)[-policy.chasing_contacts :]
    if (
        len(inbound) < policy.chasing_contacts
        or not dossier.open.count
        or not _within(dossier, known.published)
    ):
        return
    about = _open_promises(dossier, known.time)
    if not about:
        return
    if dossier.chase is None:
        dossier.chase = Chase(dossier.customer, known, about)
    dossier.chase.known, dossier.chase.about = known, about
    for promise in about:
        promise.chased = True
    dossier.touch(dossier.chase)


def _within(dossier: Dossier, published: int) -> bool:
    """Return whether the first and last call lie in five working days of the company, both included."""
    calendar = dossier.rules.calendar(COMPANY, published)
    days = calendar.working_days_of(dossier.inbound[0], dossier.inbound[-1])
    return days <= dossier.rules.policy.chasing_days


def _open_promises(dossier: Dossier, time: int) -> tuple[Promise, ...]:
    found = [
        promise
        for kind in CHASED
        for promise in dossier.open.of_kind(kind).values()
        if not promise.internal and promise.waits_at(time)
    ]
    return tuple(sorted(found, key=lambda promise: place_of(promise.made)))


def signal(dossier: Dossier, known: Known) -> None:
    """opportunity.signalled: somebody should pick it up within two working days."""
    chance = _chance(dossier, known)
    if chance.known is None:
        chance.known = known
        chance.check_at = dossier.rules.pick_up_by(known.published)


def follow(dossier: Dossier, known: Known) -> None:
    """opportunity.picked_up or .closed: somebody did."""
    _chance(dossier, known).followed = known


def _chance(dossier: Dossier, known: Known) -> Chance:
    key = cast("Said", known.said).opportunity_id
    chance = dossier.chances.get(key)
    if chance is None:
        dossier.chances = chances = own(dossier.chances)
        chance = chances[key] = Chance(key)
    dossier.touch(chance)
    return chance


def rate(dossier: Dossier, known: Known) -> None:
    """satisfaction.recorded: the last score says how the customer feels."""
    if dossier.score is None:
        dossier.score = Score(dossier.customer)
    dossier.score.known = known
    dossier.score.low = cast("Scored", known.said).score <= dossier.rules.policy.low_score
    dossier.touch(dossier.score)


STEPS: Final[dict[str, Step]] = {
    "contact.logged": call,
    "opportunity.signalled": signal,
    "opportunity.picked_up": follow,
    "opportunity.closed": follow,
    "satisfaction.recorded": rate,
}
