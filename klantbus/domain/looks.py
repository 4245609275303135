"""When which item is to be looked at again, because time alone changes something about it.

An item's own `said_look` is what counts: what stands here of another instant is over, and passed by.
"""

from heapq import heapify, heappop, heappush
from typing import Final

from klantbus.domain.item import NEVER, Item

ROOM: Final = 8
"""How many looks there may be before those that are over are thrown out."""


class Looks:
    """The looks of one customer, the earliest first; of one instant those that were noted first.

    Nothing is due before `none_before`: who asks that first need not look at the heap.
    """

    __slots__ = ("_heap", "_noted", "_room", "none_before")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Item]] = []
        self._noted = 0
        self._room = ROOM
        self.none_before = NEVER

    def note(self, item: Item, look: int) -> None:
        """Look at an item at `look` (µs, or `NEVER`), and no more when it was to be looked at before."""
        item.said_look = look
        if look == NEVER:
            return
        heap = self._heap
        self.none_before = min(self.none_before, look)
        self._noted += 1
        heappush(heap, (look, self._noted, item))
        if len(heap) > self._room:
            heap[:] = [one for one in heap if one[2].said_look == one[0]]
            heapify(heap)
            self._room = 2 * len(heap) + ROOM

    def first(self) -> int | None:
        """Return when the next item is to be looked at."""
        heap = self._heap
        while heap and heap[0][2].said_look != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def due(self, now: int) -> tuple[int, Item] | None:
        """Return the next item to be looked at up to `now` (inclusive), and when; it is due only once."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            look, _, item = heappop(heap)
            if item.said_look == look:
                item.said_look = NEVER
                return look, item
        self.none_before = heap[0][0] if heap else NEVER
        return None
