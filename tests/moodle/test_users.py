"""Users are found, created, changed and deleted, against the stand-in Moodle; odd answers come from a told server."""

import pytest

from include.sandbox.starting import Sandbox
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import (
    BadAnswer,
    CapabilityMissing,
    CutShort,
    FunctionMissing,
    Refused,
    RequestCut,
    Unanswered,
)
from sync_operators.moodle.failing import RowWarning
from sync_operators.moodle.users import (
    ALWAYS_TOLD,
    NEVER_TOLD,
    TOLD_TO_SOME,
    TOLD_WHEN_SET,
    User,
    create_users,
    delete_users,
    require_sight,
    stored,
    update_users,
    users_by_field,
    users_with_email,
)
from tests.moodle.wire import says

GET = "core_user_get_users_by_field"
CREATE = "core_user_create_users"
UPDATE = "core_user_update_users"
PASSWORD = "Abcdef-123"


@pytest.fixture
def moodle(sandbox: Sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.token, sleep=lambda _: None) as client:
        yield client


def _row(name, **fields):
    row = {"username": name, "firstname": name.title(), "lastname": "Test", "email": f"{name}@example.net"}
    return {**row, "password": PASSWORD, **fields}


def _rows(count):
    return [_row(f"new{number}") for number in range(count)]


def _names(users):
    return [user.username for user in users]


# Looking up


def test_accounts_are_found_by_each_identity_field(moodle):
    (amelie,) = users_by_field(moodle, "username", ["amelie.laurent"])
    assert amelie.told >= ALWAYS_TOLD
    for field, value in [("id", str(amelie.id)), ("idnumber", "E1001"), ("email", "amelie.laurent@example.org")]:
        assert users_by_field(moodle, field, [value]) == [amelie]
    assert (amelie.firstname, amelie.city, amelie.country) == ("Amélie", "Lyon", "FR")
    assert amelie.customfields == {"staffno": "S-1001", "campus": "North", "active": "1"}


def test_what_is_not_there_is_left_out_and_what_is_asked_twice_comes_once(moodle):
    asked = ["soren.kjaer", "nobody", "amelie.laurent", "soren.kjaer", ""]
    assert _names(users_by_field(moodle, "username", asked)) == ["amelie.laurent", "soren.kjaer"]


def test_a_value_given_twice_is_sent_once(wire):
    wire.script = [says([])]
    with wire.client() as client:
        users_by_field(client, "idnumber", ["E1", "E2", "E1"])
    assert wire.forms[0][3:-1] == [("values[0]", "E1"), ("values[1]", "E2")]


def test_accounts_come_in_order_of_id_whatever_request_found_them(wire):
    wire.script = [says([{"id": 9}]), says([{"id": 5}, {"id": 7}])]
    with wire.client(connections=1) as client:
        found = users_by_field(client, "idnumber", map(str, range(600)))
    assert [user.id for user in found] == [5, 7, 9]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("username", ["", "AMELIE.LAURENT", "a b", "é", "a+b", "x\0"]),
        ("id", ["", "abc", "0", "-1", "007", "1.0", " 5", "5 ", "²", "٣", "9223372036854775808", "1e3"]),
        ("idnumber", ["", "E\0"]),
        ("email", ["", "\0@example.org"]),
    ],
)
def test_values_that_would_fail_the_call_or_find_nothing_are_never_sent(wire, field, values):
    with wire.client() as client:
        assert users_by_field(client, field, values) == []
    assert wire.forms == []


def test_a_bad_value_does_not_spoil_the_good_ones(moodle):
    assert _names(users_by_field(moodle, "username", ["A B", "amelie.laurent"])) == ["amelie.laurent"]
    assert _names(users_by_field(moodle, "id", ["abc", "2", "9223372036854775807"])) == ["admin"]


def test_large_look_ups_go_in_even_batches_under_the_limit_of_fields(moodle, sandbox):
    names = [f"nobody{number}" for number in range(1400)] + ["amelie.laurent", "admin"]
    assert _names(users_by_field(moodle, "username", names)) == ["admin", "amelie.laurent"]
    assert sandbox.control.counts().by_function == {GET: 4}


