"""Nothing known of a customer holds itself: who is let go is gone at once, without the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from domain.histories import RULES, histories, order_books
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from klantbus.domain.customer import Customer
from klantbus.domain.noting import noted


@contextmanager
def only_by_the_collector() -> Iterator[list[object]]:
    """Give a list in which, at the end, stands what only the garbage collector could let go of meanwhile."""
    found: list[object] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a smaller example would say no more, and each takes the collector a while
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.one_of(order_books(), histories()))
def test_who_is_let_go_leaves_no_rings(history):
    customer = Customer("C1", RULES)
    for one in history:
        customer.learn_all([noted(one.fact, one.published)])
    # Promises that contradict each other know of each other: they are few, and the collector finds them.
    assume(not any(promise.pairs for promise in customer.dossier.promises.values()))
    with only_by_the_collector() as rings:
        del customer
    assert not {type(one).__name__ for one in rings if type(one).__module__.startswith("klantbus.")}
