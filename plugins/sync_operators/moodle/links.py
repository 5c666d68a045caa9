"""Links between courses through the web service (`moodle/ws-functions.md`, enrol_meta_add_instances).

A link gives the participants of one course (`courseid`) to another (`metacourseid`). No function lists links; both
functions say of each row whether they changed anything, and neither does anything twice.
"""

from collections.abc import Sequence
from typing import Any, Final

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import CutShort, Unanswered

LINK: Final = "enrol_meta_add_instances"
UNLINK: Final = "enrol_meta_delete_instances"

Link = tuple[int, int]
"""The course that receives, and the one whose participants come."""


def link_courses(client: MoodleClient, links: Sequence[Link]) -> list[bool]:
    """Make links, one after the other; of each, whether it is new. Rows before a refused one stay."""
    return _write(client, LINK, links)


def unlink_courses(client: MoodleClient, links: Sequence[Link]) -> list[bool]:
    """Delete links, one after the other; of each, whether it was there. Rows before a refused one stay."""
    return _write(client, UNLINK, links)


def _write(client: MoodleClient, function: str, links: Sequence[Link]) -> list[bool]:
    rows = [{"metacourseid": target, "courseid": source} for target, source in links]
    answer: Any = client.write(function, {"instances": rows})
    if isinstance(answer, list) and len(answer) < len(rows):
        raise CutShort(function, sent=len(rows), answered=len(answer))
    try:
        told = [(int(entry["metacourseid"]), int(entry["courseid"])) for entry in answer]
        changed = [bool(entry["status"]) for entry in answer]
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(function, f"the answer is no list of links ({error!r})") from error
    if told != list(links):
        raise Unanswered(function, "the answer names other links than were sent")
    return changed
