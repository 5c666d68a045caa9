"""Renaming, suspending and deleting accounts: by whom, in which order, and what holds afterwards."""

import pytest

RENAME = "username;firstname;lastname;idnumber;oldusername"
HEADER = "username;firstname;lastname;idnumber;email"
DELETED = f"{HEADER};deleted"
BOB = "bob;Bob;Ray;E1;bob@example.org"


@pytest.fixture
def renaming(open_users):
    return open_users(allow_rename=True, protect_emails=False)


# -- rename -----------------------------------------------------------------------------------------------------


def test_a_user_name_changes_where_the_row_names_the_old_one(renaming):
    assert renaming.deliver(RENAME, "bobby;Robert;Ray;E1;BOB") == [
        (2, "renamed", "The username was changed from `bob` to `bobby`.")
    ]
    assert renaming.sent() == [("update", {"of": "bob", "username": "bobby", "firstname": "Robert"})]


@pytest.mark.parametrize("mode", ["delta", "reconcile"])
@pytest.mark.parametrize("idnumber", ["E1", ""])
def test_a_rename_that_is_done_already_is_no_error_and_no_second_rename(renaming, mode, idnumber):
    renaming.change("bob", idnumber=idnumber)
    renaming.codes(RENAME, f"bobby;Bob;Ray;{idnumber};bob")
    renaming.sent()
    # The second row makes it another file: else it would not be read at all.
    run = renaming.run(RENAME, f"bobby;Bob;Ray;{idnumber};bob", "ann;Ann;Lee;E2;", mode=mode)
    assert renaming.site.find_run(run["run_id"]).counts == {"unchanged": 2}
    assert renaming.sent() == []


def test_a_rename_that_is_done_stays_done_when_somebody_else_has_taken_the_old_name(renaming):
    renaming.codes(RENAME, "bobby;Bob;Ray;E1;bob")
    renaming.add({"username": "bob", "firstname": "B", "lastname": "New", "email": "b@new.org", "idnumber": "E9"})
    assert renaming.codes(RENAME, "bobby;Bob;Ray;E1;bob", mode="reconcile") == ["unchanged"]


RENAMES_REFUSED = {
    "nobody has the old name": (
        "bobby;Bob;Ray;E9;robert",
        "error_rename_source_missing",
        "Not renamed: no account has the old username `robert`.",
    ),
    "somebody has the new name": (
        "ann;Bob;Ray;E1;bob",
        "error_rename_target_exists",
        "Not renamed from `bob`: another account has the new username `ann`.",
    ),
    "the old name's account has another identity": (
        "bobby;Bob;Ray;E9;bob",
        "error_identity_conflict",
        "The account `bob` has another identifier than the row: idnumber `E1` instead of `E9`.",
    ),
    "the identity is another account's": (
        "evelyn;Eve;Fox;E1;eve",
        "error_identity_conflict",
        "The account `eve` has another identifier than the row.",
    ),
    "the account is protected": (
        "root;Admin;User;;admin",
        "error_protected",
        "This is protected and was not touched: `admin`.",
    ),
}


@pytest.mark.parametrize(("row", "code", "message"), RENAMES_REFUSED.values(), ids=RENAMES_REFUSED)
def test_a_rename_between_two_people_is_refused(renaming, row, code, message):
    assert renaming.deliver(RENAME, row) == [(2, code, message)]
    assert renaming.sent() == []


@pytest.mark.parametrize("identity", ["idnumber", "username"])
def test_nothing_is_renamed_and_no_second_account_made_while_the_switch_is_off(open_users, identity):
    users = open_users(identity=identity)
    run = users.run(f"{RENAME};email", "bobby;Bob;Ray;E1;bob;bobby@example.org", "ann;Ann;Lee;E2;ann;ann@example.org")
    assert users.rows(run["run_id"]) == [
        (2, "error_unsupported", "This is not supported here: oldusername: users.allow_rename is off."),
        (3, "unchanged", "Already as wanted."),
    ]
    (row, _) = users.entries(run["run_id"])
    assert row.args["setting"] == "users.allow_rename: true"
    assert users.sent() == []


def test_a_chain_of_renames_goes_in_file_order(renaming):
    assert renaming.codes(RENAME, "carl;Ann;Lee;E2;ann", "ann;Bob;Ray;E1;bob", "bob;Eve;Fox;;eve") == ["renamed"] * 3
    people = renaming.sandbox.control.people()
    assert [people[name]["firstname"] for name in ("carl", "ann", "bob")] == ["Ann", "Bob", "Eve"]


