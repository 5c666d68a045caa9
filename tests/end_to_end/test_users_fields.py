"""Profile fields, columns that are refused or left out, values that are wrong, and every kind of letter."""

import unicodedata

import pytest

HEADER = "username;firstname;lastname;idnumber;email"
BOB = "bob;Bob;Ray;E1;bob@example.org"
NEW = "new;New;One;E9;new@example.org"
ANN = "ann;Ann;Lee;E2;ann@example.org"


# -- custom profile fields --------------------------------------------------------------------------------------


def test_profile_fields_are_compared_and_only_what_differs_is_sent(users):
    users.change("bob", customfields={"staffno": "S1", "campus": "North"})
    assert users.codes(f"{HEADER};profile_field_staffno;profile_field_campus", f"{BOB};S1;South") == ["updated"]
    assert users.sent() == [("update", {"of": "bob", "customfields": [{"type": "campus", "value": "South"}]})]
    assert users.person("bob")["customfields"] == {"staffno": "S1", "campus": "South"}


def test_profile_fields_come_with_a_new_account_and_an_empty_cell_says_nothing(users):
    assert users.codes(f"{HEADER};profile_field_staffno;profile_field_campus", f"{NEW};S9;") == ["created"]
    assert users.person("new")["customfields"] == {"staffno": "S9"}


NOT_STORED = {
    "outside the menu": ("profile_field_campus", "West;", "`profile_field_campus`"),
    "no such field": ("profile_field_campus;profile_field_site", "South;Oslo", "`profile_field_site`"),
    "several": ("profile_field_campus;profile_field_site", "West;Oslo", "profile_field_campus, profile_field_site"),
}


@pytest.mark.parametrize("row", [BOB, NEW], ids=["known", "new"])
@pytest.mark.parametrize(("columns", "cells", "named"), NOT_STORED.values(), ids=NOT_STORED)
def test_a_value_that_moodle_drops_without_a_word_is_a_warning_that_names_the_field(users, row, columns, cells, named):
    cells = cells if ";" in columns else cells.rstrip(";")
    run = users.run(f"{HEADER};{columns}", f"{row};{cells}")
    (outcome,) = users.outcomes(run)
    assert (outcome.code, outcome.kind) == ("updated" if row == BOB else "created", "warn")
    assert outcome.details("en") == [f"Moodle did not store the value of {named}."]


# -- columns ----------------------------------------------------------------------------------------------------


def test_an_unknown_column_refuses_the_file_and_names_the_nearest_right_one(users):
    run = users.run(f"{HEADER};gender;profile_field_été;departement;type1", f"{BOB};f;x;IT;1")
    assert (run["state"], run["code"]) == ("refused", "error_bad_header")
    unknown = users.site.find_run(run["run_id"]).args["unknown"].split(", ")
    assert [name.partition(" ")[0] for name in unknown] == ["gender", "profile_field_été", "departement", "type1"]
    assert "departement (→ department?)" in unknown
    assert users.sent() == []


def test_an_unknown_column_is_left_out_with_a_warning_where_the_settings_say_so(open_users):
    users = open_users(unknown_columns="ignore")
    run = users.run(f"{HEADER};gender;city", f"{BOB};f;Oslo")
    assert users.site.find_run(run["run_id"]).warnings == {"warn_ignored_column": 1}
    assert users.sent() == [("update", {"of": "bob", "city": "Oslo"})]


def test_columns_that_moodle_takes_no_more_are_left_out_with_a_warning(users):
    run = users.run(f"{HEADER};url;icq;maildigest;city", f"{BOB};http://x.org;1;2;Oslo")
    assert users.site.find_run(run["run_id"]).warnings == {"warn_ignored_column": 3}
    assert users.sent() == [("update", {"of": "bob", "city": "Oslo"})]


@pytest.mark.parametrize("column", ["username", "firstname", "lastname"])
def test_a_file_without_a_required_column_is_refused(users, column):
    header = HEADER.replace(column, "city")
    run = users.run(header, BOB)
    assert (run["state"], run["code"]) == ("refused", "error_missing_column")
    assert users.site.find_run(run["run_id"]).args == {"columns": column}


def test_a_block_in_another_moodle_is_an_error_of_its_own_beside_the_account(users):
    told = "This is not supported here: wwwroot1: no web service reaches another Moodle."
    assert users.deliver(f"{HEADER};wwwroot1", f"{NEW};https://x.org", f"{BOB};https://x.org", f"{ANN};") == [
        (2, "error_unsupported", told),
        (3, "error_unsupported", told),
        (4, "unchanged", "Already as wanted."),
    ]
    assert users.person("new") is not None


# -- values -----------------------------------------------------------------------------------------------------

