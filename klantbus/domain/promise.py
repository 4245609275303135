"""One promise: what happened to it, and what that means now (RULES 4 and 5).

A `Promise` changes only by facts, in the order of the world. Its state is then computed for any `now`;
nothing about it is stored but what was last said of it (`said_state`, `said_sight` and the like).
"""

from typing import Final

from klantbus.domain.calendar import Calendar
from klantbus.domain.decisions import Counted, Proof, Reason, Sight
from klantbus.domain.due import Pause
from klantbus.domain.events import Flag, PromiseKind, PromiseState
from klantbus.domain.item import NEVER, Item
from klantbus.domain.rules import Clock
from klantbus.domain.said import Known, Made
from klantbus.domain.wants import Use, wants_of
from klantbus.domain.words import INTERNAL, S

OPEN: Final[tuple[PromiseState, ...]] = (
    S.ACCEPTED,
    S.MADE,
    S.AT_RISK,
    S.OVERDUE,
    S.BROKEN,
    S.PAUSED,
    S.CONDITIONAL,
)
"""Somebody still waits for it."""
WORDS: Final = {kind: str(kind.value) for kind in PromiseKind}


class Conflict(Item):
    """Two promises of one subject that may contradict each other (RULES 5, last row)."""

    __slots__ = ("first", "second")

    def __init__(self, first: "Promise", second: "Promise") -> None:
        super().__init__("+".join(sorted((first.id, second.id))))
        self.first = first
        self.second = second

    def other(self, promise: "Promise") -> "Promise":
        """Return the one that is not `promise`."""
        return self.second if promise is self.first else self.first


class Promise(Item):
    """A promise as the known facts made it. Instants are µs; None is "not (yet)".

    `counted` and `proofs` are how far it is, as it is said; None until that is asked again. `chased` is
    whether the customer ever asked for it again and again.
    """

    __slots__ = (
        "accepted_at",
        "accepted_by",
        "after_breach",
        "answer_by",
        "asked",
        "calendar",
        "chased",
        "children",
        "clock",
        "condition_met",
        "consent",
        "counted",
        "declined_by",
        "done_at",
        "done_by",
        "done_published",
        "end",
        "ended_at",
        "ended_by",
        "id",
        "in_time",
        "internal",
        "kind",
        "made",
        "met_by",
        "moved_by",
        "moves",
        "original",
        "pairs",
        "parent",
        "paused_by",
        "paused_since",
        "pauses",
        "plan_by",
        "planned",
        "proofs",
        "requested",
        "returned_by",
        "revision",
        "risk_by",
        "said",
        "said_flags",
        "said_sight",
        "said_state",
        "said_why",
        "start",
        "term",
        "too_early",
        "unagreed_by",
        "uses",
        "wants",
        "word",
    )

    def __init__(self, made: Known, said: Made) -> None:
        super().__init__(said.promise_id)
        self.made = made
        self.said = said
        self.id = said.promise_id
        self.kind = said.kind
        self.word = WORDS[said.kind]
        self.parent = said.parent
        self.internal = said.scope is INTERNAL
        self.term = said.due
        self.wants = wants_of(said)
        self.uses: tuple[Use, ...] = ()
        self.counted: tuple[Counted, ...] | None = None
        self.proofs: tuple[Proof, ...] | None = None
        self.children: tuple[Promise, ...] = ()
        self.pairs: tuple[Conflict, ...] = ()
        self._not_yet()
        self.said_state: PromiseState | None = None
        self.said_flags: tuple[Flag, ...] = ()
        self.said_why: tuple[Reason, ...] = ()
        self.said_sight: Sight | None = None

    def _not_yet(self) -> None:
        """Nothing has happened to it so far."""
        self.clock: Clock | None = None
        self.calendar: Calendar | None = None
        self.original: int | None = None
        self.requested: int | None = None
        self.start: int | None = None
        self.condition_met = self.said.condition is None
        self.answer_by: int | None = None
        self.asked = self.made.published
        self.accepted_at = self.made.time if self.said.made_by == self.said.performer else None
        self.planned: int | None = None
        self.paused_since: int | None = None
        self.pauses: tuple[Pause, ...] = ()
        self.revision = self.moves = self.after_breach = 0
        self.in_time = self.too_early = self.consent = self.chased = False
        self.done_at: int | None = None
        self.done_published = 0
        self.end: PromiseState | None = None
        self.ended_at: int | None = None
        self.accepted_by: str | None = None
        self.declined_by: str | None = None
        self.done_by: str | None = None
        self.ended_by: str | None = None
        self.met_by: str | None = None
        self.moved_by: str | None = None
        self.paused_by: str | None = None
        self.plan_by: str | None = None
        self.returned_by: str | None = None
        self.risk_by: str | None = None
        self.unagreed_by: str | None = None

    @property
    def due(self) -> int | None:
        """D: the last good moment as it stands now."""
        return self.clock.last if self.clock else None

    @property
    def settled(self) -> bool:
        """Whether no more evidence is waited for: it is done, or it was ended."""
        return self.done_at is not None or self.end is not None

    def waits_at(self, time: int) -> bool:
        """Return whether evidence of that instant may count: not done, not ended, not expired (RULES 7)."""
        if self.done_at is not None or self.end is not None:
            return False
        return self.condition_met or self.said.must_by is None or time <= self.said.must_by

    def breached_at(self, time: int) -> bool:
        """Return whether D had passed at `time`; a pause that began in time holds it back."""
        if self.clock is None or time <= self.clock.last:
            return False
        return self.paused_since is None or self.paused_since > self.clock.last

    @property
    def complete(self) -> bool:
        """Whether there is evidence for every line."""
        return all(want.complete for want in self.wants)


