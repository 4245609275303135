"""Scenario files (RULES 11): from JSON to facts, and the judge run over them.

Read kindly: naive times are local to the calendar's zone, a subject may be nested or flat, words outside an
enum become `other`, fields nobody knows are left out. What cannot be a fact is refused with its place.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from apps.fitting import fit
from klantbus.bus.errors import FactRefused
from klantbus.domain.book import Book
from klantbus.domain.calendar import Calendar
from klantbus.domain.calendar.opening import BadCalendar
from klantbus.domain.decisions import Decision, Edge
from klantbus.domain.events import PAYLOADS, Fact, PromiseState
from klantbus.domain.micros import micros, moment
from klantbus.domain.policy import DEFAULTS, Policy
from klantbus.domain.rules import Calendars, Rules

Json: TypeAlias = Mapping[str, Any]

HOUSE: Json = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]}}
"""The opening hours of a scenario that names none."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The question for the state of a promise at an instant (µs); `state` if one is expected."""

    at: int
    promise_id: str
    state: str | None = None
    flags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A fact, and when the log got it (µs)."""

    fact: Fact
    published: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A small company, what happened in it, and what should be said about that.

    `alerts` None expects nothing; else (µs, edge, kind, key), a set per instant.
    """

    id: str
    title: str
    calendar: Calendar
    departments: Mapping[str, Calendar]
    watched: tuple[str, ...]
    arrivals: tuple[Arrival, ...]
    until: int
    asks: tuple[Ask, ...]
    alerts: tuple[tuple[int, str, str, str], ...] | None

    def rules(self, policy: Policy = DEFAULTS) -> Rules:
        """Return what this company is judged by."""
        versions = {calendar.id: ((-(2**62), calendar),) for calendar in self.departments.values()}
        names = {department: calendar.id for department, calendar in self.departments.items()}
        return Rules(Calendars(self.calendar, versions, names), policy)


# -- reading


