"""What the gate asks of the folder as a whole: releases, ids, golden bytes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from klantbus.bus.codec import fact_in
from klantbus.bus.contract import Contract
from klantbus.bus.errors import ContractBroken, Unreadable
from klantbus.bus.framing import framed
from klantbus.bus.gate.finding import Finding
from klantbus.bus.gate.one_file import check_file
from klantbus.bus.gate.pairs import check_versions
from schemas import GOLDEN, RELEASED, SchemaFile, read_folder


def check_folder(root: Path) -> list[Finding]:
    """Return everything that keeps the files under `root` out; golden bytes are tried on files that pass."""
    files = [*read_folder(root)]
    found = [finding for file in files for finding in check_file(file)]
    for _, versions in groupby(files, key=attrgetter("event")):
        found += check_versions([*versions])
    released, golden = _json(root / RELEASED), _json(root / GOLDEN)
    found += [*_released(files, released), *_ids(files)]
    return found or [*_golden(files, released, golden)]


def seal(file: SchemaFile) -> str:
    """Return what a release keeps of a file: the SHA-256 of its text."""
    return hashlib.sha256(file.text.encode()).hexdigest()


def _json(path: Path) -> Mapping[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _released(files: list[SchemaFile], released: Mapping[str, str]) -> Iterator[Finding]:
    seals = {file.path: seal(file) for file in files}
    for path, sealed in released.items():
        if path not in seals:
            yield Finding(path, "released", "a released file is gone; put it back")
        elif seals[path] != sealed:
            yield Finding(path, "released", "a released file was changed; put it back and add a version")


def _ids(files: list[SchemaFile]) -> Iterator[Finding]:
    first: dict[int, str] = {0: "the id that means nothing"}
    for file in files:
        if (other := first.setdefault(file.id, file.path)) != file.path:
            yield Finding(file.path, "ids", f"has the same id as {other}; reword a doc sentence of the newer")


def _golden(
    files: list[SchemaFile], released: Mapping[str, str], golden: Mapping[str, Any]
) -> Iterator[Finding]:
    for path in released:
        if path not in golden:
            yield Finding(path, "golden", "a released file has no golden bytes")
    try:
        known = Contract(tuple(files))
    except ContractBroken as error:
        yield Finding(".", "golden", f"golden bytes cannot be tried: {error}")
        return
    for path, kept in golden.items():
        if sentence := _unlike(known, bytes.fromhex(kept["value"]), kept["fact"]):
            yield Finding(path, "golden", sentence)


def _unlike(known: Contract, value: bytes, expected: Mapping[str, Any]) -> str | None:
    """Say how the fact in `value` differs from what was expected; what newer versions added does not."""
    try:
        fact = fact_in(framed(value), known).model_dump(mode="json")
    except (Unreadable, ContractBroken) as error:
        return f"golden bytes are no longer readable: {error}"
    wrong = [name for name, was in _leaves(expected) if dict(_leaves(fact)).get(name, was) != was]
    return f"golden bytes are read otherwise than before: {', '.join(wrong)}" if wrong else None


def _leaves(said: Any, way: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  because JSON has no type of its own
    if isinstance(said, dict) and said:
        for name, value in said.items():
            yield from _leaves(value, f"{way}.{name}".lstrip("."))
    else:
        yield way, said
