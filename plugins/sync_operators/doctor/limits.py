"""What the doctor calls too much, and how long it waits."""

from typing import Final

CLOCKS_APART: Final = 60
"""Seconds that another's clock may differ from ours."""

ANSWER_WITHIN: Final = 6.0
"""Seconds for one answer of drop or Moodle."""

STAGE_WITHIN: Final = 22.0
"""Seconds for all of drop, depot and ledger, and again for Moodle: a dead site is told within a minute."""
