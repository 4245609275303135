"""Encode and decode per event type, in µs, beside bare fastavro and beside fastavro with pydantic.

Run: python bench/codec.py [--json]. The fact of a row has its required fields, an order and one line; a
second table has every field filled. `decode` makes a frozen fact and compares the headers; fastavro alone
makes a dict.
"""

import argparse
import gc
import io
import json
import sys
import time
from collections.abc import Callable

import fastavro
from pydantic import BaseModel

from klantbus.bus.codec import decode, encode
from klantbus.bus.contract import contract
from klantbus.bus.framing import HEAD
from klantbus.bus.gate.release import sample
from klantbus.domain.events import PAYLOADS, Fact

ROUNDS = 5
CALLS = 400
KEPT = {"order_ref", "sourceref", "lines", "due", "as_said", "direction"}
"""Optional fields that a common fact has."""

COLUMNS = ("bytes", "encode", "decode", "fastavro write", "fastavro read", "fastavro + pydantic")


def main() -> None:
    """Print both tables in Markdown, or as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    tables = {"common": common, "full": full}
    rows = {name: [row(event, make(event)) for event in PAYLOADS] for name, make in tables.items()}
    if options.parse_args().json:
        json.dump(rows, sys.stdout, indent=1)
        return
    for name in tables:
        print(f"\n{name} facts, µs each\n")
        print(f"| event | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}")
        for each in rows[name]:
            print(f"| {each['event']} | {' | '.join(str(each[column]) for column in COLUMNS)} |")


def full(event: str) -> Fact:
    return sample(contract().newest[event].shape)


def common(event: str) -> Fact:
    fact = full(event)
    data = {name: trimmed(fact.data, name) for name in type(fact.data).model_fields}
    envelope = {name: trimmed(fact, name) for name in Fact.model_fields if name != "data"}
    said = {name: value for name, value in envelope.items() if value is not None}
    return Fact.model_validate(
        {**said, "data": {name: value for name, value in data.items() if value is not None}}
    )


def trimmed(model: BaseModel, name: str) -> object:
    value = getattr(model, name)
    if not type(model).model_fields[name].is_required() and name not in KEPT:
        return None
    return value[:1] if isinstance(value, tuple) else value


def row(event: str, fact: Fact) -> dict[str, object]:
    schema = fastavro.parse_schema(contract().newest[event].file.schema)
    value, headers = encode(fact)
    body, said = value[HEAD:], fact.model_dump()
    measured = {
        "encode": lambda: encode(fact),
        "decode": lambda: decode(value, headers),
        "fastavro write": lambda: fastavro.schemaless_writer(io.BytesIO(), schema, said),
        "fastavro read": lambda: fastavro.schemaless_reader(io.BytesIO(body), schema),
        "fastavro + pydantic": lambda: Fact.model_validate(
            fastavro.schemaless_reader(io.BytesIO(body), schema)
        ),
    }
    return {"event": event, "bytes": len(value), **{name: micros(call) for name, call in measured.items()}}


def micros(call: Callable[[], object]) -> float:
    best = float("inf")
    gc.disable()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, time.perf_counter() - start)
    gc.enable()
    return round(best / CALLS * 1e6, 1)


if __name__ == "__main__":
    main()
