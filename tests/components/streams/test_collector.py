"""Sparing the garbage collector costs no memory for ever: rings are looked for again after enough facts."""

import gc
import weakref

import pytest

from streams.parts import Collector


class Ring:
    """Something that holds itself, so that only the collector can let it go."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def collector():
    before = gc.get_threshold()
    yield Collector(every=100)
    gc.unfreeze()
    gc.set_threshold(*before)


def test_a_ring_that_was_set_aside_is_let_go_once_enough_facts_came(collector):
    ring = Ring()
    gone = weakref.ref(ring)
    collector.after(1)
    del ring
    gc.collect()
    assert gone() is not None
    collector.after(98)
    assert gone() is not None
    collector.after(1)
    assert gone() is None


def test_what_was_set_aside_is_given_back_at_the_end(collector):
    collector.after(1)
    assert gc.get_freeze_count() > 0
    collector.close()
    assert gc.get_freeze_count() == 0