@pytest.mark.parametrize(
    ("values", "connections", "max_fields", "batches"),
    [
        (10, 2, 900, [10]),
        (100, 2, 900, [50, 50]),
        (300, 2, 900, [150, 150]),
        (1000, 2, 900, [500, 500]),
        (1002, 2, 900, [251, 251, 251, 249]),
        (1000, 1, 900, [500, 500]),
        (300, 2, 104, [100, 100, 100]),
    ],
)
def test_batches_keep_every_connection_busy(wire, values, connections, max_fields, batches):
    wire.script = [says([])]
    with wire.client(connections=connections, max_fields=max_fields) as client:
        users_by_field(client, "username", map(str, range(values)))
    assert sorted((len(form) - 4 for form in wire.forms), reverse=True) == batches


def test_one_account_found_by_two_values_comes_once(wire):
    """A database that ignores letter case finds both."""
    wire.script = [says([{"id": 5, "username": "ann", "email": "ann@example.org"}])]
    with wire.client() as client:
        found = users_by_field(client, "email", ["ann@example.org", *map(str, range(60)), "ANN@example.org"])
    assert [user.id for user in found] == [5]
    assert len(wire.forms) == 2


def test_a_deleted_account_is_known_by_its_mangled_names(moodle):
    (amelie,) = users_by_field(moodle, "username", ["amelie.laurent"])
    delete_users(moodle, [amelie.id])
    (gone,) = users_by_field(moodle, "id", [str(amelie.id)])
    assert (amelie.deleted, gone.deleted) == (False, True)


@pytest.mark.parametrize("answer", [None, {}, {"users": 5}, [5], [{"username": "x"}], [{"id": "abc"}], "text"])
def test_an_answer_of_another_shape_is_no_list_of_users(wire, answer):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(BadAnswer, match=f"^{GET}: the answer is not the web service's"):
        users_by_field(client, "id", ["5"])


@pytest.mark.parametrize(
    ("email", "names"),
    [
        ("AMELIE.Laurent@example.ORG", ["amelie.laurent"]),
        ("amelie.laurent@example.org", ["amelie.laurent"]),
        ("amelie_laurent@example.org", []),
        ("%@example.org", []),
        ("nobody@example.org", []),
    ],
)
def test_an_address_is_found_in_any_letter_case_and_without_wildcards(moodle, email, names):
    assert _names(users_with_email(moodle, email)) == names


@pytest.mark.parametrize("answer", [None, 5, {"users": 5}])
def test_an_answer_of_another_shape_names_the_function_that_was_asked(wire, answer):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(BadAnswer, match=r"^core_user_get_users: the answer is not"):
        users_with_email(client, "ann@example.org")


# What Moodle tells


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ({"city": "Lyon"}, "city", "Lyon"),
        ({}, "city", ""),
        ({}, "country", ""),
        ({}, "idnumber", ""),
        ({"department": ""}, "department", ""),
        ({}, "department", None),
        ({}, "phone1", None),
        ({"phone1": "06"}, "phone1", "06"),
        ({}, "description", None),
        ({}, "middlename", None),
        ({}, "maildisplay", None),
        ({}, "password", None),
        ({"suspended": True}, "suspended", "1"),
        ({"suspended": False}, "suspended", "0"),
        ({}, "suspended", None),
        ({"mailformat": 1}, "mailformat", "1"),
        ({"theme": None}, "theme", None),
        ({}, "id", "5"),
        ({}, "email", None),
        ({"customfields": [{"shortname": "staffno", "value": "S-1"}]}, "profile_field_staffno", "S-1"),
        ({}, "profile_field_staffno", ""),
    ],
)
def test_an_empty_field_is_told_apart_from_one_that_moodle_does_not_tell(wire, entry, field, value):
    wire.script = [says([{"id": 5, "username": "ann", **entry}])]
    with wire.client() as client:
        (user,) = users_by_field(client, "id", ["5"])
    assert stored(user, field) == value


