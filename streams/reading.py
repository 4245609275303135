"""From records to facts, in the merged order; what nobody can read is parked, and what comes after it waits.

A fact waits behind a parked record of its customer only when it stands after it in the log's own order. So a
partition that is read again from the start (a lost disk, another machine) puts aside what it put aside then,
and learns what it learned then.
"""

from collections.abc import Callable, Iterable, Sequence

from klantbus.bus.errors import Unreadable
from klantbus.bus.intake import Arrival, Sorted, put_aside, sort_out
from klantbus.bus.parked import Lot, Mark, Parked
from klantbus.bus.parking import Parking
from klantbus.bus.ports import Follower, Place, Publisher, Stored
from streams.judging import Heard

READER = "streams"
Order = tuple[int, str, int]
Read = Callable[[Sequence[Stored]], Sequence[Heard | Unreadable]]


class OrderedLot(Lot):
    """A lot that also knows where each root stands in the log's order."""

    def __init__(self) -> None:
        super().__init__()
        self._orders: dict[bytes, dict[Place, Order]] = {}
        self._keys: set[bytes | None] = set()

    def learn(self, parked: Parked) -> bool:
        """Take in one record of `klantbus.parked`; return whether its place is now put aside."""
        key, place = parked.original.key, parked.place
        self._keys.add(key)
        if key is not None and parked.mark is Mark.PARKED and self.mark(place) is None:
            order = (parked.original.appended, place.topic, place.offset)
            self._orders.setdefault(key, {})[place] = order
        if key is not None and parked.mark in {Mark.REPLAYED, Mark.DISCARDED}:
            self._orders.get(key, {}).pop(place, None)
        return super().learn(parked)

    def touches(self, records: Iterable[Stored]) -> bool:
        """Return whether anything was ever put aside of those whom `records` are about."""
        return bool(self._keys) and not self._keys.isdisjoint([record.key for record in records])

    def goes_before(self, record: Stored) -> bool:
        """Return whether `record` stands before every open root of its customer."""
        orders = self._orders.get(record.key or b"", {}).values()
        return (record.appended, record.topic, record.offset) < min(orders, default=(1 << 63, "", 0))


class _Unblocked(Lot):
    """The lot for records that stand before every root: it knows what was put aside, and blocks none."""

    def __init__(self, lot: Lot) -> None:
        super().__init__()
        self._lot = lot

    def mark(self, place: Place) -> Mark | None:
        """Return what became of the record at `place`."""
        return self._lot.mark(place)


class OrderedParking(Parking):
    """Parking whose lot knows the order."""

    def __init__(self, publisher: Publisher, follower: Follower) -> None:
        super().__init__(publisher, follower)
        self.lot: OrderedLot = OrderedLot()


class Reader:
    """Reads one partition's records. `run` counts unreadable ones since the last readable one."""

    def __init__(self) -> None:
        self.run = 0

    def plain(self, records: Sequence[Stored], lot: OrderedLot, read: Read) -> Sequence[Heard] | None:
        """Return what `read` finds in `records`; None when one has none or may have to wait: ask `sort`."""
        if lot.touches(records):
            return None
        found = read(records)
        facts = [fact for fact in found if not isinstance(fact, Unreadable)]
        if len(facts) < len(found):
            return None
        self.run = 0 if facts else self.run
        return facts

    def sort(self, records: Sequence[Stored], lot: OrderedLot) -> Sequence[Sorted]:
        """Return what to deliver, to park and to let wait. Raises `TooManyParked`."""
        piles: list[Sorted] = []
        for view, share in self._shares(records, lot):
            piles.append(sort_out(share, view, by=READER, run=self.run))
            self.run = piles[-1].run
        return piles

    @staticmethod
    def _shares(records: Sequence[Stored], lot: OrderedLot) -> list[tuple[Lot, list[Stored]]]:
        before = [record for record in records if lot.goes_before(record)]
        if len(before) == len(records):
            return [(_Unblocked(lot), before)]
        behind = [record for record in records if not lot.goes_before(record)]
        return [(_Unblocked(lot), before), (lot, behind)]


async def arrivals_of(piles: Sequence[Sorted], parking: Parking) -> dict[Place, Arrival]:
    """Park what has to be parked, confirmed; return by place the facts to be learned.

    Raises `LogUnavailable`; doing it again then does no harm.
    """
    found: dict[Place, Arrival] = {}
    for pile in piles:
        freed = await put_aside(pile, parking)
        found |= {arrival.place: arrival for arrival in (*pile.arrivals, *freed)}
    return found
