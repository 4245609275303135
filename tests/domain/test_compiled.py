"""The compiled judge is the same files; `make check` tests domain, contract and streams on both."""

import os

from klantbus.bus import codec
from klantbus.domain import customer
from streams import slice as streams_slice


def test_the_judge_under_test_is_compiled_when_it_was_asked_for_and_plain_when_not():
    asked = os.environ.get("KLANTBUS_COMPILED") == "1"

    assert [module.__file__.endswith(".so") for module in (customer, codec, streams_slice)] == [asked] * 3
