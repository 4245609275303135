"""Ids that follow from what they name (UUID version 5): in C where that is built, which takes a third."""

from collections.abc import Callable
from functools import partial

from uuid_utils import UUID, uuid5

from klantbus.bus.quick import native


def names_in(space: str) -> Callable[[str], str]:
    """Return what names texts in the namespace `space`, a UUID."""
    of = UUID(space)
    if native is None:
        return lambda text: str(uuid5(of, text))
    return partial(native.named, of.bytes)
