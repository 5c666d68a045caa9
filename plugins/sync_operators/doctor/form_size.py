"""How many form fields PHP takes: look-ups for nobody that grow until one is cut."""

from typing import Final, NamedTuple

from sync_operators.moodle.client import FIXED_FIELDS, MoodleClient
from sync_operators.moodle.errors import RequestCut
from sync_operators.moodle.users import GET_BY_FIELD

MOST: Final = 5000
"""What Moodle asks PHP to take; more than this is not tried."""


class Edge(NamedTuple):
    """The most fields that were taken, and the fewest that were cut, a hundredth apart; None when none were."""

    taken: int
    cut: int | None


def find_edge(client: MoodleClient, first: int) -> Edge:
    """Where requests begin to be cut; `first`, the size of our own, is tried first."""
    taken, size = 0, first
    while _takes(client, size):
        taken = size
        if size >= MOST:
            return Edge(taken, None)
        size = min(2 * size, MOST)
    while size - taken > max(1, taken // 100):
        middle = (taken + size) // 2
        taken, size = (middle, size) if _takes(client, middle) else (taken, middle)
    return Edge(taken, size)


def _takes(client: MoodleClient, fields: int) -> bool:
    """Whether a request of so many form fields arrives whole; account 0 is nobody's."""
    try:
        client.read(GET_BY_FIELD, {"field": "id", "values": ["0"] * max(1, fields - FIXED_FIELDS - 1)})
    except RequestCut:
        return False
    return True
