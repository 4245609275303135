"""What departments state about a promise itself, step by step (RULES 5). Evidence is in `matching`.

Every step comes in the order of the world. A step about a promise not made yet waits for it: clocks of
departments differ by seconds, and an answer may look older than its question.
"""

from collections.abc import Callable
from typing import Final, TypeAlias, cast

from klantbus.domain.conflicts import pair_up
from klantbus.domain.dossier import Dossier
from klantbus.domain.dossier import Step as Way
from klantbus.domain.due import Pause
from klantbus.domain.empties import own, own_set
from klantbus.domain.events import PromiseState
from klantbus.domain.plans import plan, replan_of
from klantbus.domain.promise import Promise
from klantbus.domain.rules import Clock
from klantbus.domain.said import Ended, Known, Made, Moved, Step, Term
from klantbus.domain.wants import article_of
from klantbus.domain.words import K, S

Turn: TypeAlias = Callable[[Dossier, Promise, Known], None]

ENDS: Final = {
    "promise.cancelled": S.CANCELLED,
    "promise.released": S.RELEASED,
    "promise.closed_short": S.PARTIALLY_KEPT,
}


def turn(dossier: Dossier, known: Known) -> None:
    """Let a fact change the promise it names, or let it wait for that promise."""
    name = cast("Step | Moved | Ended", known.said).promise_id
    promise = dossier.promises.get(name)
    if promise is None:
        dossier.waiting = waiting = own(dossier.waiting)
        waiting.setdefault(name, []).append(known)
        return
    TURNS[known.type](dossier, promise, known)
    dossier.touch(promise)


# -- made


def make(dossier: Dossier, known: Known) -> None:
    """promise.made: the first of that number counts; another one that says otherwise is doubted."""
    said = cast("Made", known.said)
    before = dossier.promises.get(said.promise_id)
    if before is not None:
        if before.said != said:
            dossier.doubt(known, "promise_made_twice")
        return
    promise = Promise(known, said)
    dossier.promises[promise.id] = promise
    dossier.open.enlist(promise)
    _set_out(dossier, promise, known)
    _join_family(dossier, promise)
    _note_subject(dossier, promise)
    dossier.touch(promise)
    _supersede(dossier, promise)
    if promise.id in dossier.waiting:
        for earlier in own(dossier.waiting).pop(promise.id):
            turn(dossier, earlier)


def _set_out(dossier: Dossier, promise: Promise, known: Known) -> None:
    if promise.condition_met:
        start_clock(dossier, promise, known, known.time)
        ask(dossier, promise, known)


def _join_family(dossier: Dossier, promise: Promise) -> None:
    parent = promise.said.parent
    if parent is not None and parent != promise.id:
        found = dossier.promises.get(parent)
        if found is None:
            dossier.orphans = orphans = own(dossier.orphans)
            orphans.setdefault(parent, []).append(promise)
        else:
            found.children = (*found.children, promise)
            dossier.touch(found)
    if promise.id in dossier.orphans:
        promise.children = tuple(own(dossier.orphans).pop(promise.id))


def _note_subject(dossier: Dossier, promise: Promise) -> None:
    said = promise.said
    dossier.handed_off |= said.kind is K.HANDOFF
    if said.order is None or said.kind is K.PAYMENT:
        dossier.loose |= {promise.word, "price"} if said.prices else {promise.word}
    elif not article_of(said):
        dossier.whole = whole = own_set(dossier.whole)
        whole.add(said.order)
    if said.prices:
        dossier.priced = priced = own(dossier.priced)
        for price in said.prices:
            priced.setdefault(price.sku, []).append(promise)
    if said.kind is K.DELIVERY and said.order is not None:
        dossier.promised = promised = own(dossier.promised)
        for want in promise.wants:
            key = (said.order, want.sku)
            before = promised.get(key)
            promised[key] = want.promised if before is None else before + want.promised
    pair_up(dossier, promise)
    replan_of(dossier, promise)


def _supersede(dossier: Dossier, promise: Promise) -> None:
    """Withdraw the promise that this one replaces, in agreement unless it had been missed already."""
    older = promise.said.supersedes
    if older is not None and older != promise.id:
        found = dossier.promises.get(older)
        if found is None:
            dossier.superseded = superseded = own(dossier.superseded)
            superseded.setdefault(older, promise.made)
        else:
            _end(dossier, found, promise.made, S.CANCELLED, consents(found, promise.made.time))
    newer = dossier.superseded.get(promise.id)
    if newer is not None:
        own(dossier.superseded).pop(promise.id)
        _end(dossier, promise, newer, S.CANCELLED, consents(promise, newer.time))


def consents(promise: Promise, time: int) -> bool:
    """Return whether replacing a promise at `time` passes as agreed: not after it was missed."""
    return not promise.breached_at(time)


def start_clock(dossier: Dossier, promise: Promise, known: Known, start: int) -> None:
    """Reckon D, W and G from `start`, with the calendar in force when that was told."""
    wanted = promise.term.calendar if promise.term is not None else None
    calendar = dossier.rules.calendar(promise.said.performer, known.published, wanted)
    promise.calendar = calendar
    promise.start = start
    promise.pauses = ()
    if promise.paused_since is not None:
        promise.paused_since = max(promise.paused_since, start)
    promise.clock = dossier.rules.clock(calendar, promise.term, promise.kind, start)
    if promise.original is None:
        promise.original = promise.due
    if promise.said.requested is not None and promise.requested is None:
        promise.requested = dossier.rules.last(calendar, promise.said.requested, start)


