"""Ids that follow from their cause: whoever finds it out, and however often, gives it the same."""

from collections.abc import Callable
from typing import Final

from uuid_utils import UUID, uuid5

from klantbus.bus.quick import native


def _named(space: bytes, *parts: str | int) -> str:
    return str(uuid5(UUID(bytes=space), "".join(map(str, parts))))


named: Final[Callable[..., str]] = getattr(native, "named", _named)
"""Returns the UUID (version 5) of texts and numbers put together, in a namespace of 16 bytes."""
