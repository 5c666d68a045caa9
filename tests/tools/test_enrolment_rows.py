"""What the planner makes of rows of `enrolments`: acts in an order in which nobody ends with less than before."""

import pytest

from sync_operators.plans.waves import Waves
from sync_operators.settings import load_settings
from sync_operators.tools import participation
from sync_operators.tools.enrolment_rows import EnrolmentPlanner
from sync_operators.tools.participation import Participation
from sync_operators.tools.tool import ParsedRow, ToolSettings
from tests.tools.campus import Campus

BOB, ANN = 11, 12
TEACHER, STUDENT = 4, 5


@pytest.fixture
def campus():
    opened = Campus()
    opened.add(BOB, "bob", idnumber="E1")
    opened.add(ANN, "ann", idnumber="E2")
    opened.groups = {70: "Lab A", 71: "R&amp;D"}
    yield opened
    opened.client.close()


@pytest.fixture
def plan(campus, site):
    def planned(*rows, ours=(), **switches):
        environ = {f"SYNC__ENROLMENTS__{name.upper()}": str(value) for name, value in switches.items()}
        settings = load_settings(None, environ)
        known = ToolSettings(settings.enrolments, settings.users, None, settings.roles, lambda courses: set(ours))
        planner = EnrolmentPlanner(known, campus.reader, site)
        planner.look_up(rows)
        campus.questions()
        plans = [planner.plan(each) for each in rows]
        assert campus.questions() == [], "planning asks Moodle"
        return plans

    return planned


def row(number=1, *, fresh=True, **values):
    given = {"rolename": "student", "cid": "MATH", "uid": "E1", **values}
    return ParsedRow(number, number + 1, f"key-{number}", given, fresh=fresh)


def waves(*plans):
    """Verb, wave and the number of what it needs, of every act."""
    placed = Waves()
    operations = [placed.place(1, "k", draft) for each in plans for draft in each.drafts]
    return [(each.verb, each.wave, each.needs) for each in operations]


def test_an_enrolment_holds_role_course_account_and_the_times_that_are_given(plan):
    (told,) = plan(row(starttime=1000, endtime=""))
    (draft,) = told.drafts
    assert (draft.verb, draft.entity, draft.before, draft.after) == (
        "enrol", "enrolment", {}, {"courseid": 7, "userid": BOB, "roleid": STUDENT, "timestart": 1000},
    )  # fmt: skip
    assert told.refs == (("user", BOB), ("course", 7))


def test_what_an_end_would_lose_is_written_down(plan, campus):
    campus.methods = ["manual", "self", "cohort"]
    campus.enrol(BOB, [STUDENT, TEACHER], [70])
    (told,) = plan(row(cmd="del"))
    assert told.drafts[0].before == {
        "courseid": 7, "userid": BOB, "roles": [TEACHER, STUDENT], "groups": [70], "other_methods": ["self", "cohort"],
    }  # fmt: skip


def test_a_role_is_taken_only_once_the_new_one_is_given(plan, campus):
    campus.enrol(BOB, [STUDENT, 3])
    (told,) = plan(row(cmd="shift", rolename="teacher"))
    assert waves(told) == [("assign", 0, None), ("unassign", 1, 1), ("unassign", 2, 1)]
    assert [draft.before.get("roleid") for draft in told.drafts] == [None, 3, STUDENT]


def test_groups_are_left_only_once_the_new_ones_are_joined(plan, campus):
    campus.enrol(BOB, [STUDENT], [70])
    (told,) = plan(row(gcmd="greplacecreate", g1="New", g2="R&D"))
    assert waves(told) == [("make_group", 0, None), ("join", 1, 1), ("join", 0, None), ("clear", 1, 3)]
    (lost,) = plan(row(gcmd="greplace", g1="R&D", g2="None such"))
    assert [draft.verb for draft in lost.drafts] == ["join"]
    assert [fault.code for fault in lost.parts] == ["error_unknown_group", "unchanged"]


