"""DuckDB read models: one folder each, a projector that keeps them, editions to read them from.

`projections.connect(place)` opens the newest edition; `connect_personal` the one with personal text;
`wait_for(place, position)` waits until an edition has what you just published.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from projections.editions import connect, connect_personal, wait_for

__all__ = ["connect", "connect_personal", "wait_for"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whichever of the three is asked for
    """Load DuckDB only when somebody connects: the printer imports this package and must start at once."""
    if name not in __all__:
        raise AttributeError(name)
    from projections import editions  # noqa: PLC0415  the point of this function

    return getattr(editions, name)
