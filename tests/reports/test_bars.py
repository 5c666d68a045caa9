"""The bar shows every count, and as wide as it can."""

from itertools import pairwise

import pytest

from sync_operators.reports.bars import bar


def test_segments_come_in_a_fixed_order_and_sum_up_by_what_happened():
    counts = {
        "unchanged": 5,
        "error_create": 1,
        "error_remote": 2,
        "renamed": 1,
        "updated": 3,
        "created": 4,
        "skipped_exists": 1,
        "warn_not_stored": 1,
    }
    assert [(one.name, one.count) for one in bar(counts)] == [
        ("create", 4),
        ("update", 5),
        ("skip", 1),
        ("error", 3),
        ("unchanged", 5),
    ]


@pytest.mark.parametrize(
    "counts",
    [
        {"created": 1},
        {"created": 1, "error_create": 1, "unchanged": 999_998},
        {"created": 7, "deleted": 3, "suspended": 2, "planned": 1},
    ],
)
def test_segments_fill_the_bar_without_gap_and_none_is_too_narrow_to_be_seen(counts):
    segments = bar(counts)
    assert segments[0].start == 0
    for one, following in pairwise(segments):
        assert one.start + one.width == pytest.approx(following.start)
    assert segments[-1].start + segments[-1].width == pytest.approx(100)
    assert min(one.width for one in segments) >= 0.9


def test_a_bar_can_leave_the_unchanged_out_and_may_be_empty():
    assert [one.name for one in bar({"created": 1, "unchanged": 9}, without={"unchanged"})] == ["create"]
    assert bar({}) == ()