def ask(dossier: Dossier, promise: Promise, known: Known) -> None:
    """Wait for the performer's answer, from when the question was published (RULES 8, handoff.missing)."""
    if promise.accepted_at is None and promise.declined_by is None:
        promise.answer_by = dossier.rules.answer_by(promise.said.performer, known.published)
        promise.asked = known.published


# -- answered, moved, paused


def _accept(_: Dossier, promise: Promise, known: Known) -> None:
    promise.accepted_at = known.time
    promise.accepted_by = known.id
    promise.declined_by = promise.answer_by = None


def _decline(_: Dossier, promise: Promise, known: Known) -> None:
    promise.declined_by = known.id
    promise.accepted_at = promise.accepted_by = promise.answer_by = None


def _risk(_: Dossier, promise: Promise, known: Known) -> None:
    promise.risk_by = known.id


def _move(dossier: Dossier, promise: Promise, known: Known) -> None:
    """promise.rescheduled: without consent the old D governs; after a miss it can only end kept late."""
    said = cast("Moved", known.said)
    if not promise.waits_at(known.time):
        return
    promise.moves += not said.by_calendar
    if not said.agreed:
        promise.unagreed_by = known.id
        return
    promise.after_breach += promise.breached_at(known.time)
    promise.revision += 1
    promise.moved_by = known.id
    if said.by_calendar and known.source.endswith("/calendar") and _reckon_anew(dossier, promise, known):
        return
    promise.term = said.due
    promise.unagreed_by = promise.risk_by = None
    if promise.condition_met:
        start_clock(dossier, promise, known, known.time)
        replan_of(dossier, promise)
    _ask_again(dossier, promise, known)


def _reckon_anew(dossier: Dossier, promise: Promise, known: Known) -> bool:
    """Reckon D from what was promised, by the calendar that moved it; return whether that can be.

    It is no new promise: who accepted it, what is at risk and what was not agreed stay as they were. W is
    reckoned from the move, as after any other.
    """
    due, term, before, start = cast("Moved", known.said).due, promise.term, promise.calendar, promise.start
    if term is None or due is None or due.form != "at" or before is None or start is None:
        return False
    rules = dossier.rules
    calendar = rules.calendar(promise.said.performer, known.published, term.calendar)
    reckoned = rules.clock(calendar, term, promise.kind, start, promise.pauses)
    if reckoned is not None and calendar != before:  # else it is by a calendar that nobody here heard of
        due = Term("at", reckoned.last)
    clock = rules.clock(calendar, due, promise.kind, known.time)
    if clock is None or reckoned is None:
        return False
    promise.calendar, promise.clock = calendar, Clock(clock.last, clock.warn, clock.grace, reckoned.first)
    replan_of(dossier, promise)
    return True


def _ask_again(dossier: Dossier, promise: Promise, known: Known) -> None:
    """Take it that a performer who moves it accepts it; ask one again who had declined."""
    if known.department == promise.said.performer:
        _accept(dossier, promise, known)
    elif promise.declined_by:
        promise.declined_by = None
        ask(dossier, promise, known)


def _pause(_: Dossier, promise: Promise, known: Known) -> None:
    if promise.paused_since is None and not promise.settled:
        promise.paused_since = known.time
        promise.paused_by = known.id


def _resume(dossier: Dossier, promise: Promise, known: Known) -> None:
    """promise.resumed: D moves by the pause, if the pause began while there was still time (RULES 5)."""
    since = promise.paused_since
    if since is None:
        return
    promise.paused_since = promise.paused_by = None
    clock = promise.clock
    if promise.settled or clock is None or since > clock.last:
        return
    promise.pauses = (*promise.pauses, Pause(since, known.time))
    calendar, start = promise.calendar, promise.start
    if calendar is not None and start is not None:
        promise.clock = dossier.rules.clock(calendar, promise.term, promise.kind, start, promise.pauses)


def _condition_met(dossier: Dossier, promise: Promise, known: Known) -> None:
    must_by = promise.said.must_by
    if promise.condition_met or (must_by is not None and known.time > must_by):
        return
    promise.condition_met = True
    promise.met_by = known.id
    start_clock(dossier, promise, known, max(known.time, promise.made.time))
    ask(dossier, promise, known)


# -- ended


def _ended(dossier: Dossier, promise: Promise, known: Known) -> None:
    _end(dossier, promise, known, ENDS[known.type], cast("Ended", known.said).consent)


def _end(dossier: Dossier, promise: Promise, known: Known, end: PromiseState, consent: bool) -> None:  # noqa: FBT001  consent is a fact, no switch
    """Note the first end. A promise that was done before stays done, unless its goods come back."""
    if promise.end is not None:
        return
    promise.end = end
    promise.ended_at = known.time
    promise.ended_by = known.id
    promise.consent = consent
    dossier.open.strike(promise)
    dossier.touch(promise)


TURNS: Final[dict[str, Turn]] = {
    "promise.accepted": _accept,
    "promise.declined": _decline,
    "promise.rescheduled": _move,
    "promise.paused": _pause,
    "promise.resumed": _resume,
    "promise.condition_met": _condition_met,
    "promise.cancelled": _ended,
    "promise.released": _ended,
    "promise.closed_short": _ended,
    "promise.risk_reported": _risk,
}

STEPS: Final[dict[str, Way]] = {
    "promise.made": make,
    "delivery.planned": plan,
    "delivery.dispatched": plan,
    **dict.fromkeys(TURNS, turn),
}
