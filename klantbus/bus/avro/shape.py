"""The shape of a fact as a small tree: the schema knows the bytes, the model the limits."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_DAY = EPOCH.toordinal()


@dataclass(frozen=True, slots=True)
class Text:
    """A string. `check` raises `ValueError` where the lengths do not say it all; `usual` is read quicker.

    `visible` says what the check looks at besides: every character is visible ASCII, as in an id.
    """

    shortest: int
    longest: int
    check: Callable[[str], object] | None
    usual: str | None = None
    visible: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """An enum: the schema's `symbols`, and beside each what it means to the model."""

    symbols: tuple[str, ...]
    members: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in microseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day, counted from 1970-01-01."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A decimal as an integer of at most `precision` digits, the last `scale` behind the point."""

    precision: int
    scale: int


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer from `least` to `most`."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A union; None stands for null."""

    branches: "tuple[Shape | None, ...]"


@dataclass(frozen=True, slots=True)
class Many:
    """An array of at most `limit` items."""

    item: "Shape"
    limit: int


@dataclass(frozen=True, slots=True)
class Table:
    """A map of at most `limit` entries."""

    key: Text
    item: "Shape"
    limit: int


@dataclass(frozen=True, slots=True)
class Group:
    """A record: in the schema's order the model's attribute names with their shapes.

    A name of None is a field that the model does not know, read and dropped; with a `model` of None so is the
    whole record. `absent` holds the defaults of what the model has and an older schema has not.
    """

    model: type[BaseModel] | None
    fields: "tuple[tuple[str | None, Shape], ...]"
    absent: Mapping[str, object]


Shape = Text | Word | Moment | Date | Amount | Whole | Truth | Choice | Many | Table | Group
