"""Rows that a planner refuses, with the whole of what it says, and rows that only look like them."""

import pytest

from sync_operators.tools.tool import RANDOM
from sync_operators.tools.user_rows import DeletePlanner, SuspendPlanner, UserPlanner
from tests.tools.conftest import row, tool_settings

FORCED = [{"type": "auth_forcepasswordchange", "value": "1"}]


@pytest.fixture
def planned(moodle, site):
    moodle.add(2, "admin")
    moodle.add(3, "wssync")
    moodle.add(11, "bob", idnumber="E1")
    moodle.add(12, "ann", idnumber="E2")
    moodle.add(13, "eve")
    moodle.add(14, "twin", idnumber="E2")

    def plan(*rows, planner=UserPlanner, command="users", **switches):
        made = planner(tool_settings(command, **switches), moodle.reader, site)
        made.look_up(rows)
        return [made.plan(each) for each in rows]

    return plan


RENAMING = {"allow_rename": True}
REFUSED = {
    "ambiguous": (
        {"username": "ann", "idnumber": "E2"},
        {},
        "error_ambiguous",
        {"column": "idnumber", "value": "E2", "count": "2"},
    ),
    "another's user name": (
        {"username": "bob", "idnumber": "E9", "email": "x@x.org"},
        {},
        "error_username_collision",
        {"username": "bob", "other_id": "11"},
    ),
    "another user name": (
        {"username": "bobby", "idnumber": "E1"},
        {},
        "error_username_collision",
        {"username": "bobby", "stored": "bob"},
    ),
    "another identity": (
        {"username": "bob"},
        {},
        "error_identity_conflict",
        {"username": "bob", "identity": "idnumber", "found": "E1"},
    ),
    "another's e-mail": (
        {"username": "bob", "idnumber": "E1", "email": "EVE@example.org"},
        {"protect_emails": False},
        "error_email_collision",
        {"email": "EVE@example.org", "found": "eve", "other_id": "13"},
    ),
    "protected": ({"username": "admin"}, {}, "error_protected", {"username": "admin"}),
    "protected, by its user name alone": (
        {"username": "admin", "idnumber": "E9", "email": "x@x.org"},
        {},
        "error_protected",
        {"username": "admin"},
    ),
    "the service account": ({"username": "wssync"}, {"allow_admins": True}, "error_protected", {"username": "wssync"}),
    "an unknown id": (
        {"username": "new", "id": "77", "email": "x@x.org"},
        {"identity": "id"},
        "error_invalid_value",
        {"column": "id", "value": "77", "reason": "no_such_account"},
    ),
    "a new account without e-mail": ({"username": "new", "email": ""}, {}, "error_missing_value", {"column": "email"}),
    "renaming is off": (
        {"username": "bobby", "oldusername": "bob"},
        {},
        "error_unsupported",
        {"what": "oldusername", "reason": "users.allow_rename is off", "setting": "users.allow_rename: true"},
    ),
    "nobody to rename": (
        {"username": "new", "oldusername": "old"},
        RENAMING,
        "error_rename_source_missing",
        {"username": "old"},
    ),
    "the new name is taken": (
        {"username": "eve", "oldusername": "bob"},
        RENAMING,
        "error_rename_target_exists",
        {"username": "eve", "found": "bob"},
    ),
    "the old name is another's": (
        {"username": "new", "oldusername": "bob", "idnumber": "E9"},
        RENAMING,
        "error_identity_conflict",
        {"username": "bob", "identity": "idnumber", "found": "E1", "value": "E9"},
    ),
    "the identity is another's": (
        {"username": "new", "oldusername": "eve", "idnumber": "E1"},
        RENAMING,
        "error_identity_conflict",
        {"username": "eve"},
    ),
    "deleted under another name": (
        {"username": "bobby", "idnumber": "E1", "deleted": True},
        {},
        "error_identity_conflict",
        {"username": "bob", "identity": "username", "found": "bob", "value": "bobby"},
    ),
    "deleted, and protected": ({"username": "admin", "deleted": True}, {}, "error_protected", {"username": "admin"}),
    "deleted by another's idnumber": (
        {"username": "eve", "idnumber": "E1", "deleted": True},
        {"identity": "username"},
        "error_identity_conflict",
        {"username": "bob", "identity": "username", "found": "bob", "value": "eve"},
    ),
}


