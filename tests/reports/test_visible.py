"""Nothing without a shape reaches a page or a sheet."""

import pytest

from sync_operators.reports.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Zoë 👩‍🔬 محمد می‌خواهم", "plain Zoë 👩‍🔬 محمد می‌خواهم"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("\x00\x1b\x7f\x85", r"\x00\x1b\x7f\x85"),
        ("\u202egnp.exe\u2069\u061c", r"\u202egnp.exe\u2069\u061c"),
        ("\ufeff\u200b\u2028", r"\ufeff\u200b\u2028"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("fin\u202f: 1\xa0h", "fin\u202f: 1\xa0h"),
    ],
)
def test_what_has_no_shape_is_written_out_and_all_else_stays(text, shown):
    assert visible(text) == shown
