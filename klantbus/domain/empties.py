"""What most customers have nothing of: one empty map, or set, for all of them, until there is something.

A customer has a score of such maps. Each of its own, they would take more room than a few facts do. What is
shared refuses to be written to: whoever writes asks for a map of its own first.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

NOTHING_YET: Final[Mapping[Any, Any]] = MappingProxyType({})
NOBODY_YET: Final[frozenset[Any]] = frozenset()


def own(found: Mapping[K, V]) -> dict[K, V]:
    """Return `found` to write to, or a new map where it is the one of all."""
    return found if isinstance(found, dict) else {}


def own_set(found: AbstractSet[K]) -> set[K]:
    """Return `found` to write to, or a new set where it is the one of all."""
    return found if isinstance(found, set) else set()
