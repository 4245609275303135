"""How one file writes its dates, times and numbers, and the filters that read them.

A filter takes the cell's text and gives the contract's text: ISO 8601 for times, a plain decimal for numbers.
It raises `BadCell` with a sentence that says what was expected.
"""

import re
from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

Filter = Callable[[str], str]

_ISO_DAY = "%Y-%m-%d"
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


class BadCell(ValueError):
    """A cell that cannot be read as what the map says it is."""


class Words(BaseModel):
    """What a file means by its cells. Formats are those of `strptime`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str = Field("Europe/Amsterdam", description="zone of times that name none")
    date: str = Field(_ISO_DAY, description="how a date is written")
    datetime: str = Field("%Y-%m-%d %H:%M:%S", description="how a date with a time is written")
    decimal: str = Field(".", pattern=r"^[.,]$", description="the decimal mark")
    tables: dict[str, dict[str, str]] = Field(default_factory=dict, description="the file's words to ours")


def filter_named(expression: str, words: Words) -> Filter:
    """Return the filter of `date`, `time`, `date@17:00`, `number`, `lower`, `upper` or `table:NAME`."""
    name, _, rest = expression.partition(":") if expression.startswith("table:") else (expression, "", "")
    if name == "table":
        return _table(rest, words)
    if expression.startswith("date@"):
        return _date_at(expression.removeprefix("date@"), words)
    plain: dict[str, Callable[[Words], Filter]] = {
        "date": _date,
        "time": _time,
        "number": _number,
        "lower": lambda _: str.lower,
        "upper": lambda _: str.upper,
    }
    if expression not in plain:
        raise ValueError(f"no filter {expression!r}: use one of {', '.join(plain)}, date@HH:MM, table:NAME")
    return plain[expression](words)


def _parsed(text: str, form: str) -> datetime:
    try:
        if form == _ISO_DAY and _ISO.fullmatch(text):
            return datetime.fromisoformat(text)  # a tenth of what strptime takes
        return datetime.strptime(text, form)  # noqa: DTZ007  the zone is the file's and is added by the caller
    except ValueError:
        raise BadCell(f"{text!r} is not written as {form}") from None


def _date(words: Words) -> Filter:
    @lru_cache(maxsize=4096)
    def read(text: str) -> str:
        return _parsed(text, words.date).date().isoformat()

    return read


def _date_at(clock: str, words: Words) -> Filter:
    zone = ZoneInfo(words.timezone)
    hour = time.fromisoformat(clock)

    @lru_cache(maxsize=4096)
    def read(text: str) -> str:
        return datetime.combine(_parsed(text, words.date).date(), hour, zone).isoformat()

    return read


def _time(words: Words) -> Filter:
    zone = ZoneInfo(words.timezone)

    @lru_cache(maxsize=4096)
    def read(text: str) -> str:
        moment = _parsed(text, words.datetime)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()

    return read


def _number(words: Words) -> Filter:
    thousands = "," if words.decimal == "." else "."

    @lru_cache(maxsize=4096)
    def read(text: str) -> str:
        plain = text.replace(" ", "").replace(thousands, "").replace(words.decimal, ".")
        try:
            return str(Decimal(plain))
        except InvalidOperation:
            raise BadCell(f"{text!r} is not a number with decimal mark {words.decimal!r}") from None

    return read


def _table(name: str, words: Words) -> Filter:
    if name not in words.tables:
        raise ValueError(f"no table {name!r} under [words.tables]")
    table = words.tables[name]

    def read(text: str) -> str:
        if text not in table:
            raise BadCell(f"{text!r} is not in table {name!r} (it has: {', '.join(sorted(table))})")
        return table[text]

    return read
