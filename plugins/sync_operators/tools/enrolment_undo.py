"""How `enrolments` goes back on enrolments: with the roles there were. A single role that was given stays."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.tools.undo import Cells, Done, Undo, cells, pairs

_ENROLMENT: Final = "enrolment"


def _rows(done: Sequence[Done], roles: Mapping[str, int]) -> Iterable[Cells]:
    names = {role: name for name, role in roles.items()}
    for each in reversed(done):
        who = {"cid": each.ids["courseid"], "uid": each.ids["userid"]}
        if each.verb == "enrol":
            yield cells({"rolename": "", **who, "cmd": "del"})
        for role in _lost(each):
            if role in names:
                yield cells({"rolename": names[role], **who, "cmd": "add"})


def _lost(done: Done) -> Sequence[int]:
    return done.before.get("roles", ()) if done.verb == "unenrol" else ()


def _left(done: Done) -> Mapping[str, Any]:
    """Who has got other roles since is no longer enrolled as the run left it."""
    return {**done.ids, "roles": [done.after["roleid"]]} if done.verb == "enrol" else {}


ENROLMENT_UNDO: Final = Undo(
    acts=pairs(_ENROLMENT, "enrol", "unenrol"),
    names=("cid", "uid", "rolename"),
    settings={"user_identity": "id", "course_identity": "id", "default_method": "manual"},
    rows=_rows,
    left=_left,
)
