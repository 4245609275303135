"""What was published about calendars, and which hold because of it (RULES 6, Corrections, Calendar changed).

A calendar can be taken back and corrected as any other fact, by its own department, also before it was heard
of. What holds is a function of all these facts; from when on it holds is the log's business. What was
reckoned before keeps its calendar: promises move by facts that all can see, see `calendar_moves`.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple, cast

from klantbus.domain.calendar import BadCalendar, Calendar
from klantbus.domain.events import CalendarPublished, Fact
from klantbus.domain.mending import mend
from klantbus.domain.noting import noted
from klantbus.domain.rules import Calendars, Rules
from klantbus.domain.said import Known, Mended

PUBLISHED = "calendar.published"
MENDS = frozenset({"event.corrected", "event.retracted"})
BEARING = frozenset({PUBLISHED, *MENDS})
"""The types of facts that may be about calendars."""


class Heard(NamedTuple):
    """A fact, and when the log got it (µs)."""

    fact: Fact
    published: int


class Cause(NamedTuple):
    """The fact by which a calendar is as it is; `place` counts up with every change."""

    place: int
    fact: Fact


class Versions:
    """The calendars of `rules`, and what was published about them since. Mutable; `rules` follow it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._base = rules.calendars
        self._heard: dict[str, Heard] = {}
        self._early: dict[str, list[Heard]] = {}
        self._holds: dict[str, Calendar] = {}
        self._causes: dict[str, Cause] = {}
        self._changes = 0

    def bears(self, fact: Fact) -> bool:
        """Return whether a fact publishes a calendar, or mends one that was heard of."""
        return fact.type == PUBLISHED or (fact.type in MENDS and _target(fact) in self._heard)

    @property
    def changed(self) -> bool:
        """Whether any calendar is otherwise than in the beginning."""
        return self._changes > 0

    def hear(self, fact: Fact, published: int, since: int) -> bool:
        """Take in a fact about calendars; return whether others hold from `since` (µs) because of it.

        A correction or a retraction of a fact that nobody heard of waits for that fact.
        """
        if fact.id in self._heard:
            return False
        if self.bears(fact):
            self._take_in(Heard(fact, published))
            return self._change(fact, since)
        if fact.type in MENDS:
            self._early.setdefault(_target(fact), []).append(Heard(fact, published))
        return False

    def cause(self, *names: str) -> Fact | None:
        """Return the last fact by which one of these calendars changed."""
        found = [self._causes[name] for name in names if name in self._causes]
        return max(found).fact if found else None

    def _take_in(self, heard: Heard) -> None:
        self._heard[heard.fact.id] = heard
        for one in self._early.pop(heard.fact.id, ()):
            self._take_in(one)

    def _change(self, cause: Fact, since: int) -> bool:
        before, self._holds = self._holds, holding(self._heard.values())
        names = sorted({*before, *self._holds})
        changed = [name for name in names if before.get(name) != self._holds.get(name)]
        if not changed:
            return False
        self._changes += 1
        calendars = self.rules.calendars
        for name in changed:
            self._causes[name] = Cause(self._changes, cause)
            calendars = self._changed(calendars, name, since)
        self.rules = Rules(calendars, self.rules.policy)
        return True

    def _changed(self, calendars: Calendars, name: str, since: int) -> Calendars:
        """Return `calendars` with the one that holds now; where none does, the one from the beginning."""
        holds = self._holds.get(name) or self._base.named(name, since)
        return calendars.without(name, since) if holds is None else calendars.with_version(holds, since)


def holding(heard: Iterable[Heard]) -> dict[str, Calendar]:
    """Return by id the calendar published last that was not taken back, as it was corrected.

    Hours that cannot be are no calendar: whoever published them sees no new version.
    """
    facts: dict[str, Heard] = {one.fact.id: one for one in heard}
    mending = mend([noted(one.fact, one.published) for one in facts.values()])
    latest: dict[str, tuple[int, int, str]] = {}
    found: dict[str, Calendar] = {}
    for known in mending.facts:
        said = facts[known.id].fact.data
        if not isinstance(said, CalendarPublished):
            continue
        mends = [one for one in mending.facts if _mends(one, known) and one not in mending.refused]
        calendar = _opened(_corrected(said, mends))
        place = (known.published, 0 if calendar is None else calendar.version, known.id)
        if calendar is not None and place > latest.get(calendar.id, (-(2**63), 0, "")):
            latest[calendar.id], found[calendar.id] = place, calendar
    return found


def _target(fact: Fact) -> str:
    return str(getattr(fact.data, "target_event_id", ""))


def _mends(one: Known, known: Known) -> bool:
    if one.type != "event.corrected" or one.department != known.department:
        return False
    return cast("Mended", one.said).target == known.id


def _corrected(said: CalendarPublished, corrections: Iterable[Known]) -> CalendarPublished:
    for correction in corrections:
        changes = cast("Mended", correction.said).changes
        fields = {name: json.loads(text) for name, text in changes if name != "time"}
        try:
            said = CalendarPublished.model_validate({**said.model_dump(), **fields})
        except ValueError:
            continue  # each field was right, together they are not: as if it had not been said
    return said


def _opened(said: CalendarPublished) -> Calendar | None:
    try:
        return Calendar.from_published(said)
    except BadCalendar:
        return None
