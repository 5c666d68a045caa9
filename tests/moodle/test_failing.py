"""What an answer or a refusal says of each row of a batch."""

import pytest

from sync_operators.moodle.errors import Refused
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
