"""What every fact is made of: the envelope, the words for texts, ids, amounts and instants (RULES section 2).

Units and shapes: instants are aware datetimes in UTC with microseconds, money and quantities `Decimal`,
days `date`, lists tuples. A field that holds personal text carries `{"pii": True}`.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NewType, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SerializeAsAny,
    StringConstraints,
    model_validator,
)

from klantbus.domain.phones import E164, e164

FIRST_YEAR = 1900
LAST_YEAR = 2199
"""Years outside these are typing errors that no calendar can reckon with; a wrong year inside is judged."""

PII: dict[str, JsonValue] = {"pii": True}
"""Marks a field that may hold personal text or a name."""


def _in_reach(day: dt.date) -> dt.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"a year between {FIRST_YEAR} and {LAST_YEAR} is asked for")
    return day


def _in_utc(moment: dt.datetime) -> dt.datetime:
    _in_reach(moment)
    return moment.astimezone(dt.UTC)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("an IANA timezone name is asked for") from error
    return name


def _dialled(said: object) -> object:
    return e164(said) if isinstance(said, str) else said


EventId = NewType("EventId", str)
CustomerId = NewType("CustomerId", str)
PromiseId = NewType("PromiseId", str)
DepartmentName = NewType("DepartmentName", str)

VISIBLE = r"^[!-~]+$"
"""What an id looks like: visible ASCII, so that it can stand in a key, a header and an address."""
_WORD = StringConstraints(min_length=1, max_length=64)
_TOKEN = StringConstraints(min_length=1, max_length=64, pattern=VISIBLE)

Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Day = Annotated[dt.date, AfterValidator(_in_reach)]
EventRef = Annotated[EventId, _TOKEN]
Customer = Annotated[CustomerId, _TOKEN]
PromiseRef = Annotated[PromiseId, _WORD]
Department = Annotated[DepartmentName, _WORD]
Ref = Annotated[str, _WORD]
Text80 = Annotated[str, StringConstraints(max_length=80)]
Text280 = Annotated[str, StringConstraints(max_length=280)]
Text500 = Annotated[str, StringConstraints(max_length=500)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Phone = Annotated[str, BeforeValidator(_dialled), StringConstraints(pattern=E164, max_length=16)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Count = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Quantity = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]
UnitPrice = Annotated[Decimal, Field(max_digits=12, decimal_places=4)]
Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]
Hours = Annotated[Decimal, Field(max_digits=9, decimal_places=4)]

_Item = TypeVar("_Item")
Many = Annotated[tuple[_Item, ...], Field(max_length=1000)]
"""A list inside a fact. Its limit keeps the cost of a hostile record small."""


class Part(BaseModel):
    """Something inside a fact. Frozen; unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        protected_namespaces=(),
    )


class Payload(Part):
    """What one type of fact says. `event` is the type's name, `about` is what its subject stands for."""

    event: ClassVar[str]
    about: ClassVar[Literal["customer", "department", "calendar"]] = "customer"


class Why(Part):
    """One reason of a verdict or an alert: the fact it stands on and the rule that was applied."""

    event_id: EventRef | None = Field(None, description="The fact it stands on; none when only time passed.")
    rule: Ref = Field(description="The number of the rule in RULES, such as 4.6 or 7.T2.")


PAYLOADS: dict[str, type[Payload]] = {}
"""Every event type by its name. Filled once, by `klantbus.domain.events`."""


class Fact(Part):
    """A fact: something that happened in the world, said once by one department (CloudEvents names)."""

    id: EventRef = Field(
        description="Identity, a UUIDv7 made once by the source; a second arrival is ignored."
    )
    source: Annotated[str, StringConstraints(max_length=128, pattern=r"^/[!-.0-~]+(/[!-.0-~]+)*$")] = Field(
        description="Department and system that state the fact, such as /sales/crm."
    )
    type: Annotated[str, StringConstraints(max_length=64)] = Field(
        description="What kind of fact it is, such as promise.made; the version travels with the bytes."
    )
    subject: Customer = Field(
        description="Customer number as the department knows it, never rewritten, and the key in the log; "
        "for a heartbeat the department, for a calendar its id."
    )
    time: Instant = Field(description="When it happened in the world: drives every verdict.")
    recordedtime: Instant = Field(description="When the department's system wrote it down.")
    timezone: Zone = Field(
        "Europe/Amsterdam", description="IANA name of the zone for rules about days and for showing."
    )
    actor: Ref | None = Field(None, description="Pseudonymous number of the employee.")
    sourceref: Text280 | None = Field(
        None, description="Natural key in the source system; with source the second key to know a repeat by."
    )
    correlationid: Text280 | None = Field(None, description="The order, case or ticket it belongs to.")
    causationid: EventRef | None = Field(None, description="The fact that caused this one.")
    traceparent: Text80 | None = Field(None, description="W3C trace context.")
    data: SerializeAsAny[Payload] = Field(description="What this type of fact says.")

    @model_validator(mode="before")
    @classmethod
    def _shape_of_type(cls, given: Any) -> Any:  # noqa: ANN401  because a before-validator is handed anything
        """Make `data` of the class its `type` asks for, and take a missing `type` from `data`."""
        if not isinstance(given, dict):
            return given
        data = given.get("data")
        if isinstance(data, Payload):
            return {"type": data.event, **given}
        shape = PAYLOADS.get(str(given.get("type")))
        if shape is None:
            return given
        return {**given, "data": shape.model_validate(data)}

    @model_validator(mode="after")
    def _of_its_type(self) -> Self:
        if PAYLOADS.get(self.type) is not type(self.data):
            raise ValueError(f"{self.type} is no known type, or its data is of another type")
        return self

    @property
    def department(self) -> DepartmentName:
        """The department that states it: the first word of `source`."""
        return DepartmentName(self.source.split("/", 2)[1])

    @property
    def system(self) -> str:
        """The system of the department it came from: what follows the department in `source`."""
        return self.source.split("/", 2)[2] if self.source.count("/") > 1 else ""
