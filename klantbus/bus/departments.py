"""departments.toml: the one list of who there is and what each may state, read and checked.

    load_departments(None).departments["sales"].title["nl"]          -> "Verkoop"
    load_departments(path).may_state("sales", "contact.logged")      -> True

Topics, ACLs, HTTP scopes, alert routing and the permission tests are all made from it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from klantbus.bus.errors import DepartmentsRefused
from klantbus.domain.calendar import BadCalendar, Calendar
from klantbus.domain.events import PAYLOADS

DEFAULT_FILE = Path(__file__).with_name("departments.toml")
"""The list that comes with klantbus."""

STATED_BY_THE_BUS = frozenset({"verdict.changed", "alert.raised", "alert.escalated", "alert.resolved"})
"""Types that follow from facts; no department may state them."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Address = Annotated[str, StringConstraints(pattern=r"^[a-z]+:[^\s]+$")]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]


class Language(StrEnum):
    """The languages in which people are spoken to."""

    DUTCH = "nl"
    ENGLISH = "en"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Receiver(_Part):
    """Somebody who can be told: addresses as `channel:where`, and a language when it is not the company's."""

    channels: tuple[Address, ...] = Field(min_length=1)
    language: Language | None = None


class Title(_Part):
    """How a department is called."""

    en: str = Field(min_length=1)
    nl: str = Field(min_length=1)

    def __getitem__(self, language: str) -> str:
        return self.nl if language == Language.DUTCH else self.en


class DepartmentEntry(_Part):
    """A department. `channels` are its desk's; `principal` is its name to Kafka when that is not its own."""

    title: Title
    systems: tuple[Name, ...] = Field(min_length=1)
    may_state: tuple[EventType, ...] = ()
    channels: tuple[Address, ...] = Field(min_length=1)
    head: Receiver
    on_call: Receiver | None = None
    calendar: Name | None = None
    watched: bool = False
    principal: str | None = None


class Everyone(_Part):
    """What any department may state."""

    may_state: tuple[EventType, ...] = ()


class CompanyEntry(_Part):
    """The company: its calendar and language, and who hears what nobody else does."""

    calendar: Name
    language: Language = Language.DUTCH
    management: Receiver
    operations: Receiver | None = None


class Retention(_Part):
    """Days that each kind of topic keeps its records; None keeps them for ever."""

    events: Annotated[int, Field(ge=1)] | None = 1100
    verdicts: Annotated[int, Field(ge=1)] | None = 1100
    alerts: Annotated[int, Field(ge=1)] | None = 1100
    parked: Annotated[int, Field(ge=1)] | None = 1100

    def of(self, kind: Literal["events", "verdicts", "alerts", "parked"]) -> int | None:
        """Return the days of one kind of topic."""
        days: int | None = getattr(self, kind)
        return days


class Departments(_Part):
    """The whole list. `calendars` are settings as `klantbus.domain.calendar.settings` reads them."""

    company: CompanyEntry
    retention: Retention = Retention()
    calendars: Mapping[Name, Mapping[str, object]]
    everyone: Everyone = Everyone()
    departments: Mapping[Name, DepartmentEntry] = Field(min_length=1)
    people: Mapping[str, Receiver] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        self._check_types()
        self._check_calendars()
        return self

    def names(self) -> Sequence[str]:
        """Return the departments' names, sorted."""
        return sorted(self.departments)

    def stated_by(self, department: str) -> frozenset[str]:
        """Return the event types that `department` may state; none for one that is not ours."""
        entry = self.departments.get(department)
        return frozenset((*self.everyone.may_state, *entry.may_state)) if entry else frozenset()

    def may_state(self, department: str, event_type: str) -> bool:
        """Return whether `department` may state facts of `event_type`."""
        return event_type in self.stated_by(department)

    def watched(self) -> Sequence[str]:
        """Return the departments whose silence people are told of."""
        return [name for name in self.names() if self.departments[name].watched]

    def calendar_of(self, department: str) -> Calendar:
        """Return the opening hours of `department`, the company's when it names none."""
        entry = self.departments.get(department)
        return self.calendar((entry.calendar if entry else None) or self.company.calendar)

    def calendar(self, name: str) -> Calendar:
        """Return the calendar called `name`."""
        return Calendar.from_settings({"id": name, **self.calendars[name]})

    def _check_types(self) -> None:
        lists = {"everyone": self.everyone.may_state}
        lists |= {f"departments.{name}": entry.may_state for name, entry in self.departments.items()}
        for place, types in lists.items():
            wrong = [name for name in types if name not in PAYLOADS or name in STATED_BY_THE_BUS]
            if wrong:
                raise ValueError(f"{place}.may_state: no department states {wrong[0]!r}")

    def _check_calendars(self) -> None:
        named = {self.company.calendar, *(entry.calendar for entry in self.departments.values())} - {None}
        missing = sorted(str(name) for name in named if name not in self.calendars)
        if missing:
            raise ValueError(f"there is no calendar {missing[0]!r}; write [calendars.{missing[0]}]")
        for name in self.calendars:
            try:
                self.calendar(name)
            except BadCalendar as error:
                raise ValueError(f"calendars.{name}: {error}") from error


def load_departments(path: Path | None = None) -> Departments:
    """Return the list at `path`, or the one that comes with klantbus.

    Raises `DepartmentsRefused` with the place in the file and what is wrong with it.
    """
    file = path or DEFAULT_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DepartmentsRefused(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DepartmentsRefused(f"{file} is no TOML: {error}") from error
    return read_departments(text, name=file.name)


def read_departments(text: str, *, name: str = "departments.toml") -> Departments:
    """Return the list written in `text`; raise `DepartmentsRefused` naming the place in file `name`."""
    try:
        return Departments.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DepartmentsRefused(f"{name} is no TOML: {error}") from error
    except ValidationError as error:
        raise DepartmentsRefused(f"{name}: {_first_of(error)}") from error


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