def test_two_accounts_swap_their_names_by_way_of_a_third(renaming):
    rows = ["tmp;Bob;Ray;E1;bob", "bob;Ann;Lee;E2;ann", "ann;Bob;Ray;E1;tmp"]
    assert renaming.codes(RENAME, *rows) == ["renamed"] * 3
    people = renaming.sandbox.control.people()
    assert (people["bob"]["firstname"], people["ann"]["firstname"], "tmp" in people) == ("Ann", "Bob", False)


def test_a_new_account_takes_the_name_and_the_address_that_a_rename_has_left(renaming):
    rows = ["bobby;Bob;Ray;E1;bob;bobby@example.org", "bob;New;One;E9;;bob@example.org"]
    assert renaming.codes(f"{RENAME};email", *rows) == ["renamed", "created"]
    assert renaming.person("bob")["idnumber"] == "E9"


def test_a_rename_with_a_suspension_is_two_acts_so_that_the_guard_of_suspensions_counts_it(renaming):
    run = renaming.run(f"{RENAME};suspended", "bobby;Bob;Ray;E1;bob;1")
    (entry,) = renaming.entries(run["run_id"])
    assert (entry.code, [part["code"] for part in entry.parts]) == ("renamed", ["renamed", "suspended"])
    assert renaming.sent() == [
        ("update", {"of": "bob", "username": "bobby"}),
        ("update", {"of": "bob", "suspended": True}),
    ]


# -- deletion by the column -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "outcome"), [("1", "deleted"), ("Yes", "deleted"), ("0", "unchanged"), ("", "unchanged")]
)
def test_only_a_yes_deletes(users, cell, outcome):
    assert users.codes(DELETED, f"{BOB};{cell}") == [outcome]
    assert (users.person("bob") is None) == (outcome == "deleted")


def test_a_deletion_of_nobody_is_skipped_and_makes_no_account(users):
    assert users.deliver(DELETED, "new;New;One;E9;new@example.org;1") == [
        (2, "skipped_not_found", "Not in Moodle: nothing has the idnumber `E9`. There was nothing to do.")
    ]
    assert users.sent() == []


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        (
            "bobby;Bob;Ray;E1;bob@example.org;1",
            "error_identity_conflict",
            "The account `bob` has another identifier than the row: username `bob` instead of `bobby`.",
        ),
        ("admin;Admin;User;;a@x.org;1", "error_protected", "This is protected and was not touched: `admin`."),
        ("wssync;WS;Sync;;w@x.org;1", "error_protected", "This is protected and was not touched: `wssync`."),
    ],
)
def test_a_deletion_on_doubt_is_refused(users, row, code, message):
    assert users.deliver(DELETED, row) == [(2, code, message)]
    assert users.sent() == []


def test_an_account_is_deleted_and_made_anew_in_one_file(users):
    assert users.codes(DELETED, f"{BOB};1", "bob;New;Bob;E1;bob@example.org;0") == ["deleted", "created"]
    assert users.person("bob")["lastname"] == "Bob"
    assert users.person("bob")["id"] != users.ids["bob"]


def test_an_account_is_made_and_deleted_in_one_file(users):
    run = users.run(DELETED, "new;New;One;E9;new@example.org;0", "new;New;One;E9;new@example.org;1")
    assert [name for _, name, _ in users.rows(run["run_id"])] == ["created", "deleted"]
    assert users.person("new") is None
    assert all(key > 0 for entry in users.entries(run["run_id"]) for _, key in entry.refs)


def test_a_row_that_deleted_an_account_is_forgotten_so_that_the_former_row_makes_it_anew(users):
    row = "new;New;One;E9;new@example.org"
    assert users.codes(DELETED, f"{row};0") == ["created"]
    assert users.codes(DELETED, f"{row};1") == ["deleted"]
    assert users.codes(DELETED, f"{row};0") == ["created"]


# -- users_delete, users_suspend --------------------------------------------------------------------------------

NAMES = "username;idnumber"
ENDED = {
    "by user name": ("username", "bob;", ["bob"]),
    "by user name and idnumber": ("username", "bob;E1", ["bob"]),
    "by idnumber": ("idnumber", "bob;E1", ["bob"]),
    "by user name, for want of an idnumber": ("idnumber", "eve;", ["eve"]),
    "in another letter case": ("username", "BOB;E1", ["bob"]),
}


def _nobody(identity, value):
    return "skipped_not_found", f"Not in Moodle: nothing has the {identity} `{value}`. There was nothing to do."


def _other(username, how):
    return "error_identity_conflict", f"The account `{username}` has another identifier than the row{how}."


def _protected(username):
    return "error_protected", f"This is protected and was not touched: `{username}`."


