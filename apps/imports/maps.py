"""The map: a TOML file that says which columns of an export become which fields of which facts.

```toml
department = "sales"
system = "webshop"

[words]
date = "%d-%m-%Y"
decimal = ","

[lookups.order]                 # columns of another file, as {order.customer}
file = "orders.csv"
key = "order_no"
match = "order_no"

[[events]]
type = "promise.made"
id = "{order_no}-promise"       # importing twice adds nothing: the id follows from it
subject = "{customer}"
time = "{ordered|date@09:00}"
when = "{required}"             # no fact where this is empty
data = { promise_id = "{order_no}", kind = "delivery", due = { date = "{required|date}" } }
```

`group = ["order_no"]` makes one fact of all rows that agree on it; its lists (lines) are joined.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from apps.imports.words import Words
from klantbus.bus.errors import Misuse
from klantbus.domain.events import PAYLOADS

SHIPPED = Path(__file__).parent / "maps"


class BadMap(Misuse):
    """A map that says something impossible."""


def _known(encoding: str) -> str:
    """Return `encoding` when text can be written so."""
    try:
        "".encode(encoding)
    except LookupError:
        raise ValueError(f"there is no encoding {encoding!r}; Excel often writes cp1252") from None
    return encoding


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lookup(_Part):
    """Another CSV file, found by its `key` column matching this file's `match` column."""

    file: str
    key: str
    match: str


class EventMap(_Part):
    """One fact of a row (or of a group of rows). Values are templates; `data` is the payload."""

    type: str
    id: str
    subject: str
    time: str
    department: str | None = None
    when: str | None = None
    correlationid: str | None = None
    sourceref: str | None = None
    group: tuple[str, ...] = ()
    data: dict[str, Any]


class ImportMap(_Part):
    """A whole map."""

    department: str
    system: str
    title: str = ""
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: Annotated[str, AfterValidator(_known)] = "utf-8-sig"
    words: Words = Words()
    lookups: dict[str, Lookup] = Field(default_factory=dict)
    events: tuple[EventMap, ...]


def read_map(name: str) -> ImportMap:
    """Return the map in file `name`, or the shipped one of that name.

    Raises `BadMap` with the place and the reason.
    """
    path = Path(name) if Path(name).is_file() else SHIPPED / f"{name}.toml"
    if not path.exists():
        shipped = ", ".join(sorted(one.stem for one in SHIPPED.glob("*.toml")))
        raise BadMap(f"there is no map {name}; give a file, or one of these: {shipped}")
    try:
        found = ImportMap.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMap(f"{path.name} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadMap(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    for event in found.events:
        if event.type not in PAYLOADS:
            raise BadMap(f"{path.name}: there is no event type {event.type}; see: klantbus schema list")
    return found
