from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.plans.batch import Batch
from sync_operators.tools.tool import Act
from sync_operators.tools.user_verbs import USER_VERBS


def batch(count, **marks):
    acts = [Act(seq=seq, row=seq, entity="user", moodle_id=None, before={}, after={}) for seq in range(count)]
    return Batch(USER_VERBS["create"], tuple(acts), **marks)


@pytest.mark.parametrize(
    ("count", "wanted"), [(1, [[0]]), (2, [[0], [1]]), (3, [[0], [1, 2]]), (5, [[0, 1], [2, 3, 4]])]
)
def test_halves_hold_every_act_once_and_in_order(count, wanted):
    assert [half.seqs for half in batch(count).halves()] == wanted


def test_halves_know_what_their_batch_knew():
    halves = batch(4, tries=2, marked=True, looked=True).halves()
    assert [(half.tries, half.marked, half.looked) for half in halves] == [(2, True, True)] * 2


@pytest.mark.parametrize(
    ("most", "wanted"), [(2, [[0, 1], [2, 3], [4]]), (5, [[0, 1, 2, 3, 4]]), (9, [[0, 1, 2, 3, 4]])]
)
def test_pieces_hold_every_act_once_and_in_order_and_know_what_their_batch_knew(most, wanted):
    pieces = batch(5, tries=2).pieces(most)
    assert [piece.seqs for piece in pieces] == wanted
    assert {piece.tries for piece in pieces} == {2}


def test_of_nothing_there_is_no_piece():
    assert batch(0).pieces(3) == []


def isolated(size, bad):
    """Send halves until none is refused that could be split: (acts done, acts refused alone, calls)."""
    queue, done, refused, calls = deque([batch(size)]), [], [], 0
    while queue:
        some = queue.popleft()
        calls += 1
        if not bad & set(some.seqs):
            done += some.seqs
        elif len(some.seqs) == 1:
            refused += some.seqs
        else:
            queue.extendleft(reversed(some.halves()))
    return done, refused, calls


@given(size=st.integers(1, 130), data=st.data())
def test_by_halves_exactly_the_bad_acts_are_refused_and_the_good_ones_done_once(size, data):
    bad = data.draw(st.sets(st.integers(0, size - 1), max_size=size))
    done, refused, _ = isolated(size, bad)
    assert (done, refused) == ([seq for seq in range(size) if seq not in bad], sorted(bad))


def test_one_bad_act_in_a_hundred_takes_at_most_fifteen_calls_wherever_it_stands():
    assert max(isolated(100, {bad})[2] for bad in range(100)) <= 15
