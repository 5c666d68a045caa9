"""The manual lists every outcome code."""

import re

import pytest

from docs.generate import ROOT
from docs.generators.dropped_codes import DROPPED
from sync_operators.codes import codes

MANUAL = (ROOT / "docs/reference/codes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(codes()))
def test_every_code_is_in_the_manual_with_its_message_and_its_remedy(name):
    one = codes()[name]
    assert f"| `{name}` | {one.title('en')} | {one.remedy('en')} |" in MANUAL


def test_a_code_that_was_dropped_is_none_and_what_is_named_instead_is_one():
    dropped = {name for names, _ in DROPPED for name in names}
    assert dropped & set(codes()) == set()
    instead = {name for _, why in DROPPED for name in re.findall("`([a-z]+(?:_[a-z]+)+)`", why)}
    assert instead - set(codes()) == set()
