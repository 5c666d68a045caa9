"""Rows of `users` against a real Moodle's answers: which account a row means, and who is refused."""

import pytest

HEADER = "username;firstname;lastname;idnumber;email"


def _is(line, code, message):
    return [(line, code, message)]


CREATED, UPDATED, UNCHANGED = "Created.", "Updated.", "Already as wanted."


@pytest.mark.parametrize(
    ("identity", "header", "row", "of"),
    [
        ("idnumber", HEADER, "bob;Robert;Ray;E1;bob@example.org", "bob"),
        ("username", HEADER, "bob;Robert;Ray;E1;bob@example.org", "bob"),
        ("email", HEADER, "bob;Robert;Ray;E1;BOB@Example.org", "bob"),
        ("id", f"id;{HEADER}", "{bob};bob;Robert;Ray;E1;bob@example.org", "bob"),
        ("idnumber", "username;firstname;lastname", "eve;Robert;Fox", "eve"),
        ("id", f"id;{HEADER}", ";eve;Robert;Fox;;eve@example.org", None),
    ],
    ids=["idnumber", "username", "email", "id", "no column of the identity", "a user name whose account has an id"],
)
def test_an_account_is_found_by_the_identity_and_by_user_name_only_where_the_row_gives_none(
    open_users, identity, header, row, of
):
    users = open_users(identity=identity)
    outcome = users.deliver(header, row.format(**users.ids))
    if of:
        assert outcome == _is(2, "updated", UPDATED)
        assert users.sent() == [("update", {"of": of, "firstname": "Robert"})]
    else:
        message = f"The account `eve` has another identifier than the row: id `{users.ids['eve']}`."
        assert outcome == _is(2, "error_identity_conflict", message)
        assert users.sent() == []


REFUSED = {
    "the user name's account has another identity": (
        {},
        "bob;Bob;Ray;;bob@example.org",
        "error_identity_conflict",
        "The account `bob` has another identifier than the row: idnumber `E1`.",
    ),
    "another account has the user name": (
        {},
        "bob;Bob;Ray;E9;new@example.org",
        "error_username_collision",
        "The username `bob` cannot be this row's: another account has it (id: {bob}).",
    ),
    "an account without idnumber has the user name": (
        {},
        "eve;Eve;Fox;E9;new@example.org",
        "error_username_collision",
        "The username `eve` cannot be this row's: another account has it (id: {eve}).",
    ),
    "the identity's account has another user name": (
        {},
        "bobby;Bob;Ray;E1;bob@example.org",
        "error_username_collision",
        "The username `bobby` cannot be this row's: Moodle knows this account as `bob`.",
    ),
    "a new account's e-mail is another's": (
        {},
        "new;New;One;E9;ANN@example.org",
        "error_email_collision",
        "Another account `ann` (id: {ann}) has the e-mail address `ANN@example.org`.",
    ),
    "a new e-mail is another's": (
        {"protect_emails": False},
        "bob;Bob;Ray;E1;ann@example.org",
        "error_email_collision",
        "Another account `ann` (id: {ann}) has the e-mail address `ann@example.org`.",
    ),
    "a new account without e-mail": (
        {},
        "new;New;One;E9;",
        "error_missing_value",
        "`email` is empty, and this row needs it.",
    ),
    "protected by name": (
        {"identity": "username"},
        "admin;Admin;User;E9;admin@example.org",
        "error_protected",
        "This is protected and was not touched: `admin`.",
    ),
    "protected by name, whatever the identity": (
        {},
        "admin;Admin;User;E9;admin@example.org",
        "error_protected",
        "This is protected and was not touched: `admin`.",
    ),
    "the guest": (
        {"identity": "username", "allow_admins": True},
        "guest;Guest;User;;guest@example.org",
        "error_protected",
        "This is protected and was not touched: `guest`.",
    ),
    "the service account": (
        {"identity": "username", "allow_admins": True},
        "wssync;WS;Sync;;wssync@example.org",
        "error_protected",
        "This is protected and was not touched: `wssync`.",
    ),
    "Moodle's own administrators": (
        {"identity": "username", "allow_admins": True},
        "admin;Root;User;;admin@example.org",
        "error_protected",
        "This is protected and was not touched: `admin`.",
    ),
    "a site's own list of the protected": (
        {"protected": "[Bob]"},
        "bob;Robert;Ray;E1;bob@example.org",
        "error_protected",
        "This is protected and was not touched: `bob`.",
    ),
}


