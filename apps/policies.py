"""The judge's policy from a TOML file. What is not named keeps the default of RULES.

handoff_answer_minutes = 240        # also: invoice_patience, silence, late_publication, clock_skew
horizon_days = 400                  # also: twin_window, critical_window, far_future
serial_moves = 3                    # also: chasing_contacts, chasing_days, opportunity_days, low_score,
                                    #       critical_breaks
price_share = "0.005"               # also: price_floor, critical_value; amounts are texts
faulty = ["damaged", "wrong_item"]
units = ["spool"]                   # known beside the usual ones
[lead]
percent = 25
least_minutes = 30
most_minutes = 510
[grace.callback]                    # by kind of promise
minutes = 15
[grace.delivery]
working_days = 1
at = "10:00"
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

from klantbus.bus.errors import Misuse
from klantbus.domain.due import Grace, GraceDays, GraceTime, Lead
from klantbus.domain.events import DeliveryTrouble, PromiseKind
from klantbus.domain.micros import DAY, MINUTE
from klantbus.domain.policy import DEFAULTS, GRACES, UNITS, Policy

_UNITS_OF_TIME = (("_minutes", MINUTE), ("_days", DAY))
_NAMES = {field.name: type(getattr(DEFAULTS, field.name)) for field in fields(Policy)}


def read_policy(path: Path) -> Policy:
    """Read a policy (shape above). Raises `Misuse` naming the file and the setting."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        return as_policy(said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as error:
        raise Misuse(f"{path}: {error}") from error


def as_policy(said: Mapping[str, Any]) -> Policy:
    """Return the policy that settings describe. Raises `ValueError` for a setting that nobody knows."""
    found: dict[str, Any] = dict(_setting(name, value) for name, value in said.items())
    return Policy(**found)


def _setting(name: str, value: Any) -> tuple[str, object]:  # noqa: ANN401  TOML may hold anything
    special: Mapping[str, Callable[[Any], object]] = {
        "lead": _lead,
        "grace": _graces,
        "faulty": _faulty,
        "units": _units,
    }
    if name in special:
        return ("graces" if name == "grace" else name), special[name](value)
    for ending, unit in _UNITS_OF_TIME:
        own = name.removesuffix(ending)
        if own != name and _NAMES.get(own) is int:
            return own, int(value) * unit
    if _NAMES.get(name) is Decimal:
        return name, Decimal(str(value))
    if _NAMES.get(name) is int and name in PLAIN:
        return name, int(value)
    raise ValueError(f"{name}: no such setting of the judge")


PLAIN = frozenset(
    {"serial_moves", "chasing_contacts", "chasing_days", "opportunity_days", "low_score", "critical_breaks"}
)
"""Settings that are plain numbers; the other whole numbers are lengths and carry their unit in the name."""


def _lead(said: Mapping[str, int]) -> Lead:
    least, most = said.get("least_minutes", 30), said.get("most_minutes", 510)
    return Lead(said.get("percent", 25), least * MINUTE, most * MINUTE)


def _graces(said: Mapping[str, Mapping[str, Any]]) -> Mapping[PromiseKind, Grace]:
    return MappingProxyType({**GRACES, **{PromiseKind(kind): _grace(one) for kind, one in said.items()}})


def _grace(said: Mapping[str, Any]) -> Grace:
    if "minutes" in said:
        return GraceTime(int(said["minutes"]) * MINUTE)
    hour, minute = str(said["at"]).split(":")
    return GraceDays(int(said["working_days"]), int(hour) * 60 + int(minute))


def _faulty(said: list[str]) -> frozenset[DeliveryTrouble]:
    return frozenset(map(DeliveryTrouble, said))


def _units(said: list[str]) -> Mapping[str, str]:
    return MappingProxyType({**UNITS, **{word.lower(): word.lower() for word in said}})
