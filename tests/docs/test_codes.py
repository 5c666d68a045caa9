"""The manual lists every outcome code."""

import pytest

from docs.generate import ROOT
from sync_operators.codes import codes

MANUAL = (ROOT / "docs/reference/codes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(codes()))
def test_every_code_is_in_the_manual_with_its_message_and_its_remedy(name):
    one = codes()[name]
    assert f"| `{name}` | {one.title('en')} | {one.remedy('en')} |" in MANUAL
