"""How `cohorts` goes back on changes of cohorts and on memberships; cohorts that were made stay, without members."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync_operators.tools.cohort_rows import MEMBERSHIP
from sync_operators.tools.undo import Cells, Done, Undo, cells, former, pairs

_COLUMNS: Final = {
    "name": "cname",
    "idnumber": "cidnumber",
    "description": "cdescription",
    "category": "ccatcontext",
}


def _rows(done: Sequence[Done], roles: Mapping[str, int]) -> Iterable[Cells]:  # noqa: ARG001 - the protocol's
    for cohort, values in former([each for each in done if each.entity == "cohort"]).items():
        changed = {name: value for name, value in values.items() if _differs(name, value, cohort, done)}
        if changed:
            yield cells({"cid": cohort, "cmd": "add"} | {_COLUMNS[name]: value for name, value in changed.items()})
    for each in reversed([each for each in done if each.entity == MEMBERSHIP]):
        command = "del" if each.verb == "add" else "add"
        yield cells({"cid": each.ids["cohortid"], "cmd": command, "userid": each.ids["userid"]})


def _differs(name: str, value: Any, cohort: int, done: Sequence[Done]) -> bool:
    """Moodle wants names and place in each change: those that stayed are none."""
    return any(each.moodle_id == cohort and each.after.get(name, value) != value for each in done)


COHORT_UNDO: Final = Undo(
    acts=pairs("cohort", "update") | pairs(MEMBERSHIP, "add", "remove", "clear"),
    names=("cid", "userid"),
    settings={"identity": "id", "user_identity": "id", "create_missing": False, "empty_clears": True},
    rows=_rows,
)