def read_scenarios(path: Path, calendar: Calendar | None = None) -> list[Scenario]:
    """Read a file with one scenario or a list of them; `calendar` replaces the one that they name.

    Raises `FactRefused` when it is no such file or a fact in it breaks the contract.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FactRefused(f"no scenario file: {error}", field=str(path)) from error
    found = said if isinstance(said, list) else [said]
    return [read_scenario(one, calendar) for one in found]


def read_scenario(said: Any, calendar: Calendar | None = None) -> Scenario:  # noqa: ANN401  JSON from a file may be anything
    """Read one scenario (shape: RULES 11)."""
    if not isinstance(said, dict) or "events" not in said:
        raise FactRefused("a scenario is an object with `events`", field="scenario")
    name = str(said.get("id", "?"))
    house = calendar or _calendar(said.get("calendar") or HOUSE, name)
    own = {
        str(one): _calendar({"id": str(one), **settings}, name)
        for one, settings in (said.get("calendars") or {}).items()
    }
    arrivals = tuple(_arrival(event, house, f"{name}[{place}]") for place, event in enumerate(said["events"]))
    asks = tuple(
        _ask(ask, house.zone) for ask in said.get("ask") or (said.get("expect") or {}).get("states") or ()
    )
    return Scenario(
        id=name,
        title=str(said.get("title", "")),
        calendar=house,
        departments=own,
        watched=tuple(map(str, said.get("watch_departments") or ())),
        arrivals=arrivals,
        until=_until(said.get("until"), arrivals, asks, house.zone),
        asks=asks,
        alerts=_alerts(said.get("expect"), house.zone),
    )


def instant(word: str, zone: ZoneInfo) -> int:
    """Return an ISO time as µs; without an offset it is local to `zone`."""
    time = datetime.fromisoformat(word)
    return micros(time if time.tzinfo else time.replace(tzinfo=zone))


def _calendar(settings: Json | str, name: str) -> Calendar:
    try:
        return Calendar.from_settings(HOUSE if isinstance(settings, str) else settings)
    except BadCalendar as error:
        raise FactRefused(str(error), field=f"{name}.calendar") from error


def _until(word: str | None, arrivals: Sequence[Arrival], asks: Sequence[Ask], zone: ZoneInfo) -> int:
    if word is not None:
        return instant(word, zone)
    return max((*(one.published for one in arrivals), *(ask.at for ask in asks)), default=0)


def _ask(said: Json, zone: ZoneInfo) -> Ask:
    expected = said.get("state", "") if "state" in said else None
    flags = said.get("flags")
    return Ask(
        at=instant(said["at"], zone),
        promise_id=str(said["promise_id"]),
        state=None if expected is None and "state" not in said else str(expected or PromiseState.GONE),
        flags=None if flags is None else tuple(sorted(map(str, flags))),
    )


def _alerts(expect: Json | None, zone: ZoneInfo) -> tuple[tuple[int, str, str, str], ...] | None:
    if expect is None or "alerts" not in expect:
        return None
    return tuple(
        sorted(
            (instant(one["at"], zone), one["edge"], one["kind"], str(one["key"])) for one in expect["alerts"]
        )
    )


def _arrival(said: Json, house: Calendar, place: str) -> Arrival:
    try:
        return Arrival(_fact(said, house), instant(said.get("published", said["time"]), house.zone))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FactRefused(str(first["msg"]), field=f"{place}.{where}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FactRefused(f"no event: {error}", field=place) from error


def _fact(said: Json, house: Calendar) -> Fact:
    kind, department = str(said["type"]), str(said.get("department", "unknown"))
    shape = PAYLOADS[kind]
    own = {"customer": said.get("customer_id"), "department": department, "calendar": department}[shape.about]
    time = moment(instant(said["time"], house.zone))
    return Fact(
        id=said["id"],
        source=str(said.get("source") or f"/{department}/scenario"),
        type=kind,
        subject=own or said.get("customer_id") or department,
        time=time,
        recordedtime=time,
        timezone=house.zone.key,
        sourceref=said.get("source_ref") or said.get("sourceref"),
        data=shape.model_validate(fit(shape, said.get("data") or {}, department, house.zone)),
    )


# -- running


@dataclass(frozen=True, slots=True)
class Answer:
    """The state of a promise at an instant (µs), `gone` when nobody knows it."""

    at: int
    promise_id: str
    state: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the judge said about a scenario: answers in the order asked, decisions in order of time."""

    scenario: Scenario
    answers: tuple[Answer, ...]
    decisions: tuple[Decision, ...]
    book: Book
    until: int

    @property
    def edges(self) -> list[Edge]:
        """The edges of alerts, in order of time; at one instant by what they say."""
        found = [decision for decision in self.decisions if isinstance(decision, Edge)]
        return sorted(found, key=lambda edge: (edge.at, edge.edge, edge.kind, edge.key))


def run(scenario: Scenario, until: int | None = None, policy: Policy = DEFAULTS) -> Outcome:
    """Let the judge learn the facts as they were published, answer what is asked, and look until the end.

    Facts of one instant are learned together, as the streams do; questions come after them.
    """
    end = scenario.until if until is None else min(until, scenario.until)
    book = Book(scenario.rules(policy), scenario.watched)
    told: dict[int, list[Fact]] = {}
    for arrival in scenario.arrivals:
        told.setdefault(arrival.published, []).append(arrival.fact)
    asked: dict[int, list[int]] = {}
    for place, ask in enumerate(scenario.asks):
        asked.setdefault(ask.at, []).append(place)
    decisions: list[Decision] = []
    answers: dict[int, Answer] = {}
    for at in sorted(at for at in {*told, *asked} if at <= end):
        if at in told:
            decisions.extend(book.learn_all(told[at], at))
        if at in asked:
            decisions.extend(book.judge(at))
            answers |= {place: _answer(book, scenario.asks[place]) for place in asked[at]}
    decisions.extend(book.judge(end + 1))  # what is said at the end itself is so just after it
    ordered = tuple(sorted((one for one in decisions if one.at <= end), key=lambda one: one.at))
    return Outcome(scenario, tuple(answers[place] for place in sorted(answers)), ordered, book, end)


def _answer(book: Book, ask: Ask) -> Answer:
    promise = book.promise(ask.promise_id)
    flags = () if promise is None else tuple(map(str, promise.said_flags))
    return Answer(ask.at, ask.promise_id, str(book.state(ask.promise_id)), flags)


def iso(at: int) -> str:
    """Return an instant as ISO 8601 in UTC, with +00:00."""
    return moment(at).astimezone(UTC).isoformat()
