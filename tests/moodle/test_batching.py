"""Batches hold every row once and keep both limits."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.moodle.batching import batches
from sync_operators.moodle.errors import TooManyFields


@given(
    widths=st.lists(st.integers(0, 30), max_size=80),
    max_rows=st.integers(1, 20),
    max_fields=st.integers(33, 90),
)
def test_every_item_comes_once_in_order_and_no_batch_is_empty_or_over_a_limit(widths, max_rows, max_fields):
    items = list(enumerate(widths))
    cut = list(batches(items, max_rows=max_rows, max_fields=max_fields, fixed=3, fields=lambda item: item[1]))
    assert [item for batch in cut for item in batch] == items
    for batch in cut:
        assert 1 <= len(batch) <= max_rows
        assert sum(width for _, width in batch) + 3 <= max_fields


@given(widths=st.lists(st.integers(1, 30), min_size=1, max_size=80), max_rows=st.integers(1, 20))
def test_a_batch_ends_only_where_the_next_item_would_not_fit(widths, max_rows):
    cut = list(batches(widths, max_rows=max_rows, max_fields=60, fields=lambda width: width))
    for batch, following in itertools.pairwise(cut):
        assert len(batch) == max_rows or sum(batch) + following[0] > 60


@pytest.mark.parametrize(
    ("widths", "limits", "sizes"),
    [
        ([], {"max_rows": 10, "max_fields": 100}, []),
        ([8] * 200, {"max_rows": 100, "max_fields": 900, "fixed": 3}, [100, 100]),
        ([9] * 200, {"max_rows": 100, "max_fields": 900, "fixed": 3}, [99, 99, 2]),
        ([3, 3, 3], {"max_rows": 10, "max_fields": 9}, [3]),
        ([3, 3, 4], {"max_rows": 10, "max_fields": 9}, [2, 1]),
    ],
)
def test_whichever_limit_comes_first_ends_the_batch(widths, limits, sizes):
    assert [len(batch) for batch in batches(widths, **limits, fields=lambda width: width)] == sizes


def test_an_item_that_alone_is_over_the_limit_names_the_setting():
    with pytest.raises(TooManyFields) as caught:
        list(batches([1, 998], max_rows=100, max_fields=1000, fixed=3, fields=lambda width: width))
    assert str(caught.value) == (
        "One row needs a request of 1001 form fields, `moodle.max_fields` allows 1000. "
        "Raise `moodle.max_fields`, but keep it below `max_input_vars` of Moodle's PHP; or use fewer columns."
    )


def test_a_limit_of_rows_that_changes_holds_from_the_next_batch_on():
    limits = iter([4, 2, 1, 3])
    cut = batches(range(9), max_rows=lambda: next(limits), max_fields=100, fields=lambda _: 1)
    assert [len(batch) for batch in cut] == [4, 2, 1, 2]
