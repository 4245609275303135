"""Lets drafts out: from then on a file is sealed, and bytes written with it must stay readable."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from klantbus.bus.avro.shape import (
    Amount,
    Choice,
    Date,
    Group,
    Many,
    Moment,
    Shape,
    Table,
    Text,
    Truth,
    Whole,
    Word,
)
from klantbus.bus.contract import Agreed
from klantbus.bus.errors import ContractBroken
from klantbus.bus.gate.folder import check_folder, seal
from klantbus.domain.events import Fact
from schemas import GOLDEN, RELEASED, SchemaFile, read_folder

SAMPLE_TEXTS = (
    "Zoë's voorbeeld",
    "E-0001",
    "EUR",
    "08:30",
    "Europe/Amsterdam",
    "/sales/crm",
    '{"uom": "pcs"}',
    "+31205550123",
)
"""The first one that a field lets in stands in its golden bytes."""

SAMPLE_TIME = dt.datetime(2026, 3, 6, 16, 30, 0, 1, tzinfo=dt.UTC)


def release(root: Path, events: set[str]) -> list[SchemaFile]:
    """Seal the drafts of `events` under `root` and keep golden bytes of each; return the files sealed.

    Raises `ContractBroken` while the gate finds anything, and changes nothing then.
    """
    if findings := check_folder(root):
        raise ContractBroken(f"{findings[0].path}: {findings[0].sentence}")
    sealed, golden = (json.loads((root / name).read_text("utf-8")) for name in (RELEASED, GOLDEN))
    drafts = [file for file in read_folder(root) if file.event in events and file.path not in sealed]
    newest = {file.event: file for file in read_folder(root)}
    for file in drafts:
        sealed[file.path] = seal(file)
        golden[file.path] = _golden(Agreed(file, newest[file.event]))
    _write(root / RELEASED, sealed)
    _write(root / GOLDEN, golden)
    return drafts


def _golden(agreed: Agreed) -> dict[str, Any]:
    fact = sample(agreed.shape)
    pieces: list[bytes] = []
    agreed.write(fact, pieces.append)
    return {"value": (agreed.head + b"".join(pieces)).hex(), "fact": fact.model_dump(mode="json")}


def sample(shape: Group) -> Fact:
    """Return a fact of a shape with something in every field."""
    return Fact.model_validate(_sample(shape))


def _sample(shape: Shape) -> Any:  # noqa: ANN401, C901, PLR0911  because it is a table of shapes
    match shape:
        case Text():
            return shape.usual or next(_fitting(shape))
        case Amount(_, scale):
            return Decimal(1234567).scaleb(-scale)
        case Moment():
            return SAMPLE_TIME
        case Date():
            return SAMPLE_TIME.date()
        case Whole(least, most):
            return min(most, max(least, 7))
        case Truth():
            return True
        case Choice(branches):
            return _sample(branches[-1]) if branches[-1] else None
        case Many(item):
            return [_sample(item), _sample(item)]
        case Table(key, item):
            return {_sample(key): _sample(item)}
        case Word(_, members):
            return members[-1]
        case Group(_, fields):
            return {name: _sample(field) for name, field in fields if name}


def _fitting(shape: Text) -> Iterator[str]:
    for text in SAMPLE_TEXTS:
        try:
            if shape.check:
                shape.check(text)
        except ValueError:
            continue
        yield text


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(dict(sorted(content.items())), indent=1, ensure_ascii=False) + "\n", "utf-8")
