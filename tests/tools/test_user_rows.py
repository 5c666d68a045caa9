"""What the planners make of rows: acts with what they take and free, and nothing but look-ups to get there."""

import pytest

from sync_operators.tools.tool import FROM_FILE, RANDOM
from sync_operators.tools.user_rows import DeletePlanner, SuspendPlanner, UserPlanner
from tests.tools.conftest import row, tool_settings


@pytest.fixture
def plan(moodle, site):
    moodle.add(11, "bob", idnumber="E1", city="Oslo")
    moodle.add(12, "ann", idnumber="E2", suspended=True)

    def planned(*rows, planner=UserPlanner, command="users", **switches):
        made = planner(tool_settings(command, **switches), moodle.reader, site)
        made.look_up(rows)
        moodle.questions()
        plans = [made.plan(each) for each in rows]
        assert moodle.questions() == [], "planning asks Moodle"
        return plans

    return planned


def test_a_change_holds_what_was_and_what_shall_be_of_what_differs_alone(plan):
    (told,) = plan(row(1, username="bob", idnumber="E1", city="Rome", phone1="1", country="", department=""))
    (draft,) = told.drafts
    assert (draft.verb, draft.target, draft.before, draft.after, draft.before_unknown) == (
        "update",
        11,
        {"city": "Oslo"},
        {"city": "Rome", "phone1": "1"},
        ("phone1",),
    )
    assert (told.refs, told.code, draft.takes, draft.frees) == ((("user", 11),), None, frozenset(), frozenset())


@pytest.mark.parametrize(("fresh", "acts"), [(True, 1), (False, 0)])
def test_what_moodle_never_tells_is_no_reason_to_write_an_old_row_again(plan, fresh, acts):
    told = plan(row(1, fresh=fresh, username="bob", idnumber="E1", phone1="1", password="x"), update_passwords=True)
    assert len(told[0].drafts) == acts
    assert [draft.after for draft in told[0].drafts] == [{"phone1": "1", "password": FROM_FILE}] * acts


def test_a_rename_frees_the_old_name_and_takes_the_new_one(plan):
    (told,) = plan(row(1, username="bobby", oldusername="bob", idnumber="E1"), allow_rename=True)
    (draft,) = told.drafts
    assert (draft.verb, draft.takes, draft.frees) == ("rename", {("username", "bobby")}, {("username", "bob")})
    assert told.args == {"oldusername": "bob", "username": "bobby"}


def test_a_rename_with_another_state_is_told_in_two_acts(plan):
    (told,) = plan(
        row(1, username="anna", oldusername="ann", idnumber="E2", suspended=False, city="X"), allow_rename=True
    )
    assert [(draft.verb, draft.after) for draft in told.drafts] == [
        ("rename", {"username": "anna", "city": "X"}),
        ("unsuspend", {"suspended": False}),
    ]


def test_a_deletion_frees_what_a_later_row_takes(plan):
    gone, made = plan(
        row(1, username="bob", idnumber="E1", deleted=True),
        row(2, username="bob", idnumber="E1", email="bob@example.org"),
    )
    names = {("username", "bob"), ("email", "bob@example.org")}
    assert (gone.drafts[0].verb, gone.drafts[0].frees) == ("delete", names)
    assert (made.drafts[0].verb, made.drafts[0].takes, made.drafts[0].target, made.refs) == ("create", names, -1, ())
    assert gone.drafts[0].before == {"username": "bob", "email": "bob@example.org", "idnumber": "E1"}


def test_a_new_account_that_is_suspended_by_its_row_is_two_acts_on_one_account(plan):
    (told,) = plan(row(1, username="new", email="n@x.org", suspended=True))
    assert [(draft.verb, draft.target) for draft in told.drafts] == [("create", -1), ("suspend", -1)]
    assert told.drafts[0].after["password"] == RANDOM
    assert "suspended" not in told.drafts[0].after


def test_a_row_about_an_account_of_the_plan_stands_on_no_id(plan):
    _, second, gone = plan(
        row(1, username="new", email="n@x.org"),
        row(2, username="new", email="n@x.org", city="Rome"),
        row(3, username="new", email="n@x.org", deleted=True),
    )
    assert [(each.drafts[0].target, each.refs) for each in (second, gone)] == [(-1, ()), (-1, ())]


def test_a_refused_row_leaves_nothing_behind_for_later_rows(plan):
    refused, made = plan(
        row(1, username="new", idnumber="E9", email="bob@example.org"),
        row(2, username="new", idnumber="E9", email="new@example.org"),
    )
    assert (refused.code, refused.drafts) == ("error_email_collision", ())
    assert made.drafts[0].verb == "create"


@pytest.mark.parametrize(
    ("username", "verbs", "code"),
    [("bob", ["suspend"], None), ("ann", [], "unchanged"), ("carl", [], "skipped_not_found")],
)
def test_who_is_suspended(plan, username, verbs, code):
    (told,) = plan(row(1, username=username), planner=SuspendPlanner, command="users_suspend")
    assert ([draft.verb for draft in told.drafts], told.code) == (verbs, code)


def test_an_account_is_deleted_once_however_often_it_is_named(plan):
    first, second = plan(row(1, username="bob"), row(2, username="bob"), planner=DeletePlanner, command="users_delete")
    assert ([draft.verb for draft in first.drafts], second.code) == (["delete"], "skipped_not_found")
