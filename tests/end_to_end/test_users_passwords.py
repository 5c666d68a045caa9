"""Passwords: whose is sent when, who must change it, and what the site's policy refuses."""

import hashlib

import pytest

HEADER = "username;firstname;lastname;idnumber;email"
NEW = "new;New;One;E9;new@example.org"
BOB = "bob;Bob;Ray;E1;bob@example.org"
GOOD, WEAK = "Long-enough-7", "weak"
FORCED = [{"type": "auth_forcepasswordchange", "value": "1"}]
POLICY = "the password is against the site's policy"


def _made(users):
    """What was sent to create an account, beside its names, and where its password came from."""
    (created,) = [row for verb, row in users.sent() if verb == "create"]
    person = users.person(created["username"])
    beside = {name: value for name, value in created.items() if name in {"password", "createpassword", "preferences"}}
    return beside, person["password_origin"]


SENT = {"password": "(given)"}
MOODLES = {"create_passwords": True}
NEW_PASSWORDS = {
    "given": ({}, "password", GOOD, SENT, "given"),
    "empty": ({}, "password", "", {**SENT, "preferences": FORCED}, "given"),
    "no column": ({}, "city", "Oslo", {**SENT, "preferences": FORCED}, "given"),
    "*NOPASS*": ({}, "password", "*NOPASS*", SENT, "given"),
    "empty, and Moodle makes it": (MOODLES, "password", "", {"createpassword": True}, "generated"),
    "*NOPASS*, and Moodle would make it": (MOODLES, "password", "*NOPASS*", SENT, "given"),
    "external": ({}, "auth", "ldap", {}, ""),
    "external, and Moodle would make it": (MOODLES, "auth", "oauth2", {}, ""),
    "internal without sign-in": ({}, "auth", "nologin", {**SENT, "preferences": FORCED}, "given"),
}


@pytest.mark.parametrize(("settings", "column", "cell", "sent", "origin"), NEW_PASSWORDS.values(), ids=NEW_PASSWORDS)
def test_the_password_of_a_new_account(open_users, settings, column, cell, sent, origin):
    users = open_users(**settings)
    assert users.codes(f"{HEADER};{column}", f"{NEW};{cell}") == ["created"]
    assert _made(users) == (sent, origin)
    given = hashlib.sha256(GOOD.encode()).hexdigest()
    assert (users.person("new")["password"] == given) == (cell == GOOD)


def test_passwords_that_nobody_knows_are_told_once_with_their_number_and_a_password_column_too(users):
    rows = [f"{HEADER};password", f"{NEW};", f"two;T;T;E8;two@example.org;{GOOD}", "tre;T;T;E7;tre@example.org;"]
    run = users.run(*rows)
    (told, *_) = users.report(run)
    assert users.site.find_run(run["run_id"]).warnings == {"warn_password_unknown": 2, "warn_passwords_in_file": 1}
    assert told["warnings"] == {"warn_password_unknown": 2, "warn_passwords_in_file": 1}
    assert len({users.person(name)["password"] for name in ("new", "two", "tre")}) == 3


def test_a_new_password_against_the_policy_refuses_its_row_only_and_is_in_no_product(users):
    rows = [f"two;T;T;E8;two@example.org;{GOOD}", f"{NEW};{WEAK}", f"tre;T;T;E7;tre@example.org;{GOOD}"]
    run = users.run(f"{HEADER};password", *rows)
    assert [name for _, name, _ in users.rows(run["run_id"])] == ["created", "error_create", "created"]
    (_, bad, _) = users.entries(run["run_id"])
    assert (bad.args["reason"], bad.moodle_code) == (POLICY, "passwordpolicy")
    assert users.rows(run["run_id"])[1][2].startswith(f"Moodle refused to create it: {POLICY}: ")
    told = "".join(path.read_text() for path in (users.site.depot / "reports").rglob("*.*"))
    assert f";{WEAK}" not in told
    assert GOOD not in told


def test_an_existing_account_keeps_its_password_unless_the_settings_say_otherwise(users):
    assert users.codes(f"{HEADER};password", f"{BOB};{GOOD}") == ["unchanged"]
    assert users.sent() == []


@pytest.fixture
def updating(open_users):
    return open_users(update_passwords=True)


def test_a_password_is_sent_with_a_new_row_and_is_never_compared(updating):
    assert updating.codes(f"{HEADER};password", f"{BOB};{GOOD}") == ["updated"]
    assert updating.sent() == [("update", {"of": "bob", "password": "(given)"})]
    assert updating.person("bob")["password"] == hashlib.sha256(GOOD.encode()).hexdigest()
    assert updating.codes(f"{HEADER};password", f"{BOB};{GOOD}", "ann;Ann;Lee;E2;ann@example.org;") == ["unchanged"]
    assert updating.sent() == []


@pytest.mark.parametrize("cell", ["", "*NOPASS*"])
def test_no_password_is_taken_away(updating, cell):
    assert updating.codes(f"{HEADER};password", f"{BOB};{cell}") == ["unchanged"]
    assert updating.sent() == []


def test_a_password_is_never_alone_a_reason_for_reconcile_to_write(updating):
    updating.codes(f"{HEADER};password", f"{BOB};{GOOD}")
    updating.sent()
    assert updating.codes(f"{HEADER};password", f"{BOB};{GOOD}", mode="reconcile") == ["unchanged"]
    assert updating.sent() == []
    updating.change("bob", firstname="Rob")
    assert updating.codes(f"{HEADER};password", f"{BOB};{GOOD}", mode="reconcile") == ["updated"]
    assert updating.sent() == [("update", {"of": "bob", "firstname": "Bob", "password": "(given)"})]


def test_a_changed_password_against_the_policy_refuses_its_row_only(updating):
    """Moodle answers an error for the whole call, although it has saved the other rows."""
    run = updating.run(f"{HEADER};password", f"{BOB};{WEAK}", f"ann;Ann;Lee;E2;ann@example.org;{GOOD}")
    assert [name for _, name, _ in updating.rows(run["run_id"])] == ["error_update", "updated"]
    bad = updating.entries(run["run_id"])[0]
    assert (bad.args["reason"], bad.moodle_code) == (POLICY, "invalidresponse")
    assert updating.person("ann")["password"] == hashlib.sha256(GOOD.encode()).hexdigest()


@pytest.mark.parametrize("word", ["$random", "$file"])
def test_the_words_that_stand_for_secrets_in_a_plan_are_plain_data_in_a_file(users, word):
    assert users.codes(f"{HEADER};city;password", f"{NEW};{word};{GOOD}", f"{BOB};{word};") == ["created", "updated"]
    assert (users.person("new")["city"], users.person("bob")["city"]) == (word, word)
