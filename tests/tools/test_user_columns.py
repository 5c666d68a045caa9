"""The columns of the commands about accounts, and the keys of their rows."""

import pytest

from sync_operators.errors import FileRefused
from sync_operators.tools.user_columns import (
    COLUMNS,
    key_of,
    names_schema,
    plain_fields,
    remote_blocks,
    users_schema,
)
from tests.tools.conftest import tool_settings

NAMES = ["username", "firstname", "lastname"]


@pytest.mark.parametrize(
    "name", ["course1", "role12", "enrol1", "start1", "end1", "group1", "wwwroot1", "profile_field_x-Y_9"]
)
def test_numbered_and_profile_columns_are_known(name):
    assert users_schema(tool_settings()).bind([*NAMES, name]).names == (*NAMES, name)


@pytest.mark.parametrize(
    "name",
    [
        "course",
        "course0",
        "course01",
        "xcourse1",
        "type1",
        "weekend",
        "gender",
        "profile_field_",
        "profile_field_é",
        "id",
    ],
)
def test_no_other_column_passes_by_looking_like_one(name):
    with pytest.raises(FileRefused):
        users_schema(tool_settings()).bind([*NAMES, name])


@pytest.mark.parametrize(
    ("command", "schema", "identity", "columns"),
    [
        ("users", users_schema, "id", {"id"}),
        ("users", users_schema, "email", set()),
        ("users_delete", names_schema, "username", set()),
        ("users_delete", names_schema, "idnumber", set()),
        ("users_delete", names_schema, "email", {"email"}),
        ("users_suspend", names_schema, "id", {"id"}),
    ],
)
def test_the_identity_brings_its_own_column_where_there_is_none(command, schema, identity, columns):
    known = {column.name for column in COLUMNS} if command == "users" else {"username", "idnumber"}
    assert {column.name for column in schema(tool_settings(command, identity=identity)).columns} - known == columns


@pytest.mark.parametrize(
    ("identity", "values", "key"),
    [
        ("idnumber", ("Bob", "E1", "B@X.org"), "idnumber=E1"),
        ("idnumber", ("Bob", "", "B@X.org"), "username=bob"),
        ("username", ("Bob", "E1", "B@X.org"), "username=bob"),
        ("email", ("Bob", "E1", "B@X.org"), "email=b@x.org"),
        ("id", ("Bob", "E1", "B@X.org"), "username=bob"),
    ],
)
def test_the_key_of_a_row_is_its_identity_else_its_user_name(identity, values, key):
    settings = tool_settings(identity=identity)
    bound = users_schema(settings).bind(["username", "idnumber", "email", "firstname", "lastname"])
    assert key_of(bound, settings)((*values, "F", "L")) == key


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [("country", "no", "NO"), ("lang", "FR_utf8", "fr"), ("username", "Bob", "bob"), ("oldusername", "BOB", "bob")],
)
def test_a_value_is_cleaned_as_moodle_wants_it(name, cell, value):
    (column,) = [column for column in COLUMNS if column.name == name]
    assert (column.parse(cell), column.rule(column.parse(cell))) == (value, None)


VALUES = {
    "username": "bob", "firstname": "B", "idnumber": "", "email": "b@x.org", "password": "p", "suspended": True,
    "deleted": False, "oldusername": "o", "city": "", "phone1": "1", "auth": "", "mailformat": "", "maildisplay": "",
    "profile_field_site1": "x", "profile_field_y": "", "course1": "c", "cohort": "", "url": "u", "id": "7",
}  # fmt: skip


@pytest.mark.parametrize(("clear", "cleared"), [(False, {}), (True, {"city": "", "profile_field_y": ""})])
def test_plain_fields_are_those_without_a_rule_of_their_own(clear, cleared):
    given = {"firstname": "B", "phone1": "1", "profile_field_site1": "x"}
    assert plain_fields(VALUES, clear=clear) == given | cleared


def test_a_block_in_another_moodle_is_the_only_one_that_is_refused_outright():
    values = {"course1": "c", "wwwroot1": "w", "wwwroot2": "", "cohort": "y"}
    (fault,) = remote_blocks(values)
    assert (fault.code, fault.args["what"]) == ("error_unsupported", "wwwroot1")


def test_every_pattern_is_one_that_a_schema_can_read():
    patterns = users_schema(tool_settings()).patterns
    assert [pattern.name for pattern in patterns if pattern.column(pattern.like("profile_field_x")) is None] == [
        f"{name}<n>" for name in ("course", "role", "enrol", "start", "end", "group", "wwwroot")
    ]
