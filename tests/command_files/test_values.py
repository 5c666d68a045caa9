from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from sync_operators.command_files.values import TIMES, Invalid, choice, integer, text, times, yes_or_no

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize("cell", ["1", "yes", "YES", "True", "oui", "Vrai"])
def test_yes_in_both_languages_and_any_case(cell):
    assert yes_or_no(cell) is True


@pytest.mark.parametrize("cell", ["0", "no", "False", "NON", "faux", ""])
def test_no_in_both_languages_and_any_case(cell):
    assert yes_or_no(cell) is False


@pytest.mark.parametrize("cell", ["2", "y", "on", "-1", "１"])
def test_nothing_else_is_yes_or_no(cell):
    with pytest.raises(Invalid) as wrong:
        yes_or_no(cell)
    assert wrong.value.args_of_fault == {"allowed": "1, yes, true, oui, vrai, 0, no, false, non, faux"}


@pytest.mark.parametrize(
    ("cell", "zone", "seconds"),
    [
        ("1795334400", PARIS, 1795334400),
        ("0", UTC, 0),
        ("20261122", UTC, 20261122),
        ("2026-11-22T08:00:00Z", PARIS, 1795334400),
        ("2026-11-22t08:00:00z", PARIS, 1795334400),
        ("2026-11-22T09:00:00+01:00", UTC, 1795334400),
        ("2026-11-22 08:00", UTC, 1795334400),
        ("2026-11-22 09:00:00", PARIS, 1795334400),
        ("2026-11-22T08:00:00.500", UTC, 1795334400),
        ("2026-11-22", UTC, 1795305600),
        ("2026-07-01 02:00", PARIS, 1782864000),
    ],
)
def test_a_time_is_iso_or_unix_and_local_without_a_zone(cell, zone, seconds):
    assert times(zone)(cell) == seconds


@pytest.mark.parametrize(
    "cell",
    [
        "1/9/2026",
        "2026-13-01",
        "2026-02-30",
        "2026-09-01x08:00",
        "first monday",
        "-1",
        "0001-01-01T00:00+14:00",
        "１２",
    ],
)
def test_nothing_else_is_a_time(cell):
    with pytest.raises(Invalid) as wrong:
        times(PARIS)(cell)
    assert wrong.value.args_of_fault == {"allowed": TIMES}


@pytest.mark.parametrize(("cell", "number"), [("0", 0), ("007", 7), ("+5", 5), ("9", 9)])
def test_a_whole_number_in_its_range(cell, number):
    assert integer(0, 9)(cell) == number


@pytest.mark.parametrize(
    ("cell", "args"),
    [
        ("10", {"allowed": "0 … 9"}),
        ("-1", {"allowed": "0 … 9"}),
        ("1.0", {"reason": "not_a_number", "allowed": "0 … 9"}),
        ("٣", {"reason": "not_a_number", "allowed": "0 … 9"}),
        ("9" * 5000, {"reason": "not_a_number", "allowed": "0 … 9"}),
    ],
)
def test_a_number_out_of_range_or_none_at_all(cell, args):
    with pytest.raises(Invalid) as wrong:
        integer(0, 9)(cell)
    assert wrong.value.args_of_fault == args


def test_a_range_may_be_open():
    assert integer(1)("123456789012345678") == 123456789012345678
    with pytest.raises(Invalid) as wrong:
        integer(1)("0")
    assert wrong.value.args_of_fault == {"allowed": "≥ 1"}


def test_a_choice_gives_the_word_as_declared():
    assert choice("add", "del")("ADD") == "add"
    assert choice("FR", "SE")("se") == "SE"
    with pytest.raises(Invalid) as wrong:
        choice("add", "del")("join")
    assert wrong.value.args_of_fault == {"allowed": "add, del"}


def test_text_stays_as_it_is():
    assert text("Ünï") == "Ünï"