def test_each_field_is_told_in_one_way():
    groups = [ALWAYS_TOLD, TOLD_WHEN_SET, TOLD_TO_SOME, NEVER_TOLD]
    assert sum(map(len, groups)) == len(frozenset().union(*groups))
    assert set(User.__slots__) - {"customfields", "told", "picture"} == ALWAYS_TOLD | TOLD_WHEN_SET | TOLD_TO_SOME


@pytest.mark.parametrize("capability", ["moodle/user:viewdetails", "moodle/user:viewalldetails"])
def test_an_account_that_sees_nobody_is_not_taken_for_an_empty_site(moodle, sandbox, capability):
    require_sight(moodle)
    sandbox.control.remove_capability(capability)
    with pytest.raises(CapabilityMissing) as caught:
        require_sight(moodle)
    assert str(caught.value) == (
        "core_user_get_users_by_field: the account of the token lacks a capability (it does not see the account "
        "`guest`, which every site has). Allow moodle/user:viewdetails, moodle/user:viewalldetails, "
        "moodle/site:viewuseridentity, moodle/user:viewhiddendetails at system level in a role of that account "
        "(Site administration > Users > Permissions > Define roles)."
    )


@pytest.mark.parametrize("hidden", ["username", "email", "auth", "suspended"])
def test_an_account_that_sees_half_of_the_guest_sees_too_little(wire, hidden):
    guest = {"id": 1, "username": "guest", "email": "root@localhost", "auth": "manual", "suspended": False}
    wire.script = [says([guest]), says([{key: value for key, value in guest.items() if key != hidden}])]
    with wire.client() as client:
        require_sight(client)
        with pytest.raises(CapabilityMissing):
            require_sight(client)


# Creating


def test_ids_come_in_the_order_of_the_rows(moodle):
    ids = create_users(
        moodle, [_row("zoe"), _row("adam", city="Évry", customfields=[{"type": "staffno", "value": "9"}])]
    )
    found = {user.id: user for user in users_by_field(moodle, "id", map(str, ids))}
    assert [found[key].username for key in ids] == ["zoe", "adam"]
    assert (found[ids[1]].city, found[ids[1]].customfields["staffno"]) == ("Évry", "9")


def test_a_bad_row_undoes_the_whole_call(moodle):
    with pytest.raises(Refused) as caught:
        create_users(moodle, [_row("new1"), _row("amelie.laurent"), _row("new2")])
    assert caught.value.errorcode == "invalidparameter"
    assert users_by_field(moodle, "username", ["new1", "new2"]) == []


def test_a_weak_password_is_refused_by_name_of_the_policy(moodle):
    with pytest.raises(Refused) as caught:
        create_users(moodle, [_row("new1", password="abc")])
    assert caught.value.errorcode == "passwordpolicy"
    assert caught.value.said.startswith("Passwords must be at least 8 characters long. ")


def test_a_request_that_php_cuts_fails_whole_and_names_the_limit(moodle, sandbox):
    sandbox.control.set_max_input_vars(100)
    with pytest.raises(RequestCut) as caught:
        create_users(moodle, _rows(30))
    assert str(caught.value) == (
        "core_user_create_users: the server did not take the whole request (153 form fields): the token, its last "
        "field, was missing. Set `moodle.max_fields` below `max_input_vars` of Moodle's PHP, or raise that (Moodle "
        "asks for 5000). If it is higher: make `moodle.batch_rows` smaller, or raise `post_max_size` and the web "
        "server's body limit."
    )
    assert sandbox.control.journal() == []


def test_fewer_answers_than_rows_is_a_cut(wire):
    wire.script = [says([{"id": 7, "username": "new0"}])]
    with wire.client() as client, pytest.raises(CutShort) as caught:
        create_users(client, _rows(2))
    assert str(caught.value) == (
        "core_user_create_users: sent, but no good answer came: 1 of 2 rows were answered. PHP takes only "
        "`max_input_vars` form fields of a request and drops the rest without a word. Set `moodle.max_fields` below "
        "that limit, or raise it (Moodle asks for 5000)."
    )


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        7,
        [{"id": 7}],
        [{"id": "x", "username": "new0"}],
        [{"id": 7, "username": "other"}],
        [{"id": 7, "username": "new0"}, {"id": 8, "username": "new1"}],
    ],
)
def test_an_answer_that_is_not_one_id_per_row_leaves_the_write_open(wire, answer):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(Unanswered):
        create_users(client, _rows(1))