# -- the state, first match wins (RULES 4)


def state_at(promise: Promise, now: int) -> PromiseState:
    """Return the state of a promise at `now`, by what is known of it."""
    if promise.done_at is not None:
        return S.KEPT if promise.in_time and not promise.after_breach else S.KEPT_LATE
    if promise.end is not None:
        return promise.end
    if promise.declined_by and promise.internal:
        return S.DECLINED
    if not promise.condition_met:
        must_by = promise.said.must_by
        return S.EXPIRED if must_by is not None and now > must_by else S.CONDITIONAL
    if promise.paused_since is not None:
        return S.PAUSED
    return _running(promise, now)


def _running(promise: Promise, now: int) -> PromiseState:
    clock = promise.clock
    if clock is not None:
        if now > clock.grace:
            return S.BROKEN
        if now > clock.last:
            return S.OVERDUE
        if clock.warn is not None and now >= clock.warn:
            return S.AT_RISK
    if promise.declined_by or promise.risk_by:
        return S.AT_RISK
    if (promise.planned and plan_contradicts(promise)) or (promise.children and child_late(promise, now)):
        return S.AT_RISK
    return S.ACCEPTED if promise.accepted_at is not None else S.MADE


def plan_contradicts(promise: Promise) -> bool:
    """Return whether it is planned for later than D."""
    return promise.planned is not None and promise.clock is not None and promise.planned > promise.clock.last


def child_late(promise: Promise, now: int) -> Promise | None:
    """Return a hand-off of it that is overdue, broken or declined."""
    for child in promise.children:
        if _is_late(child, now):
            return child
    return None


def _is_late(promise: Promise, now: int) -> bool:
    """Return the same as its state says, which would ask for its own hand-offs, and theirs, and so on."""
    if promise.done_at is not None or promise.end is not None:
        return False
    if promise.declined_by and promise.internal:
        return True
    running = promise.condition_met and promise.paused_since is None
    return running and promise.clock is not None and now > promise.clock.last


def next_look(promise: Promise, now: int) -> int:
    """Return the next instant after `now` at which time alone may change something about it, or `NEVER`."""
    if promise.done_at is not None or promise.end is not None or (promise.declined_by and promise.internal):
        return NEVER
    if not promise.condition_met:
        must_by = promise.said.must_by
        return must_by + 1 if must_by is not None and now <= must_by else NEVER
    look = NEVER if promise.paused_since is not None else _clock_look(promise.clock, now)
    if promise.answer_by is not None and now < promise.answer_by < look:
        look = promise.answer_by
    if promise.revision and promise.original is not None and now <= promise.original < look:
        look = promise.original + 1
    return look


def _clock_look(clock: Clock | None, now: int) -> int:
    if clock is None or now > clock.grace:
        return NEVER
    if now > clock.last:
        return clock.grace + 1
    if clock.warn is None or now >= clock.warn or clock.warn > clock.last:
        return clock.last + 1
    return clock.warn
