"""Waiting for a condition, instead of sleeping and hoping."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

import pytest

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 60) -> T:
    """Return what `condition` gives once it gives something; its name says what was waited for."""
    began = monotonic()
    while monotonic() - began < seconds:
        if found := condition():
            return found
        Event().wait(0.1)
    pytest.fail(f"waited {seconds} s until {condition.__name__}")