@pytest.mark.parametrize(("values", "switches", "code", "args"), REFUSED.values(), ids=REFUSED)
def test_a_row_of_users_is_refused(planned, values, switches, code, args):
    (plan,) = planned(row(1, **values), **switches)
    assert (plan.code, dict(plan.args), plan.drafts) == (code, args, ())


DONE = {
    "a rename that is done": ({"username": "bob", "oldusername": "eve", "idnumber": "E1"}, RENAMING),
    "a rename that is done, while renaming is off": (
        {"username": "bob", "oldusername": "robert", "idnumber": "E1"},
        {},
    ),
    "an address in another letter case": (
        {"username": "bob", "idnumber": "E1", "email": "BOB@example.org"},
        {"protect_emails": False},
    ),
    "*NOPASS* for a known account": (
        {"username": "bob", "idnumber": "E1", "password": "*NOPASS*"},
        {"update_passwords": True},
    ),
}


@pytest.mark.parametrize(("values", "switches"), DONE.values(), ids=DONE)
def test_a_row_of_users_finds_all_as_it_says(planned, values, switches):
    (plan,) = planned(row(1, **values), **switches)
    assert (plan.code, plan.drafts, plan.warnings) == ("unchanged", (), ())


def test_an_empty_address_is_filled_though_addresses_are_protected(planned, moodle):
    moodle.add(15, "carl", idnumber="E5", email="")
    (plan,) = planned(row(1, username="carl", idnumber="E5", email="carl@x.org"))
    assert [draft.after for draft in plan.drafts] == [{"email": "carl@x.org"}]


@pytest.mark.parametrize(
    ("values", "switches", "sent"),
    [
        ({}, {}, {"password": RANDOM, "preferences": FORCED}),
        ({"password": "*NOPASS*"}, {"create_passwords": True}, {"password": RANDOM}),
        ({"auth": "ldap"}, {}, {}),
        ({}, {"create_passwords": True}, {"createpassword": True}),
    ],
)
def test_the_password_of_a_new_account(planned, values, switches, sent):
    (plan,) = planned(row(1, username="new", email="n@x.org", **values), **switches)
    known = {"username", "email", "firstname", "lastname", "auth"}
    assert {name: value for name, value in plan.drafts[0].after.items() if name not in known} == sent


def test_an_equal_row_after_the_one_that_creates_changes_nothing(planned):
    first, second = planned(*(row(n, username="new", email="n@x.org", suspended=False) for n in (1, 2)))
    assert ([draft.verb for draft in first.drafts], second.code) == (["create"], "unchanged")


def test_a_second_suspension_changes_nothing(planned):
    rows = [row(n, username="bob") for n in (1, 2)]
    first, second = planned(*rows, planner=SuspendPlanner, command="users_suspend")
    assert (first.code, second.code) == (None, "unchanged")


@pytest.mark.parametrize(
    ("identity", "values", "code"),
    [
        ("idnumber", {"username": "bob", "idnumber": "E9"}, "skipped_not_found"),
        ("idnumber", {"username": "eve", "idnumber": "E9"}, "error_identity_conflict"),
        ("username", {"username": "robert", "idnumber": "E1"}, "error_identity_conflict"),
        ("username", {"username": "bob", "idnumber": "E2"}, "error_identity_conflict"),
        ("username", {"username": "ann", "idnumber": "E2"}, None),
    ],
)
def test_who_is_deleted_by_two_identifiers(planned, identity, values, code):
    (plan,) = planned(row(1, **values), planner=DeletePlanner, command="users_delete", identity=identity)
    assert (plan.code, len(plan.drafts)) == (code, int(code is None))
