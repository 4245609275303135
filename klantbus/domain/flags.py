"""What is worth knowing beside a promise's state (RULES 4, Flags)."""

from typing import Final

from klantbus.domain.conflicts import contradicts
from klantbus.domain.events import Flag, PromiseState
from klantbus.domain.promise import OPEN, Promise, child_late
from klantbus.domain.words import F, S

NONE: Final[tuple[Flag, ...]] = ()
TOLD_LATE: Final[tuple[Flag, ...]] = (F.LATE_EVIDENCE,)


def flags_at(promise: Promise, state: PromiseState, now: int) -> tuple[Flag, ...]:
    """Return what holds beside the state at `now`, in order of name. Most promises have none."""
    if not (
        promise.moves
        or promise.revision
        or promise.pairs
        or promise.children
        or promise.returned_by
        or promise.too_early
    ):
        told_late = state is S.KEPT and _told_after_grace(promise, state)
        return TOLD_LATE if told_late else NONE
    held = []
    if promise.children and state in OPEN and child_late(promise, now) is not None:
        held.append(F.CHILD_LATE)
    if promise.pairs and any(contradicts(pair, now) for pair in promise.pairs):
        held.append(F.CONFLICT)
    if _told_after_grace(promise, state):
        held.append(F.LATE_EVIDENCE)
    if _missed_original(promise, now):
        held.append(F.MISSED_ORIGINAL)
    if promise.unagreed_by is not None:
        held.append(F.MOVED_WITHOUT_CONSENT)
    if promise.after_breach > 0:
        held.append(F.RENEGOTIATED_AFTER_BREACH)
    if promise.returned_by is not None:
        held.append(F.RETURNED_FAULTY)
    if promise.too_early:
        held.append(F.TOO_EARLY)
    return tuple(held) if held else NONE


def _told_after_grace(promise: Promise, state: PromiseState) -> bool:
    """Return whether it was kept, but we heard of it only after it had been called broken."""
    if state is not S.KEPT or promise.clock is None:
        return False
    return promise.done_published > promise.clock.grace


def _missed_original(promise: Promise, now: int) -> bool:
    if not promise.revision or promise.original is None:
        return False
    over = promise.ended_at if promise.done_at is None else promise.done_at
    return (now if over is None else over) > promise.original
