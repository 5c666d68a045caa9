"""Which categories of a tree are empty, in what order they go, and why the others stay."""

import pytest

from sync_operators.moodle.categories import Category
from sync_operators.tools.empty_categories import EmptyCategories


def tree(*paths, keep=(), ignore=True):
    """Categories by their ids on the way down: `1/2`; one with courses ends in `*`."""
    told = [_category(path) for path in paths]
    return EmptyCategories(told, keep=keep, ignore_empty_subcategories=ignore)


def _category(path):
    ids = [int(each) for each in path.rstrip("*").split("/")]
    parent = ids[-2] if len(ids) > 1 else 0
    return Category(ids[-1], f"N&amp;{ids[-1]}", parent, coursecount=path.count("*"), path=f"/{path.rstrip('*')}")


def empty(judged):
    return [each.id for each in judged.deepest_first() if judged.stays(each.id) is None]


@pytest.mark.parametrize(
    ("paths", "ignore", "expected"),
    [
        ([], True, []),
        (["1"], True, [1]),
        (["1*"], True, []),
        (["1", "1/2", "1/2/3"], True, [3, 2, 1]),
        (["1", "1/2", "1/2/3"], False, [3]),
        (["1", "1/2*", "1/3", "1/3/4"], True, [4, 3]),
        (["1", "1/2*", "1/3", "1/3/4"], False, [4]),
        # Told in any order, and with the top of the tree left out.
        (["7/8/9", "7/8", "5"], True, [9, 8, 5]),
    ],
)
def test_a_category_is_empty_by_what_is_below_it(paths, ignore, expected):
    assert empty(tree(*paths, ignore=ignore)) == expected


@pytest.mark.parametrize(
    ("keep", "ignore", "expected"),
    [([2], True, [3, 4]), ([3], True, [4]), ([1], True, [3, 2, 4]), ([3], False, [4]), ([99], True, [3, 2, 4, 1])],
)
def test_what_is_kept_keeps_what_is_above_it(keep, ignore, expected):
    assert empty(tree("1", "1/2", "1/2/3", "1/4", keep=keep, ignore=ignore)) == expected


def test_why_a_category_stays_is_said_with_the_names_on_the_way_to_it():
    judged = tree("1", "1/2*", "1/3", keep=[3])
    told = [(fault.code, fault.args.get("reason"), fault.args["category"]) for fault in map(judged.stays, (1, 2, 3))]
    assert told == [
        ("skipped_not_empty", "not all below it is empty", "N&1"),
        ("skipped_not_empty", "courses are in it", "N&1 / N&2"),
        ("skipped_kept", None, "N&1 / N&3"),
    ]
    assert tree("1", "1/2", ignore=False).stays(1).args["reason"] == "sub-categories are in it"