@pytest.mark.parametrize(("settings", "row", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_row_that_mixes_people_up_or_means_a_protected_account_is_refused(open_users, settings, row, code, message):
    users = open_users(**settings)
    assert users.deliver(HEADER, row) == _is(2, code, message.format(**users.ids))
    assert users.sent() == []


def test_two_accounts_of_one_identity_are_ambiguous_and_neither_is_changed(users):
    users.add({**EVE_LIKE, "username": "twin", "email": "twin@example.org", "idnumber": "E1"})
    assert users.deliver(HEADER, "bob;Robert;Ray;E1;bob@example.org") == _is(
        2, "error_ambiguous", "Several records in Moodle have this identifier: idnumber `E1` (2 of them)."
    )
    assert users.sent() == []


EVE_LIKE = {"firstname": "Twin", "lastname": "Fox"}


def test_an_id_that_no_account_has_makes_no_account(open_users):
    users = open_users(identity="id")
    assert users.deliver(f"id;{HEADER}", "987654;new;New;One;E9;new@example.org") == _is(
        2,
        "error_invalid_value",
        "`id` has a value that is not allowed: `987654`: no account has it, and Moodle numbers new ones itself.",
    )


def test_an_account_that_moodle_has_deleted_is_not_found_by_its_id_either(open_users):
    users = open_users(identity="id")
    assert users.codes(f"id;{HEADER};deleted", f"{users.ids['bob']};bob;Bob;Ray;E1;bob@example.org;1") == ["deleted"]
    row = f"{users.ids['bob']};bob2;Bob;Ray;E1;bob2@example.org;0"
    assert users.codes(f"id;{HEADER};deleted", row) == ["error_invalid_value"]


@pytest.mark.parametrize("address", ["Ann.B@example.org", "ann.b@EXAMPLE.org"])
def test_an_address_in_another_letter_case_is_explained_after_moodles_refusal(users, address):
    """Only Moodle knows that somebody has it: look-ups by e-mail count letter case on PostgreSQL."""
    users.add({**EVE_LIKE, "username": "annb", "email": "ANN.B@example.org", "idnumber": "E7"})
    assert users.deliver(HEADER, f"new;New;One;E9;{address}", "ok;Fine;One;E10;ok@example.org") == [
        (
            2,
            "error_email_collision",
            f"Another account `annb` (id: {users.ids['annb']}) has the e-mail address `{address}`.",
        ),
        (3, "created", CREATED),
    ]


def test_a_row_sees_names_and_addresses_that_an_earlier_row_took(users):
    assert users.deliver(
        HEADER, "new;New;One;E9;new@example.org", "new;Other;One;E10;o@example.org", "other;O;One;E11;NEW@example.org"
    ) == [
        (2, "created", CREATED),
        (
            3,
            "error_username_collision",
            "The username `new` cannot be this row's: another account has it (id: made by an earlier row).",
        ),
        (
            4,
            "error_email_collision",
            "Another account `new` (id: made by an earlier row) has the e-mail address `NEW@example.org`.",
        ),
    ]


# -- what is sent -----------------------------------------------------------------------------------------------


def test_only_what_the_file_gives_and_moodle_has_otherwise_is_sent(users):
    users.change("bob", city="Oslo", country="NO", department="IT", lang="fr", timezone="Europe/Oslo", maildisplay=0)
    rows = users.deliver(f"{HEADER};city;department", "bob;Bob;Ray;E1;bob@example.org;Bergen;IT")
    assert rows == _is(2, "updated", UPDATED)
    assert users.sent() == [("update", {"of": "bob", "city": "Bergen"})]
    bob = users.person("bob")
    assert (bob["country"], bob["lang"], bob["timezone"], bob["maildisplay"]) == ("NO", "fr", "Europe/Oslo", 0)


def test_an_empty_cell_leaves_what_moodle_has(users):
    users.change("bob", city="Oslo")
    assert users.codes(f"{HEADER};city", "bob;Bob;Ray;E1;bob@example.org;") == ["unchanged"]
    assert users.sent() == []


def test_an_empty_cell_clears_where_the_settings_say_so_but_never_names_and_identifiers(open_users):
    users = open_users(empty_clears=True, identity="username")
    users.change("bob", city="Oslo", country="NO")
    header = f"{HEADER};city;country;auth;mailformat;maildisplay;suspended"
    assert users.codes(header, "bob;Bob;Ray;;;;;;;;") == ["updated"]
    assert users.sent() == [("update", {"of": "bob", "city": "", "country": ""})]


def test_values_are_cleaned_as_moodle_wants_them(users):
    header = f"{HEADER};country;lang;timezone;suspended"
    assert users.codes(header, "Bob;Bob;Ray;E1;bob@example.org;no;FR_utf8;Europe/Oslo;Oui") == ["suspended"]
    assert users.sent() == [
        ("update", {"of": "bob", "country": "NO", "lang": "fr", "timezone": "Europe/Oslo", "suspended": True})
    ]


@pytest.mark.parametrize("column", ["phone1", "description", "maildisplay"])
def test_what_moodle_never_tells_is_sent_with_a_new_row_and_never_alone_a_reason_to_write_again(users, column):
    row = "bob;Bob;Ray;E1;bob@example.org;1"
    assert users.codes(f"{HEADER};{column}", row) == ["updated"]
    value = 1 if column == "maildisplay" else "1"
    assert users.sent() == [("update", {"of": "bob", column: value})]
    assert users.codes(f"{HEADER};{column}", row, mode="reconcile") == ["unchanged"]
    assert users.sent() == []
    users.change("bob", city="Oslo")
    assert users.codes(f"{HEADER};{column};city", f"{row};Rome", mode="reconcile") == ["updated"]
    assert users.sent() == [("update", {"of": "bob", column: value, "city": "Rome"})]


# -- e-mail -----------------------------------------------------------------------------------------------------


def test_a_protected_address_is_kept_whoever_has_the_files_and_the_rest_of_the_row_is_applied(users):
    run = users.run(HEADER, "bob;Robert;Ray;E1;ann@example.org", "ann;Ann;Lee;E2;other@example.org")
    assert users.rows(run["run_id"]) == [(2, "updated", UPDATED), (3, "unchanged", UNCHANGED)]
    assert users.warned(run) == {"warn_email_protected": 2}
    assert users.sent() == [("update", {"of": "bob", "firstname": "Robert"})]
    rows = [line for line in users.report(run) if line["type"] == "row"]
    assert [(row["code"], row["kind"], row["warnings"]) for row in rows] == [
        ("updated", "warn", ["warn_email_protected"]),
        ("unchanged", "warn", ["warn_email_protected"]),
    ]


def test_an_empty_address_is_filled_though_addresses_are_protected(users):
    users.change("bob", email="")
    assert users.codes(HEADER, "bob;Bob;Ray;E1;bob@new.org") == ["updated"]
    assert users.sent() == [("update", {"of": "bob", "email": "bob@new.org"})]


def test_an_address_changes_where_the_settings_say_so_and_letter_case_alone_is_no_change(open_users):
    users = open_users(protect_emails=False)
    rows = ["bob;Bob;Ray;E1;bob@new.org", "ann;Ann;Lee;E2;ANN@example.org"]
    assert users.codes(HEADER, *rows) == ["updated", "unchanged"]
    assert users.sent() == [("update", {"of": "bob", "email": "bob@new.org"})]


# -- suspended --------------------------------------------------------------------------------------------------


def test_accounts_are_suspended_and_taken_back(users):
    header = f"{HEADER};suspended"
    assert users.codes(header, "bob;Bob;Ray;E1;bob@example.org;1", "ann;Ann;Lee;E2;ann@example.org;0") == [
        "suspended",
        "unchanged",
    ]
    assert users.codes(header, "bob;Bob;Ray;E1;bob@example.org;0") == ["unsuspended"]
    assert users.sent() == [("update", {"of": "bob", "suspended": True}), ("update", {"of": "bob", "suspended": False})]


def test_a_new_account_that_is_suspended_takes_two_acts(users):
    row = "new;New;One;E9;new@example.org;1"
    run = users.run(f"{HEADER};suspended", row)
    assert users.rows(run["run_id"]) == _is(2, "created", CREATED)
    assert [part["code"] for part in users.entries(run["run_id"])[0].parts] == ["created", "suspended"]
    (create, made), (update, sent) = users.sent()
    assert (create, made["username"], "suspended" in made) == ("create", "new", False)
    assert (update, sent) == ("update", {"of": "?", "suspended": True})
    assert users.person("new")["suspended"] == 1


def test_a_suspension_of_an_account_that_could_not_be_created_is_not_reached(users):
    users.add({**EVE_LIKE, "username": "annb", "email": "ANN.B@example.org", "idnumber": "E7"})
    run = users.run(f"{HEADER};suspended", "new;New;One;E9;ann.B@example.org;1")
    (entry,) = users.entries(run["run_id"])
    assert [part["code"] for part in entry.parts] == ["error_email_collision", "skipped_not_reached"]
    assert entry.code == "error_email_collision"


# -- the same key twice -----------------------------------------------------------------------------------------


def test_of_two_rows_with_one_key_the_later_one_has_the_last_word_and_a_warning(users):
    run = users.run(f"{HEADER};city", "bob;Bob;Ray;E1;bob@example.org;Oslo", "bob;Bob;Ray;E1;bob@example.org;Rome")
    assert users.rows(run["run_id"]) == [(2, "updated", UPDATED), (3, "updated", UPDATED)]
    assert [entry.warnings for entry in users.entries(run["run_id"])] == [(), ("warn_duplicate_row",)]
    assert users.sent() == [("update", {"of": "bob", "city": "Oslo"}), ("update", {"of": "bob", "city": "Rome"})]


@pytest.mark.parametrize(
    ("row", "first"), [("bob;Robert;Ray;E1;bob@example.org;0", "updated"), ("n;N;One;E9;n@x.org;0", "created")]
)
def test_an_equal_row_finds_nothing_left_to_do(users, row, first):
    run = users.run(f"{HEADER};suspended", row, row)
    assert [name for _, name, _ in users.rows(run["run_id"])] == [first, "unchanged"]
    assert users.warned(run) == {"warn_duplicate_row": 1}
    assert len(users.sent()) == 1


def test_a_second_row_changes_the_account_that_the_first_one_makes(users):
    rows = ["new;New;One;E9;new@example.org;Oslo", "new;New;One;E9;new@example.org;Rome"]
    assert users.codes(f"{HEADER};city", *rows) == ["created", "updated"]
    assert users.person("new")["city"] == "Rome"
