"""Lets threads take turns quickly, so that neither an answer nor a request is left lying while another computes."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_INTERVAL = 0.0001
"""Seconds a thread may compute while others wait; Python's own is fifty times that, paid at each step of a call."""

_MOMENT = 0.0005
"""Seconds in which a request that waits for its connection is sent, when nobody else computes."""


def give_way() -> None:
    """Let the other threads go first for a moment: Moodle works while we write down what it has answered."""
    time.sleep(_MOMENT)


@contextmanager
def prompt_threads() -> Iterator[None]:
    """Shorten the turns of this process's threads for the length of the block."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(min(former, _INTERVAL))
    try:
        yield
    finally:
        sys.setswitchinterval(former)
