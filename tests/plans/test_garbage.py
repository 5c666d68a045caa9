"""The collector is held back for the length of a step, and for no longer."""

import gc

import pytest

from sync_operators.plans.garbage import seldom_collected


@pytest.fixture(autouse=True)
def _threshold_as_before():
    former = gc.get_threshold()
    yield
    gc.set_threshold(*former)


@pytest.mark.parametrize(("before", "within"), [((700, 10, 10), 2_000), ((50_000, 10, 10), 50_000), ((0, 10, 10), 0)])
def test_it_looks_seldom_within_and_as_before_afterwards(before, within):
    gc.set_threshold(*before)
    with pytest.raises(InterruptedError):
        _fail_within((within, 10, 10))
    assert gc.get_threshold() == before


def _fail_within(threshold):
    with seldom_collected():
        assert gc.get_threshold() == threshold
        raise InterruptedError
