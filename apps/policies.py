"""policy.toml: what a company judges by, where it differs from RULES. Everything in it is optional.

```toml
handoff_answer = "4h"                 # lengths: 90s, 15m, 4h, 7d
chasing_contacts = 3
price_floor = "0.05"

[lead]
percent = 25
least = "30m"
most = "510m"

[grace]                               # by kind of promise
callback = "15m"
delivery = { working_days = 1, at = "10:00" }

[units]                               # words of your own for units of quantity
doosje = "box"
```
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from klantbus.bus.errors import Misuse
from klantbus.domain.due import Grace, GraceDays, GraceTime, Lead
from klantbus.domain.events import DeliveryTrouble, PromiseKind
from klantbus.domain.micros import DAY, HOUR, MINUTE, SECOND
from klantbus.domain.policy import DEFAULTS, Policy

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_LENGTH = re.compile(r"^(\d+)\s*([smhd])$")
_PARTS = {"lead", "grace", "units"}


def _length(value: object) -> object:
    found = _LENGTH.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a length as "90s", "15m", "4h" or "7d"')
    return int(found[1]) * _UNITS[found[2]]


Length = Annotated[int, BeforeValidator(_length)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Lead(_Part):
    percent: int = Field(DEFAULTS.lead.percent, ge=0, le=100)
    least: Length = DEFAULTS.lead.least
    most: Length = DEFAULTS.lead.most


class _GraceDays(_Part):
    working_days: int = Field(ge=0, le=30)
    at: time


Count = Annotated[int, Field(ge=1)]


class _File(_Part):
    """The fields of `Policy`, in a file's words; what is not there stays as RULES have it."""

    lead: _Lead = _Lead()
    grace: dict[PromiseKind, Length | _GraceDays] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    handoff_answer: Length | None = None
    invoice_patience: Length | None = None
    silence: Length | None = None
    late_publication: Length | None = None
    twin_window: Length | None = None
    critical_window: Length | None = None
    clock_skew: Length | None = None
    far_future: Length | None = None
    horizon: Length | None = None
    serial_moves: Count | None = None
    chasing_contacts: Count | None = None
    chasing_days: Count | None = None
    opportunity_days: Count | None = None
    low_score: Count | None = None
    critical_breaks: Count | None = None
    price_floor: Decimal | None = None
    price_share: Decimal | None = None
    critical_value: Decimal | None = None
    faulty: frozenset[DeliveryTrouble] | None = None


def read_policy(path: Path | None) -> Policy:
    """Return the policy in the file at `path`, over the defaults of RULES. Raises `Misuse` with the place."""
    if path is None:
        return DEFAULTS
    try:
        return policy_of(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Misuse(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def policy_of(said: Mapping[str, Any]) -> Policy:
    """Return the policy that a file's content makes. Raises pydantic's `ValidationError`."""
    read = _File.model_validate(said)
    plain = {
        name: value for name, value in read if value is not None and name not in {"lead", "grace", "units"}
    }
    lead = Lead(read.lead.percent, read.lead.least, read.lead.most)
    graces = {kind: _grace(value) for kind, value in read.grace.items()}
    units = {word.lower(): DEFAULTS.unit(unit) or unit for word, unit in read.units.items()}
    return replace(
        DEFAULTS,
        **plain,
        lead=lead,
        graces=MappingProxyType({**DEFAULTS.graces, **graces}),
        units=MappingProxyType({**DEFAULTS.units, **units}),
    )


def _grace(value: int | _GraceDays) -> Grace:
    if isinstance(value, int):
        return GraceTime(value)
    return GraceDays(value.working_days, value.at.hour * 60 + value.at.minute)
