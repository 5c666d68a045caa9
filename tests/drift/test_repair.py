"""What people have done by hand is found for every command, and its repair file brings it back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from include.sandbox.control import Control
from sync_operators.moodle.cohorts import delete_cohorts
from sync_operators.moodle.course_writes import delete_courses
from sync_operators.moodle.emptying import delete_groups
from sync_operators.moodle.enrolments import unenrol_users
from sync_operators.moodle.users import delete_users
from tests.drift.checks import Drift
from tests.drift.test_scenes import applied
from tests.end_to_end.scenes import (
    COHORTS,
    COURSES_CREATE,
    ENROLMENTS,
    GROUP_MEMBERS,
    GROUPS,
    PICTURES,
    USERS,
    USERS_SUSPEND,
    Scene,
)


@dataclass(frozen=True)
class Hand:
    """What somebody does in Moodle after the file of a scene, and the differences that it makes."""

    scene: Scene
    does: Callable[[Drift], Any]
    told: list[tuple[Any, ...]]
    environ: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.scene}-{self.does.__name__}"


def control(drift: Drift) -> Control:
    return drift.site.sandbox.control


def one(drift: Drift, table: str, **fields: Any) -> dict[str, Any]:
    """The row of a table that has these values."""
    (found,) = [row for row in control(drift).rows(table) if fields.items() <= row.items()]
    return found


def account(drift: Drift, username: str) -> int:
    return int(control(drift).people()[username]["id"])


def another_name(drift):
    control(drift).change_account(account(drift, "new.one"), lastname="Married")


def several_values(drift):
    control(drift).change_account(account(drift, "new.two"), city="Paris", suspended=0)


def another_username(drift):
    control(drift).change_account(account(drift, "new.one"), username="married.one")


def another_address(drift):
    control(drift).change_account(account(drift, "new.one"), email="private@example.com")


def no_account(drift):
    delete_users(drift.site.work.moodle, [account(drift, "no.mail")])


def no_account_and_all_it_was_in(drift):
    delete_users(drift.site.work.moodle, [account(drift, "new.two")])


def no_cohort(drift):
    delete_cohorts(drift.site.work.moodle, [one(drift, "cohorts", idnumber="Y1")["id"]])


def no_group(drift):
    delete_groups(drift.site.work.moodle, [one(drift, "groups", idnumber="FIRE-S")["id"]])


def active_again(drift):
    control(drift).change_account(account(drift, "nikos.papadopoulos"), suspended=0)


def another_fullname(drift):
    control(drift).change_row("courses", one(drift, "courses", shortname="NEW-1")["id"], fullname="Renamed")


def no_course(drift):
    delete_courses(drift.site.work.moodle, [one(drift, "courses", shortname="NEW-3")["id"]])


def not_enrolled(drift):
    course = one(drift, "courses", shortname="ONB")["id"]
    user = next(row["id"] for row in control(drift).people().values() if row["idnumber"] == "E1012")
    unenrol_users(drift.site.work.moodle, [{"userid": user, "courseid": course}])


def another_role(drift):
    user = next(row["id"] for row in control(drift).people().values() if row["idnumber"] == "E1012")
    found = one(drift, "role_assignments", userid=user, roleid=5)
    control(drift).change_row("role_assignments", found["id"], roleid=4)


def another_cohort_name(drift):
    control(drift).change_row("cohorts", one(drift, "cohorts", idnumber="Y1")["id"], name="Freshers")


def no_member(drift):
    user = next(row["id"] for row in control(drift).people().values() if row["idnumber"] == "E1020")
    cohort = one(drift, "cohorts", idnumber="Y1")["id"]
    found = one(drift, "cohort_members", cohortid=cohort, userid=user)
    control(drift).delete_row("cohort_members", found["id"])


def another_description(drift):
    control(drift).change_row("groups", one(drift, "groups", idnumber="FIRE-S")["id"], description="Gate 9")


def not_in_the_group(drift):
    user = next(row["id"] for row in control(drift).people().values() if row["idnumber"] == "E1006")
    group = one(drift, "groups", idnumber="ONB-PM")["id"]
    control(drift).delete_row("groups_members", one(drift, "groups_members", groupid=group, userid=user)["id"])


def no_picture(drift):
    control(drift).change_account(account(drift, "amelie.laurent"), picture=0)


EMAILS = (("SYNC__USERS__PROTECT_EMAILS", "false"),)
HANDS = (
    Hand(USERS, another_name, [("other", "user", "lastname", "One", "Married")]),
    Hand(
        USERS,
        several_values,
        [("other", "user", "city", "Oslo", "Paris"), ("other", "user", "suspended", "1", "0")],
    ),
    Hand(USERS, another_username, [("other", "user", "username", "new.one", "married.one")]),
    Hand(USERS, another_address, [("other", "user", "email", "new.one@example.org", "private@example.com")], EMAILS),
    Hand(USERS, no_account, [("missing", "user", None, None, None)]),
    Hand(
        USERS,
        no_account_and_all_it_was_in,
        [
            ("missing", "user", None, None, None),
            ("missing", "cohort_member", None, None, None),
            ("missing", "enrolment", "role", "teacher", None),
            ("missing", "member", None, None, None),
        ],
    ),
    Hand(
        COHORTS,
        no_cohort,
        [("missing", "cohort", None, None, None), ("missing", "cohort_member", None, None, None)],
    ),
    Hand(GROUPS, no_group, [("missing", "group", None, None, None), ("missing", "bond", None, None, None)]),
    Hand(USERS_SUSPEND, active_again, [("other", "user", "suspended", "1", "0")]),
    Hand(COURSES_CREATE, another_fullname, [("other", "course", "fullname", "First", "Renamed")]),
    Hand(COURSES_CREATE, no_course, [("missing", "course", None, None, None)]),
    Hand(ENROLMENTS, not_enrolled, [("missing", "enrolment", "role", "student", None)]),
    Hand(ENROLMENTS, another_role, [("missing", "enrolment", "role", "student", None)]),
    Hand(COHORTS, another_cohort_name, [("other", "cohort", "name", "First year", "Freshers")]),
    Hand(COHORTS, no_member, [("missing", "cohort_member", None, None, None)]),
    Hand(GROUPS, another_description, [("other", "group", "description", "Gate 2", "Gate 9")]),
    Hand(GROUP_MEMBERS, not_in_the_group, [("missing", "member", None, None, None)]),
    Hand(PICTURES, no_picture, [("missing", "picture", None, None, None)]),
)
LEFT = {"another_role"}
"""An added role is nobody's fault but the person's who gave it: a row of `add` never takes one."""

every_hand = pytest.mark.parametrize("hand", HANDS, ids=str)


@every_hand
def test_what_somebody_does_by_hand_is_found_and_brought_back(play, hand):
    drift = applied(play(hand.scene, **dict(hand.environ)), hand.scene, hand.scene.correct)
    before = drift.moodle
    hand.does(drift)
    checked = drift.check(hand.scene.command)
    lines = drift.lines(checked)
    assert [tuple(line[name] for name in ("what", "entity", "field", "ours", "moodle")) for line in lines] == hand.told
    mode = "reconcile" if hand.scene is PICTURES else "delta"
    (run,) = drift.repaired(checked, hand.scene.file, mode=mode)
    assert run["state"] == "done", run["counts"]
    assert drift.check(hand.scene.command).drifted == 0
    assert hand.does.__name__ in LEFT or _living(drift.moodle) == _living(before)


def _living(state):
    """The state without deleted accounts and passwords: a new one's is never that of the file, it is made up."""
    accounts = {
        name: {field: value for field, value in told.items() if field not in {"password", "preferences"}}
        for name, told in state["accounts"].items()
        if not told["deleted"]
    }
    return {**state, "accounts": accounts}
