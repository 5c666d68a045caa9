"""Bad rows are found by splitting, and no row is lost or applied twice."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.moodle.errors import Refused, Unanswered
from sync_operators.moodle.failing import (
    SPLIT,
    AllOrNothing,
    ByText,
    Fate,
    NoTransaction,
    ReadBack,
    Result,
    RowByRow,
    RowWarning,
    bisect,
)

NO = Refused("invalidparameter", "Invalid parameter value detected")
OK = Result(Fate.OK)
SAID = Result(Fate.SAID)
UNKNOWN = Result(Fate.UNKNOWN)
REFUSED = Result(Fate.REFUSED, "invalidparameter", "Invalid parameter value detected")
WARNED = Result(Fate.REFUSED, "useremailduplicate", "Duplicate address")
WARNING = RowWarning("useremailduplicate", "Duplicate address")
BY_ROW = RowByRow(key=lambda row: row)


@pytest.mark.parametrize(
    ("strategy", "batch", "answer", "outcomes"),
    [
        (AllOrNothing(), [1, 2], None, [OK, OK]),
        (AllOrNothing(), [1, 2], NO, SPLIT),
        (AllOrNothing(), [1], NO, [REFUSED]),
        (ReadBack(), [1, 2], None, [SAID, SAID]),
        (ReadBack(), [1, 2], NO, SPLIT),
        (ReadBack(), [1], NO, [REFUSED]),
        (BY_ROW, [1, 2, 3], {2: WARNING}, [OK, WARNED, OK]),
        (BY_ROW, [1, 2], {}, [OK, OK]),
        (BY_ROW, [1, 2], NO, SPLIT),
        (BY_ROW, [1], NO, [REFUSED]),
        (NoTransaction(), [1, 2], None, [OK, OK]),
        (NoTransaction(), [1, 2], NO, [UNKNOWN, UNKNOWN]),
        (NoTransaction(), [1], NO, [REFUSED]),
    ],
)
def test_a_strategy_says_what_became_of_each_row_or_asks_to_split(strategy, batch, answer, outcomes):
    assert strategy.outcomes(batch, answer) == outcomes


class Moodle:
    """One transaction per call, refused when it holds a bad row."""

    def __init__(self, bad):
        self.bad = set(bad)
        self.calls = 0
        self.stored = []

    def create(self, rows):
        self.calls += 1
        if self.bad & set(rows):
            raise NO
        self.stored += rows

    def update(self, rows):
        """Good rows are stored although the call is refused (a password against the policy)."""
        self.calls += 1
        self.stored += [row for row in rows if row not in self.bad]
        if self.bad & set(rows):
            raise NO
        return {}


def _results(parts):
    return [pair for rows, results in parts for pair in zip(rows, results, strict=True)]


@given(size=st.integers(0, 130), data=st.data())
def test_exactly_the_bad_rows_are_refused_and_good_rows_are_applied_once_in_order(size, data):
    bad = data.draw(st.sets(st.integers(0, max(size - 1, 0)), max_size=size))
    moodle = Moodle(bad)
    results = _results(bisect(range(size), moodle.create, AllOrNothing()))
    assert results == [(row, REFUSED if row in bad else OK) for row in range(size)]
    assert moodle.stored == [row for row in range(size) if row not in bad]


@given(size=st.integers(1, 60), data=st.data())
def test_a_refused_update_call_is_split_too_and_every_good_row_is_stored(size, data):
    bad = data.draw(st.sets(st.integers(0, size - 1), max_size=size))
    moodle = Moodle(bad)
    results = _results(bisect(range(size), moodle.update, BY_ROW))
    assert results == [(row, REFUSED if row in bad else OK) for row in range(size)]
    assert set(moodle.stored) == set(range(size)) - bad


def test_one_bad_row_in_a_hundred_takes_at_most_fifteen_calls_wherever_it_stands():
    calls = Counter()
    for bad in range(100):
        moodle = Moodle([bad])
        list(bisect(range(100), moodle.create, AllOrNothing()))
        calls[moodle.calls] += 1
    assert max(calls) <= 15
    assert sum(calls.values()) == 100


def test_a_batch_without_a_bad_row_takes_one_call():
    moodle = Moodle([])
    assert _results(bisect([1, 2, 3], moodle.create, AllOrNothing())) == [(1, OK), (2, OK), (3, OK)]
    assert moodle.calls == 1


def test_an_empty_batch_is_never_sent():
    moodle = Moodle([])
    assert list(bisect([], moodle.create, AllOrNothing())) == []
    assert moodle.calls == 0


def test_a_row_that_is_refused_only_beside_another_is_applied_with_it_gone():
    """Twice the same name: the first half stores it, the second is then refused for good."""
    stored = set()

    def create(rows):
        names = [name for name, _ in rows]
        if len(set(names)) < len(names) or stored & set(names):
            raise NO
        stored.update(names)

    rows = [("ann", 1), ("bob", 2), ("ann", 3), ("cid", 4)]
    assert _results(bisect(rows, create, AllOrNothing())) == [
        (("ann", 1), OK),
        (("bob", 2), OK),
        (("ann", 3), REFUSED),
        (("cid", 4), OK),
    ]


def test_a_passing_refusal_costs_calls_but_no_row():
    """A deadlock of the database: refused once, fine when sent again in halves."""
    moodle = Moodle([])
    refusals = iter([True])

    def create(rows):
        if next(refusals, False):
            raise NO
        moodle.create(rows)

    assert _results(bisect(range(8), create, AllOrNothing())) == [(row, OK) for row in range(8)]
    assert moodle.stored == list(range(8))


def test_what_was_known_before_an_unanswered_part_was_told_and_the_rest_was_not():
    told = []

    def create(rows):
        if 3 in rows:
            raise NO if len(rows) > 2 else Unanswered("create", "time-out")

    with pytest.raises(Unanswered):
        told.extend(rows for rows, _ in bisect(range(8), create, AllOrNothing()))
    assert told == [[0, 1], [2]]


def test_rows_without_a_transaction_are_unknown_after_a_refusal_and_never_sent_again():
    moodle = Moodle([random.randrange(5)])
    assert _results(bisect(range(5), moodle.create, NoTransaction())) == [(row, UNKNOWN) for row in range(5)]
    assert moodle.calls == 1


THERE, STRANGE = RowWarning("3", "there: b"), RowWarning("9", "something else")


@pytest.mark.parametrize(
    ("batch", "answer", "fates"),
    [
        ("ab", [], ["ok", "ok"]),
        ("abc", [THERE], ["ok", "refused", "ok"]),
        ("abb", [THERE], ["ok", "refused", "refused"]),
        ("ab", [THERE, STRANGE], ["unknown", "unknown"]),
        ("a", [STRANGE], ["refused"]),
        ("a", [], ["ok"]),
    ],
)
def test_a_warning_without_a_number_is_of_the_row_whose_values_it_names_and_else_nobody_knows(batch, answer, fates):
    results = ByText(lambda row: [f"there: {row}"]).outcomes(batch, answer)
    assert [str(result.fate) for result in results] == fates
