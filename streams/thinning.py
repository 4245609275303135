"""Which facts stay in the store when the judge let some of a customer's go (ARCHITECTURE, The judge)."""

from typing import Any

from streams.judging import Judge
from streams.store import Part

Facts = dict[tuple[bytes, bytes], tuple[int, bytes]]
"""By customer and place: when a fact was published (µs), and its bytes."""


def thinned(judge: Judge, state: Any, unit: bytes, part: Part, new: Facts) -> Facts:  # noqa: ANN401  the judge's own
    """Return `new`, with the facts of customer `unit`, old or new, that `judge` remembers in `state`."""
    others = {name: fact for name, fact in new.items() if name[0] != unit}
    stood = {(unit, place): (at, value) for place, at, value in part.placed_facts(unit)}
    ours = {name: fact for name, fact in (stood | new).items() if name[0] == unit}
    return others | {
        name: (at, v) for name, (at, v) in ours.items() if judge.remembers(state, judge.recall(v, at))
    }
