"""When which item is to be looked at again, because time alone changes something about it.

A heap of the items themselves, by their own `said_look`: each stands in it once and knows where.
"""

from klantbus.domain.item import NEVER, Item


class Looks:
    """The looks of one customer, the earliest first; of one instant those that were noted first.

    Nothing is due before `none_before`: who asks that first need not look at the heap. An item's `said_look`
    is changed here only.
    """

    __slots__ = ("_heap", "_noted", "none_before")

    def __init__(self) -> None:
        self._heap: list[Item] = []
        self._noted = 0
        self.none_before = NEVER

    def note(self, item: Item, look: int) -> None:
        """Look at an item at `look` (µs, or `NEVER`), and no more when it was to be looked at before."""
        before = item.said_look
        if look == NEVER:
            if before != NEVER:
                self._take_out(item)
            return
        self._noted += 1
        item.said_look, item.look_turn = look, self._noted
        self.none_before = min(self.none_before, look)
        if before == NEVER:
            item.look_place = len(self._heap)
            self._heap.append(item)
        if look < before:
            self._rise(item)
        else:
            self._sink(item)

    def first(self) -> int | None:
        """Return when the next item is to be looked at."""
        return self._heap[0].said_look if self._heap else None

    def due(self, now: int) -> Item | None:
        """Return the next item to be looked at up to `now` (inclusive): its next look must be noted then."""
        heap = self._heap
        if heap and heap[0].said_look <= now:
            return heap[0]
        self.none_before = heap[0].said_look if heap else NEVER
        return None

    def _take_out(self, item: Item) -> None:
        item.said_look = NEVER
        last = self._heap.pop()
        if last is not item:
            last.look_place = item.look_place
            self._rise(last)
            self._sink(last)

    def _rise(self, item: Item) -> None:
        """Move an item before those that are to be looked at later than it."""
        heap, place = self._heap, item.look_place
        while place > 0:
            above = heap[(place - 1) // 2]
            if not _comes_first(item, above):
                break
            heap[place] = above
            above.look_place, place = place, (place - 1) // 2
        heap[place] = item
        item.look_place = place

    def _sink(self, item: Item) -> None:
        """Move an item behind those that are to be looked at sooner than it."""
        heap, place = self._heap, item.look_place
        while 2 * place + 1 < len(heap):
            first = heap[2 * place + 1]
            if 2 * place + 2 < len(heap) and _comes_first(heap[2 * place + 2], first):
                first = heap[2 * place + 2]
            if not _comes_first(first, item):
                break
            heap[place] = first
            first.look_place, place = place, first.look_place
        heap[place] = item
        item.look_place = place


def _comes_first(one: Item, other: Item) -> bool:
    if one.said_look != other.said_look:
        return one.said_look < other.said_look
    return one.look_turn < other.look_turn
