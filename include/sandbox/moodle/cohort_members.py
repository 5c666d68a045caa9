"""Members of cohorts (source: ws-functions.md, core_cohort_add_cohort_members and its neighbours)."""

import time
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.cohorts import known
from include.sandbox.moodle.enrol_sync import follow_cohorts
from include.sandbox.moodle.params import Many, Struct, Value
from include.sandbox.moodle.refusals import Refusal, invalid_user, missing_capability
from include.sandbox.moodle.registry import CAPABILITIES, Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row, Store

_ASSIGN = "moodle/cohort:assign"
_ADD = "core_cohort_add_cohort_members"
_BY = Struct({"type": Value("alphanumext"), "value": Value("raw")})


@function(_ADD, Struct({"members": Many(Struct({"cohorttype": _BY, "usertype": _BY}))}), writes=True)
def add_cohort_members(call: Call) -> dict[str, Any]:
    """Good rows are saved, bad ones become warnings that name neither row nor id."""
    warnings: list[dict[str, str]] = []
    touched: set[int] = set()
    with call.store.transaction():
        for row in call.params["members"]:
            added = _add(call, row)
            if isinstance(added, int):
                touched.add(added)
            else:
                warnings.append(added)
        follow_cohorts(call.store, touched)
        taken = len(call.params["members"]) - len(warnings)
        if taken:
            call.store.add_to_journal(_ADD, dict(call.params), taken)
    return {"warnings": warnings}


def _add(call: Call, row: Mapping[str, Any]) -> int | dict[str, str]:
    """The id of the cohort that has a new member, or a warning."""
    by_cohort, by_user = row["cohorttype"], row["usertype"]
    if by_cohort["type"] not in {"id", "idnumber"}:
        return _warning("1", f"invalid parameter: cohortype={by_cohort['type']}")
    if by_user["type"] not in {"id", "username"}:
        return _warning("1", f"invalid parameter: usertype={by_user['type']}")
    cohort = _one(call.store, "cohorts", by_cohort)
    if cohort is None:
        return _warning("2", f"cohort {by_cohort['type']}={by_cohort['value']} not exists")
    user = _one(call.store, "users", by_user, deleted=0)
    if user is None:
        return _warning("2", f"user {by_user['type']}={by_user['value']} not exists")
    if call.store.record("cohort_members", cohortid=cohort["id"], userid=user["id"]):
        pair = f"cohort({by_cohort['type']}={by_cohort['value']} {by_user['type']}={by_user['value']})"
        return _warning("3", f"record already exists: {pair}")
    _require_assign(call)
    member = {"cohortid": cohort["id"], "userid": user["id"], "timeadded": int(time.time())}
    call.store.insert("cohort_members", member)
    return int(cohort["id"])


def _warning(code: str, message: str) -> dict[str, str]:
    return {"warningcode": code, "message": message}


def _one(store: Store, table: str, by: Mapping[str, str], **also: Any) -> Row | None:
    if by["type"] == "id" and not by["value"].isdecimal():
        # The database cannot compare it with a number.
        raise Refusal("Error", "cohort/Error")
    return store.record(table, **{by["type"]: by["value"]}, **also)


def _require_assign(call: Call) -> None:
    if not (call.caller.may("moodle/cohort:manage") or call.caller.may(_ASSIGN)):
        raise missing_capability(CAPABILITIES[_ASSIGN])


@function(
    "core_cohort_delete_cohort_members",
    Struct({"members": Many(Struct({"cohortid": Value("int"), "userid": Value("int")}))}),
    writes=True,
)
def delete_cohort_members(call: Call) -> None:
    """All or none; who is not a member is no error."""
    rows = call.params["members"]
    with all_or_nothing(call, "core_cohort_delete_cohort_members", rows):
        for row in rows:
            known(call.store, row["cohortid"])
            if call.store.record("users", id=row["userid"], deleted=0) is None:
                raise invalid_user()
            _require_assign(call)
            call.store.delete("cohort_members", **row)
        follow_cohorts(call.store, (row["cohortid"] for row in rows))


@function("core_cohort_get_cohort_members", Struct({"cohortids": Many(Value("int"))}))
def get_cohort_members(call: Call) -> list[dict[str, Any]]:
    """Members of cohorts by id, sorted by their names."""
    return [{"cohortid": cohort_id, "userids": _members(call, cohort_id)} for cohort_id in call.params["cohortids"]]


def _members(call: Call, cohort_id: int) -> list[int]:
    known(call.store, cohort_id)
    if not (call.caller.may("moodle/cohort:manage") or call.caller.may("moodle/cohort:view")):
        raise missing_capability(CAPABILITIES["moodle/cohort:view"])
    sql = (
        "SELECT u.id FROM cohort_members cm JOIN users u ON u.id = cm.userid WHERE cm.cohortid = ? "
        "ORDER BY u.lastname, u.firstname, u.id"
    )
    return call.store.scalars(sql, (cohort_id,))
