"""Fingerprints: alike for the same values under the same names, and for nothing else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.ledger import fingerprints
from sync_operators.ledger.fingerprints import Fingerprinter

KEY = b"0123456789abcdef"


def of(values: list[str], columns: str = "abc", settings: str = "s", key: bytes = KEY) -> int:
    return Fingerprinter(key, list(columns)[: len(values)], settings).of(values)


def test_a_fingerprint_is_the_same_for_ever() -> None:
    """Written down: a change of it would look up every row of every site once."""
    assert of(["x", "y", "é"]) == -7828591404354980009
    assert -(2**63) <= of(["x", "y", "é"]) < 2**63


def test_the_order_of_columns_does_not_matter() -> None:
    assert {
        Fingerprinter(KEY, [column for column, _ in order], "s").of([value for _, value in order])
        for order in itertools.permutations([("a", "1"), ("b", "2"), ("c", "3")])
    } == {of(["1", "2", "3"])}


@pytest.mark.parametrize(
    "other",
    [
        of(["1", "3", "2"]),
        of(["1", "2", "3 "]),
        of(["1", "2"]),
        of(["1", "2", "3"], columns="abd"),
        of(["1", "2", "3"], settings="t"),
        of(["1", "2", "3"], key=b"another key there"),
    ],
    ids=["swapped", "space", "column less", "column renamed", "settings", "key"],
)
def test_anything_else_changes_it(other: int) -> None:
    assert other != of(["1", "2", "3"])


def test_a_new_version_of_the_rules_makes_every_row_new(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(["1"])
    monkeypatch.setattr(fingerprints, "VERSION", fingerprints.VERSION + 1)
    assert of(["1"]) != before


def test_one_column_is_one_value() -> None:
    assert of(["12"]) != of(["21"])
    assert of(["12"]) == -7755857223729053456


TRICKY = st.text(alphabet="\x1f\0ab1:", max_size=4)


@given(st.lists(TRICKY, min_size=3, max_size=3), st.lists(TRICKY, min_size=3, max_size=3))
def test_separators_within_values_confuse_nothing(one: list[str], other: list[str]) -> None:
    assert (of(one) == of(other)) is (one == other)


def test_half_characters_of_a_mixed_encoding_have_a_fingerprint_too() -> None:
    assert of(["\udcff"]) != of(["\udcfe"])


def test_rows_of_one_key_share_one_fingerprint_in_file_order() -> None:
    printer = Fingerprinter(KEY, ["a"], "s")
    one, two = printer.of(["1"]), printer.of(["2"])
    combinations = [[one, two], [two, one], [one, one], [one, one, two], [one], [two]]
    assert len({printer.combined(combination) for combination in combinations}) == len(combinations)
    assert printer.combined([one]) == one
    assert Fingerprinter(b"another key there", ["a"], "s").combined([1, 2]) != printer.combined([1, 2])


@given(st.lists(st.lists(st.text(st.sampled_from("ab\x1fé\udc80"), max_size=3), min_size=2, max_size=2), max_size=5))
def test_rows_together_have_the_fingerprints_they_have_alone(rows: list[list[str]]) -> None:
    prints = Fingerprinter(KEY, ["a", "b"], "s")
    assert prints.of_all(rows) == [prints.of(row) for row in rows]
