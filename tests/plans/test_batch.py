import pytest

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
