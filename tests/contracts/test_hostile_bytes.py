"""No bytes crash the decoder, and none cost much: at most 64 MB and 100 ms of CPU each."""

import gc
import os
import random
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klantbus.bus.codec import decode
from klantbus.bus.contract import contract
from klantbus.bus.errors import Unreadable
from klantbus.bus.framing import HEAD, VALUE_LIMIT
from klantbus.bus.gate.release import sample
from klantbus.domain.events import PAYLOADS, Fact

MEMORY = 64 * 1024 * 1024
SECONDS = 0.1

ALL = [*PAYLOADS]
HEADS = [contract().newest[event].head for event in ALL]

HUGE = (b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\xa0\xc2\x1e", b"\xd0\x0f", b"\xff\xff\xff\xff\x0f")
"""Counts to plant: the largest there is, 250,000, 1,000 (as many as a list may hold), a negative one."""

FILLS = (b"\x00", b"\x01", b"\x02", b"\x02a", b"\x7f", b"\xff")


def outcome(value: bytes) -> Fact | Unreadable:
    try:
        return decode(value)
    except Unreadable as error:
        return error


def cost(values: list[bytes]) -> tuple[float, int]:
    """Return the CPU seconds of the dearest value and the peak of memory over all of them."""
    dearest = 0.0
    gc.disable()  # the garbage of a whole test session is not what a value costs
    for value in values:
        start = time.process_time()
        outcome(value)
        dearest = max(dearest, time.process_time() - start)
    gc.enable()
    tracemalloc.start()
    for value in values:
        outcome(value)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return dearest, peak


def fact_bytes(event: str) -> bytes:
    agreed = contract().newest[event]
    pieces: list[bytes] = []
    agreed.write(sample(agreed.shape), pieces.append)
    return agreed.head + b"".join(pieces)


def bombs(event: str, places: int, seed: int) -> Iterator[bytes]:
    """A good fact that somewhere turns into a huge count and a value as large as the limit allows."""
    value = fact_bytes(event)
    chosen = random.Random(seed)  # noqa: S311  because it is no secret where a test strikes
    for at in chosen.sample(range(HEAD, len(value)), min(places, len(value) - HEAD)):
        fill = chosen.choice(FILLS)
        start = value[:at] + chosen.choice(HUGE)
        yield start + (fill * VALUE_LIMIT)[: VALUE_LIMIT - len(start)]


@given(st.sampled_from(HEADS), st.binary(max_size=400))
@settings(max_examples=500, deadline=None)
def test_random_bytes_are_refused_or_read_and_never_crash(head: bytes, body: bytes):
    assert isinstance(outcome(head + body), Fact | Unreadable)


@given(st.binary(max_size=64))
@settings(max_examples=200, deadline=None)
def test_bytes_without_any_frame_are_refused(value: bytes):
    assert isinstance(outcome(value), Unreadable)


@pytest.mark.parametrize(
    "event", ["promise.made", "delivery.completed", "event.corrected", "verdict.changed"]
)
def test_a_bomb_of_a_quarter_megabyte_costs_little(event: str):
    dearest, peak = cost([*bombs(event, places=40, seed=1)])
    assert peak < MEMORY
    assert dearest < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("event", ALL)
def test_no_type_has_a_place_for_a_bomb(event: str):
    for seed in range(int(os.environ.get("KLANTBUS_CYCLES", "20")) // 10):
        dearest, peak = cost([*bombs(event, places=100, seed=seed)])
        assert peak < MEMORY
        assert dearest < SECONDS


def test_the_dearest_list_that_is_allowed_costs_little():
    lines = [{"sku": "A", "quantity": "0.000001"}] * 1000
    fact = sample(contract().newest["delivery.completed"].shape).model_dump()
    fact["data"] |= {"lines": lines, "promise_ids": ["p"] * 1000}
    whole = Fact.model_validate(fact)
    pieces: list[bytes] = []
    agreed = contract().newest["delivery.completed"]
    agreed.write(whole, pieces.append)
    value = agreed.head + b"".join(pieces)
    assert outcome(value) == whole
    dearest, peak = cost([value])
    assert peak < MEMORY
    assert dearest < SECONDS


@pytest.mark.parametrize("text", ["[" * 20_000, '{"a":' * 3_000, "9" * 20_000, '"' + "\\u0000" * 3_000 + '"'])
def test_json_inside_a_correction_is_no_way_in(text: str):
    agreed = contract().newest["event.corrected"]
    fact = sample(agreed.shape)
    planted = fact.model_copy(update={"data": fact.data.model_copy(update={"set": {"lines": text}})})
    pieces: list[bytes] = []
    agreed.write(planted, pieces.append)
    value = agreed.head + b"".join(pieces)
    assert isinstance(outcome(value), Fact | Unreadable)
    dearest, peak = cost([value])
    assert peak < MEMORY
    assert dearest < SECONDS


def test_five_bytes_that_announce_fifty_million_items_are_refused():
    value = fact_bytes("promise.made")
    with suppress(Unreadable):
        decode(value)
    assert isinstance(outcome(value[:-40] + b"\x80\xe1\xeb\x17"), Unreadable)
