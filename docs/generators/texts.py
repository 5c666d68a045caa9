"""What a person is told of a column beside what its declaration says."""

from typing import NamedTuple


class Text(NamedTuple):
    """What it holds, what becomes of it in Moodle, which values are allowed."""

    holds: str
    moodle: str
    allowed: str = ""
