"""What is to be looked at next is always the earliest, of one instant what was noted first."""

from hypothesis import given
from hypothesis import strategies as st

from klantbus.domain.item import NEVER, Item
from klantbus.domain.looks import Looks

NOTES = st.lists(st.tuples(st.integers(0, 7), st.one_of(st.integers(1, 12), st.just(NEVER))), max_size=60)


def expected(noted: dict[int, tuple[int, int]]) -> list[int]:
    return [number for number, _ in sorted(noted.items(), key=lambda one: one[1])]


def drained(looks: Looks, until: int) -> list[str]:
    """Look at all that is due, once."""
    seen = []
    while (item := looks.due(until)) is not None:
        seen.append(item.key)
        looks.note(item, NEVER)
    return seen


@given(NOTES, st.integers(0, 13))
def test_items_are_due_in_the_order_of_their_last_look(notes, until):
    looks, items, noted = Looks(), [Item(str(number)) for number in range(8)], dict[int, tuple[int, int]]()
    for turn, (number, look) in enumerate(notes):
        looks.note(items[number], look)
        noted.pop(number, None)
        if look != NEVER:
            noted[number] = (look, turn)
        assert looks.first() == (min(noted.values())[0] if noted else None)
        assert looks.none_before <= min((look for look, _ in noted.values()), default=NEVER)
    due = [str(number) for number in expected(noted) if noted[number][0] <= until]
    assert drained(looks, until) == due
    assert drained(looks, NEVER) == [str(number) for number in expected(noted) if noted[number][0] > until]
    assert looks.first() is None