NOT_ENDED = {
    "nobody": ("username", "carl;", *_nobody("username", "carl")),
    "nobody by idnumber": ("idnumber", "carl;E9", *_nobody("idnumber", "E9")),
    "gone, and the user name has a new owner": ("idnumber", "bob;E9", *_nobody("idnumber", "E9")),
    "two identifiers of two accounts": ("username", "bob;E2", *_other("bob", ": idnumber `E1` instead of `E2`")),
    "the idnumber of another": ("username", "eve;E2", *_other("ann", ": username `ann` instead of `eve`")),
    "a user name that has changed": ("username", "robert;E1", *_other("bob", ": username `bob` instead of `robert`")),
    "an idnumber nobody has, and a user name without one": ("idnumber", "eve;E9", *_other("eve", "")),
    "the identity left out": ("idnumber", "bob;", *_other("bob", ": idnumber `E1`")),
    "no user name": ("username", ";E1", "error_missing_value", "`username` is empty, and this row needs it."),
    "protected": ("username", "admin;", *_protected("admin")),
    "the guest": ("username", "guest;", *_protected("guest")),
    "the service account": ("username", "wssync;", *_protected("wssync")),
}


@pytest.mark.parametrize("command", ["users_delete", "users_suspend"])
@pytest.mark.parametrize(("identity", "row", "who"), ENDED.values(), ids=ENDED)
def test_who_is_deleted_or_suspended(open_users, command, identity, row, who):
    users = open_users(**{f"{command}__identity": identity})
    assert users.codes(NAMES, row, command=command) == [
        {"users_delete": "deleted", "users_suspend": "suspended"}[command]
    ]
    sent = [("delete", name) for name in who]
    assert users.sent() == (sent if command == "users_delete" else [("update", {"of": who[0], "suspended": True})])


@pytest.mark.parametrize("command", ["users_delete", "users_suspend"])
@pytest.mark.parametrize(("identity", "row", "code", "message"), NOT_ENDED.values(), ids=NOT_ENDED)
def test_who_is_neither_deleted_nor_suspended(open_users, command, identity, row, code, message):
    users = open_users(**{f"{command}__identity": identity})
    assert users.deliver(NAMES, row, command=command) == [(2, code, message)]
    assert users.sent() == []


def test_an_administrator_whom_moodle_alone_knows_is_protected_and_does_not_stop_the_others(open_users):
    users = open_users(protected="[]")
    assert users.deliver("username", "admin", "bob", "ann", command="users_delete") == [
        (2, "error_protected", "This is protected and was not touched: `admin`."),
        (3, "deleted", "Deleted."),
        (4, "deleted", "Deleted."),
    ]


def test_a_suspended_account_is_left_as_it_is(users):
    users.change("bob", suspended=1)
    assert users.codes("username", "bob", "bob", "ann", "ann", command="users_suspend") == [
        "unchanged",
        "unchanged",
        "suspended",
        "unchanged",
    ]


# -- what is forgotten ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "again"), [("users_delete", "created"), ("users_suspend", "unsuspended")])
def test_what_another_command_ends_comes_again_by_the_row_of_users(users, command, again):
    rows = [f"{HEADER};suspended", f"{BOB};0", "ann;Ann;Lee;E2;ann@example.org;0"]
    assert users.codes(*rows) == ["unchanged", "unchanged"]
    users.codes("username", "bob", command=command)
    run = users.run(*rows)
    assert users.site.find_run(run["run_id"]).counts == {again: 1, "unchanged": 1}


def test_a_suspension_comes_again_when_users_has_taken_it_back(users):
    assert users.codes("username", "bob", command="users_suspend") == ["suspended"]
    assert users.codes(f"{HEADER};suspended", f"{BOB};0") == ["unsuspended"]
    assert users.codes("username", "bob", command="users_suspend") == ["suspended"]


def test_an_account_that_was_deleted_and_made_anew_by_hand_is_seen_by_reconcile_alone_in_an_equal_file(users):
    rows = ["username", "bob"]
    assert users.codes(*rows, command="users_delete") == ["deleted"]
    users.add({"username": "bob", "firstname": "Bob", "lastname": "Ray", "email": "bob@example.org"})
    assert users.codes(*rows, command="users_delete") == []
    assert users.codes(*rows, command="users_delete", mode="reconcile") == ["deleted"]


def test_an_account_that_came_back_is_deleted_by_the_row_of_another_file(users):
    assert users.codes("username", "bob", command="users_delete") == ["deleted"]
    users.add({"username": "bob", "firstname": "Bob", "lastname": "Ray", "email": "bob@example.org"})
    assert users.codes("username", "bob", "ann", command="users_delete") == ["deleted", "deleted"]