def test_a_group_of_a_new_participant_waits_for_the_enrolment_and_falls_with_it(plan):
    (told,) = plan(row(gcmd="gadd", g1="Lab A"))
    assert waves(told) == [("enrol", 0, None), ("join", 1, 1)]
    assert told.refs == (("user", BOB), ("course", 7), ("group", 70))


def test_rows_of_others_do_not_wait_and_rows_of_one_do(plan):
    rows = [row(n, uid=who, cmd=cmd) for n, (who, cmd) in enumerate([("E1", "add"), ("E2", "add"), ("E1", "del")], 1)]
    assert waves(*plan(*rows)) == [("enrol", 0, None), ("enrol", 0, None), ("unenrol", 1, None)]


@pytest.mark.parametrize(
    ("fresh", "suspended", "times", "verbs"),
    [
        (True, False, {}, []),
        (True, False, {"starttime": 1000}, ["renew"]),
        (False, False, {"starttime": 1000}, []),
        (False, True, {"starttime": 1000}, []),
        (False, True, {}, ["renew"]),
    ],
)
def test_times_are_sent_when_a_row_is_new_and_who_is_suspended_without_any_is_let_in_again(
    plan, campus, fresh, suspended, times, verbs
):
    campus.enrol(BOB, [STUDENT], suspended=suspended)
    (told,) = plan(row(fresh=fresh, **times))
    assert [draft.verb for draft in told.drafts] == verbs


@pytest.mark.parametrize(("ours", "verbs"), [([], []), ([(70, BOB)], ["remove"]), ([(70, ANN)], [])])
def test_only_memberships_of_ours_are_ended_where_groups_are_protected(plan, campus, ours, verbs):
    campus.enrol(BOB, [STUDENT], [70])
    (told,) = plan(row(gcmd="gdel", g1="Lab A"), ours=ours, protect_groups=True)
    assert [draft.verb for draft in told.drafts] == verbs


def test_a_membership_of_the_same_plan_is_ours(plan, campus):
    campus.enrol(BOB, [STUDENT])
    rows = [row(1, gcmd="gadd", g1="Lab A"), row(2, gcmd="gdel", g1="Lab A")]
    assert waves(*plan(*rows, protect_groups=True)) == [("join", 0, None), ("remove", 1, None)]


def test_only_what_rows_ask_for_is_looked_up(campus, site):
    settings = load_settings(None, {})
    planner = EnrolmentPlanner(
        ToolSettings(settings.enrolments, settings.users, None, settings.roles), campus.reader, site
    )
    campus.enrol(ANN, [STUDENT])
    looks = ["core_course_get_courses_by_field", "core_course_get_courses_by_field", "core_enrol_get_enrolled_users"]
    campus.questions()
    planner.look_up([row(rolename="studnet"), row(cmd="join"), row(starttime=2, endtime=1)])
    assert campus.questions() == [], "refused by what they say"
    planner.look_up([row(uid="E9")])
    assert campus.questions() == [("idnumber", ["E9"]), looks[0]], "nobody to enrol"
    planner.look_up([row()])
    assert campus.questions() == [("idnumber", ["E1"]), *looks[1:]], "not enrolled, and no group"
    planner.look_up([row(uid="E2", gcmd="gadd", g1="Lab A")])
    assert campus.questions() == [("idnumber", ["E2"]), "core_group_get_course_groups", "core_enrol_get_enrolled_users"]


def test_participants_are_forgotten_when_they_are_many_and_plans_never(campus, monkeypatch):
    monkeypatch.setattr(participation, "KEPT", 0)
    campus.enrol(BOB, [STUDENT])
    there = Participation(campus.reader)
    there.load([7])
    there.change((7, ANN), roles={TEACHER})
    there.load([])
    assert (there.person((7, BOB)), there.person((7, ANN)).roles) == (None, {TEACHER})
