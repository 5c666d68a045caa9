"""Memberships that are ours: added, told by course, and gone with what they stood on."""

import pytest

from sync_operators.ledger import Ledger, members, sites

ROWS = [(1, 10, 100), (1, 10, 101), (1, 11, 100), (2, 20, 100)]


@pytest.fixture
def ours(ledger: Ledger, site: int) -> Ledger:
    with ledger.write() as tx:
        members.add(tx, site, "run", [*ROWS, ROWS[0]])
        members.add(tx, sites.site_id(tx, "https://staging.example.org"), "run", [(1, 99, 999)])
    return ledger


@pytest.mark.parametrize(
    ("courses", "told"),
    [([1], {(10, 100), (10, 101), (11, 100)}), ({2, 3}, {(20, 100)}), ([1, 2], {row[1:] for row in ROWS}), ([], set())],
)
def test_they_are_told_by_course_each_once_and_never_another_sites(
    ours: Ledger, site: int, courses: list[int], told: set[tuple[int, int]]
) -> None:
    with ours.read() as tx:
        assert members.added(tx, site, courses) == told


@pytest.mark.parametrize(
    ("refs", "left"),
    [
        ((("course", 1), ("user", 100)), {(10, 101), (20, 100)}),
        ((("group", 10), ("user", 100)), {(10, 101), (11, 100), (20, 100)}),
        ((("group", 10),), {(11, 100), (20, 100)}),
        ((("course", 1),), {(20, 100)}),
        ((("user", 100),), {row[1:] for row in ROWS}),
        ((("category", 1), ("course", 1)), {row[1:] for row in ROWS}),
        ((), {row[1:] for row in ROWS}),
    ],
)
def test_they_go_with_all_of_what_is_lost_but_not_with_an_account_alone(
    ours: Ledger, site: int, refs: tuple[tuple[str, int], ...], left: set[tuple[int, int]]
) -> None:
    with ours.write() as tx:
        members.drop(tx, site, refs)
    with ours.read() as tx:
        assert members.added(tx, site, [1, 2]) == left