LETTERS = ": a username takes lower-case letters a-z, digits and `- . _ @` only"
COUNTRY = ": not a country code of two letters (ISO 3166)"
ZONE = ": not a time zone (such as `Europe/Paris`, or `99` for the server’s)"
WRONG = {
    "a space in the user name": ("username", "b ob", LETTERS),
    "an accent in the user name": ("username", "bób", LETTERS),
    "a tag in a name": ("firstname", "<b>Bob", ": it holds a tag (`<…`)"),
    "no address": ("email", "bob", ": not an e-mail address"),
    "an address with an accent": ("email", "zoé@example.org", ": not an e-mail address"),
    "no country": ("country", "UK", COUNTRY),
    "a country's name": ("country", "Norway", COUNTRY),
    "no language": ("lang", "e", ": not a language code (such as `fr`)"),
    "no time zone": ("timezone", "Mars/Base", ZONE),
    "no method": ("auth", "LDAP!", ": not an authentication method (such as `manual`)"),
    "a method for machines": ("auth", "webservice", ": this authentication method takes no new accounts"),
    "not yes and not no": ("suspended", "maybe", "; allowed: 1, yes, true, oui, vrai, 0, no, false, non, faux"),
    "a number too high": ("maildisplay", "3", ": it is out of range"),
    "too long": ("phone1", "1" * 21, "; at most 20 characters"),
}


@pytest.mark.parametrize(("column", "value", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_an_error_of_its_row_before_anything_is_sent(users, column, value, reason):
    fields = dict(zip(HEADER.split(";"), BOB.split(";"), strict=True)) | {column: value}
    assert users.deliver(";".join(fields), ";".join(fields.values())) == [
        (2, "error_invalid_value", f"`{column}` has a value that is not allowed: `{value}`{reason}.")
    ]
    assert users.sandbox.control.counts().by_function["core_user_update_users"] == 0


def test_every_fault_of_a_row_is_told_and_no_part_of_it_is_applied(users):
    run = users.run(f"{HEADER};country;suspended", "bob;;Ray;E1;nobody;XX;maybe")
    (entry,) = users.entries(run["run_id"])
    assert [(part["code"], part["args"]["column"]) for part in entry.parts] == [
        ("error_missing_value", "firstname"),
        ("error_invalid_value", "email"),
        ("error_invalid_value", "country"),
        ("error_invalid_value", "suspended"),
    ]
    assert users.sent() == []


@pytest.mark.parametrize(
    ("column", "value", "code", "moodle"),
    [("lang", "xx", "error_create", "invalidparameter"), ("auth", "saml9", "error_create", "invalidparameter")],
)
def test_what_only_the_site_knows_is_refused_there_and_explained(users, column, value, code, moodle):
    run = users.run(f"{HEADER};{column}", f"{NEW};{value}", "two;T;T;E8;two@example.org;")
    why = "the site may not have this language or this authentication method: Invalid parameter value detected"
    assert users.rows(run["run_id"])[0] == (2, code, f"Moodle refused to create it: {why}.")
    assert [entry.moodle_code for entry in users.entries(run["run_id"])] == [moodle, None]
    assert users.person("two") is not None


# -- letters ----------------------------------------------------------------------------------------------------

STORED = {
    "an emoji": "Zoë 🦊",
    "four bytes": "𝒜𝓃𝓃 𠮷",
    "combining accents": unicodedata.normalize("NFD", "Zoé"),
    "right to left": "שָׁלוֹם \u200fabc",
    "a formula": "=cmd|' /C calc'!A0",
    "a plus": "+1+1",
    "quotes": 'O\'Brien "Bob"',
    "a less-than with a blank": "a < b",
    "a no-break space inside": "Anne\u00a0Marie",
}


@pytest.mark.parametrize("value", STORED.values(), ids=STORED)
def test_letters_of_every_kind_are_stored_as_given(users, value):
    cell = '"' + value.replace('"', '""') + '"'
    assert users.codes(f"{HEADER};city", f"bob;{cell};Ray;E1;bob@example.org;{cell}") == ["updated"]
    assert (users.person("bob")["firstname"], users.person("bob")["city"]) == (value, value)
    assert users.codes(f"{HEADER};city", f"bob;{cell};Ray;E1;bob@example.org;{cell}", mode="reconcile") == ["unchanged"]


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u200b", "\ufeff", "\u200f", "\u3000", "\t"], ids=ascii)
def test_what_looks_like_a_space_around_a_value_is_no_part_of_it(users, space):
    assert users.codes(HEADER, f"{space}bob{space};Bob{space};{space}Ray;{space}E1;bob@example.org{space}") == [
        "unchanged"
    ]
    assert users.deliver(HEADER, f"bob;{space};Ray;E1;bob@example.org") == [
        (2, "error_missing_value", "`firstname` is empty, and this row needs it.")
    ]


def test_an_idnumber_compares_by_its_bytes_as_moodles_database_does(users):
    composed, combining = unicodedata.normalize("NFC", "É1"), unicodedata.normalize("NFD", "É1")
    users.change("bob", idnumber=composed)
    rows = [
        f"bob;Bob;Ray;{composed};bob@example.org",
        f"n1;N;One;{combining};n1@example.org",
        "n2;N;Two;é1;n2@example.org",
    ]
    assert users.codes(HEADER, *rows) == ["unchanged", "created", "created"]


def test_an_idnumber_in_another_letter_case_is_another_and_a_user_name_is_not(users):
    assert users.deliver(HEADER, "BOB;Bob;Ray;e1;bob@example.org") == [
        (
            2,
            "error_username_collision",
            f"The username `bob` cannot be this row's: another account has it (id: {users.ids['bob']}).",
        )
    ]
