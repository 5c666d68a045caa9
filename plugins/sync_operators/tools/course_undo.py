"""How `courses_create` goes back on changes of courses, moves among them; courses that were made stay."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.moodle.answered import plain
from sync_operators.tools.courses import FORMATTED
from sync_operators.tools.undo import Cells, Done, Undo, cells, former, pairs

_COLUMNS: Final = {"categoryid": "category", "forcetheme": "theme"}


def _rows(done: Sequence[Done], roles: Mapping[str, int]) -> Iterable[Cells]:  # noqa: ARG001 - the protocol's
    for course, values in former(done).items():
        told = {name: plain(value) if name in FORMATTED else value for name, value in values.items()}
        if told:
            yield cells({"id": course} | {_COLUMNS.get(name, name): value for name, value in told.items()})


def _left(done: Done) -> Mapping[str, Any]:
    """Of a category that the run made itself, the act does not tell the id."""
    return {name: value for name, value in done.after.items() if name != "categoryid" or value}


COURSE_UNDO: Final = Undo(
    acts=pairs("course", "update"),
    names=("id",),
    settings={
        "identity": "id",
        "category_identity": "id",
        "update": True,
        "template_mode": "none",
        "protect_category": False,
        "empty_clears": True,
    },
    rows=_rows,
    left=_left,
)