# Changing


def test_only_the_fields_sent_are_changed(moodle):
    (before,) = users_by_field(moodle, "idnumber", ["E1002"])
    assert update_users(moodle, [{"id": before.id, "city": "Bonn", "department": "", "suspended": True}]) == {}
    (after,) = users_by_field(moodle, "idnumber", ["E1002"])
    assert (after.city, after.department, after.suspended) == ("Bonn", "", True)
    assert (after.firstname, after.country, after.email) == (before.firstname, before.country, before.email)


def test_rows_that_moodle_left_undone_come_by_id_and_the_others_are_saved(moodle):
    one, two = (user.id for user in users_by_field(moodle, "idnumber", ["E1001", "E1002"]))
    rows = [
        {"id": one, "city": "One"},
        {"id": 99999, "city": "None"},
        {"id": two, "email": "amelie.laurent@example.org"},
        {"id": 2, "city": "Admin"},
        {"id": 1, "city": "Guest"},
    ]
    assert {key: warning.code for key, warning in update_users(moodle, rows).items()} == {
        99999: "invaliduserid",
        two: "useremailduplicate",
        2: "usernotupdatedadmin",
        1: "usernotupdatedguest",
    }
    assert users_by_field(moodle, "id", [str(one)])[0].city == "One"


@pytest.mark.parametrize(
    ("answer", "warnings"),
    [
        (None, {}),
        ([], {}),  # PHP's JSON of an empty structure
        ({"warnings": []}, {}),
        (
            {"warnings": [{"item": "user", "itemid": "5", "warningcode": "x", "message": "y"}]},
            {5: RowWarning("x", "y")},
        ),
    ],
)
def test_warnings_are_read_by_user_id(wire, answer, warnings):
    wire.script = [says(answer)]
    with wire.client() as client:
        assert update_users(client, [{"id": 5, "city": "X"}]) == warnings


@pytest.mark.parametrize(
    "answer", [5, "x", {"warnings": [{"itemid": 5}]}, {"warnings": [{"itemid": 6, "warningcode": "x", "message": "y"}]}]
)
def test_warnings_that_cannot_be_given_to_a_row_leave_the_write_open(wire, answer):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(Unanswered):
        update_users(client, [{"id": 5, "city": "X"}])


# Deleting


def test_deleting_is_all_or_none_and_an_id_given_twice_is_sent_once(moodle):
    one, two = (user.id for user in users_by_field(moodle, "idnumber", ["E1001", "E1002"]))
    with pytest.raises(Refused) as caught:
        delete_users(moodle, [one, 99999])
    assert caught.value.errorcode == "invaliduser"
    assert len(users_by_field(moodle, "idnumber", ["E1001", "E1002"])) == 2
    delete_users(moodle, [one, two, one])
    assert users_by_field(moodle, "username", ["amelie.laurent", "jurgen.weiss"]) == []


def test_an_answer_to_a_deletion_leaves_it_open(wire):
    wire.script = [says([])]
    with wire.client() as client, pytest.raises(Unanswered):
        delete_users(client, [5])


# Rights


def test_what_the_token_may_not_do_has_a_clear_end(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.nocaps_token) as client:
        with pytest.raises(CapabilityMissing, match="Allow moodle/user:create at system level"):
            create_users(client, _rows(1))
        with pytest.raises(CapabilityMissing, match="Allow moodle/user:delete at system level"):
            delete_users(client, [5])
    with MoodleClient(sandbox.moodle_url, sandbox.minimal_token) as client:
        with pytest.raises(FunctionMissing, match="Add to the service of the token: core_user_create_users"):
            create_users(client, _rows(1))
        with pytest.raises(FunctionMissing, match="Add to the service of the token: core_user_get_users_by_field"):
            users_by_field(client, "id", ["5"])
