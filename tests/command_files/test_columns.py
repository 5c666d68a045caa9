from collections.abc import Callable

import pytest

from sync_operators.codes import Fault
from sync_operators.command_files.columns import Column, Pattern, Schema
from sync_operators.command_files.values import choice, integer, yes_or_no
from sync_operators.errors import FileRefused
from tests.command_files.making import command_file

SCHEMA = Schema(
    (
        Column("username", parse=str.lower, required=True, limit=10),
        Column("city", limit=8, unit="bytes"),
        Column("country", parse=str.upper, choices=("FR", "SE")),
        Column("email", rule=lambda value: None if "@" in value else "email_shape"),
        Column("maildisplay", parse=integer(0, 2)),
        Column("suspended", parse=yes_or_no),
        Column("method", parse=choice("manual", "self")),
        Column("password", secret=True, limit=8),
    ),
    (Pattern("course<n>", limit=5), Pattern("role<n>", parse=str.lower), Pattern("profile_field_<short>", limit=4)),
)


def check(header, row, schema=SCHEMA):
    file = command_file(f"{header}\n{row}\n".encode())
    return schema.bind(file.header).check(next(file.records()))


def invalid(column, **args):
    return Fault("error_invalid_value", {"column": column, **args})


def test_a_good_row_gives_parsed_values_of_the_columns_it_has():
    header = "username;city;country;email;maildisplay;suspended;course1;role12;profile_field_site"
    assert check(header, " BOB ;Malmö;se;a@b;2;oui;C-1;Student;N") == (
        {
            "username": "bob",
            "city": "Malmö",
            "country": "SE",
            "email": "a@b",
            "maildisplay": 2,
            "suspended": True,
            "course1": "C-1",
            "role12": "student",
            "profile_field_site": "N",
        },
        (),
    )


def test_an_empty_cell_is_empty_text_whatever_its_parser():
    empty = ({"username": "bob", "maildisplay": "", "suspended": "", "country": "", "email": ""}, ())
    assert check("username;maildisplay;suspended;country;email", "bob; ;;\u00a0;\u200b") == empty


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("username", "", Fault("error_missing_value", {"column": "username"})),
        ("username", "x" * 11, invalid("username", value="x" * 11, limit="10", unit="characters")),
        ("city", "ü" * 5, invalid("city", value="ü" * 5, limit="8", unit="bytes")),
        ("country", "no", invalid("country", value="no", allowed="FR, SE")),
        ("email", "bob", invalid("email", value="bob", reason="email_shape")),
        ("maildisplay", "3", invalid("maildisplay", value="3", allowed="0 … 2")),
        ("maildisplay", "x", invalid("maildisplay", value="x", reason="not_a_number", allowed="0 … 2")),
        (
            "suspended",
            "peut-être",
            invalid(
                "suspended", value="peut-être", allowed="1, yes, true, oui, vrai, 0, no, false, non, faux"
            ),
        ),
        ("method", "paypal", invalid("method", value="paypal", allowed="manual, self")),
        ("password", "hunter2hunter2", invalid("password", limit="8", unit="characters")),
        ("course3", "C-1000", invalid("course3", value="C-1000", limit="5", unit="characters")),
        ("profile_field_x", "north", invalid("profile_field_x", value="north", limit="4", unit="characters")),
        ("email", "y" * 500, invalid("email", value="y" * 199 + "…", reason="email_shape")),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_a_fault_that_names_column_value_and_what_is_allowed(column, cell, fault):
    header, row = (column, cell) if column == "username" else (f"username;{column}", f"bob;{cell}")
    if column == "username":
        header, row = "username;city", f"{cell};x"
    found, faults = check(header, row)
    assert faults == (fault,)
    assert column not in found


def test_every_fault_of_a_row_is_told():
    faults = check("username;country;maildisplay;city", ";XX;9;ok")[1]
    assert [(fault.code, fault.args["column"]) for fault in faults] == [
        ("error_missing_value", "username"),
        ("error_invalid_value", "country"),
        ("error_invalid_value", "maildisplay"),
    ]


def test_a_row_that_could_not_be_read_has_that_fault_alone():
    assert check("username;country", "bob;XX;x") == ({}, (Fault("error_bad_row", {"found": "3", "expected": "2"}),))


def test_unknown_columns_are_ignored_with_a_warning_by_switch():
    file = command_file(b"colour;username;weekend\nred;bob;no\n")
    bound = SCHEMA.bind(file.header, unknown="ignore")
    assert bound.names == ("username",)
    assert bound.warnings == tuple(Fault("warn_ignored_column", {"column": name}) for name in ("colour", "weekend"))
    assert bound.check(next(file.records())) == ({"username": "bob"}, ())


@pytest.mark.parametrize("header", [("username", "city", "city"), ("username", "")])
def test_no_switch_takes_a_column_twice_or_without_a_name(header):
    with pytest.raises(FileRefused):
        SCHEMA.bind(header, unknown="ignore")


@pytest.mark.parametrize(
    "name", ["course", "course0", "course01", "xcourse1", "course1x", "role", "profile_field_", "gender", "role_1"]
)
def test_a_pattern_takes_whole_names_only(name):
    assert SCHEMA.column(name) is None


@pytest.mark.parametrize("name", ["course1", "course10", "role987", "profile_field_a", "profile_field_site_2"])
def test_a_pattern_gives_the_column_its_own_name(name):
    column = SCHEMA.column(name)
    assert column is not None
    assert column.name == name


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("usernam", "usernam (→ username?)"),
        ("cours2", "cours2 (→ course2?)"),
        ("cours", "cours (→ course<n>?)"),
        ("profilefield_site", "profilefield_site (→ profile_field_site?)"),
        ("zzz", "zzz"),
    ],
)
def test_an_unknown_column_is_told_with_the_nearest_right_one(wrong, near):
    with pytest.raises(FileRefused) as refused:
        SCHEMA.bind(("username", wrong))
    assert refused.value.fault == Fault("error_bad_header", {"unknown": near})


def test_columns_of_a_file_without_header_are_named_by_the_tool():
    file = command_file(b"CHEM-101;General\nCHEM-102\n", header=False)
    bound = Schema((Column("shortname", required=True),)).bind(("shortname",))
    assert [bound.check(record)[0] for record in file.records()] == [
        {"shortname": "CHEM-101"},
        {"shortname": "CHEM-102"},
    ]


def test_a_column_needed_in_the_header_may_be_empty_in_a_row():
    schema = Schema((Column("rolename", in_header=True), Column("cid", required=True)))
    with pytest.raises(FileRefused) as refused:
        schema.bind(("cid",))
    assert refused.value.fault == Fault("error_missing_column", {"columns": "rolename"})
    (record,) = command_file(b"rolename;cid\n;CHEM-101\n").records()
    assert schema.bind(("rolename", "cid")).check(record) == ({"rolename": "", "cid": "CHEM-101"}, ())


def test_what_a_column_holds_is_declared_by_name_only():
    with pytest.raises(TypeError):
        Column("username", Callable)
