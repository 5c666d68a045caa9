"""How acts on enrolments, roles, groups and members are settled by looking, and explained when Moodle refuses them."""

import pytest

from sync_operators.tools.enrolments import ENROLMENTS
from sync_operators.tools.tool import Act
from tests.tools.campus import Campus

VERBS = ENROLMENTS.verbs
BOB, STUDENT = 11, 5
NOT_GIVEN = "the role cannot be given in courses, or not by the service account"
TAKEN = "the name is taken in the course, or it is blank"
ANOTHERS = "the membership was made by another enrolment method or link"
PAIR = {"courseid": 7, "userid": BOB}
MEMBER = {**PAIR, "groupid": 70, "group": "Lab A"}
ACTS = {
    "enrol": {"after": {**PAIR, "roleid": STUDENT}},
    "renew": {"after": {**PAIR, "roleid": STUDENT, "timestart": 1}},
    "assign": {"after": {**PAIR, "roleid": STUDENT}},
    "unassign": {"before": {**PAIR, "roleid": STUDENT}},
    "unenrol": {"before": {**PAIR, "roles": [STUDENT]}},
    "make_group": {"after": {"courseid": 7, "name": "R&D"}},
    "join": {"after": MEMBER},
    "remove": {"before": MEMBER},
    "clear": {"before": MEMBER},
}


@pytest.fixture
def campus():
    opened = Campus()
    yield opened
    opened.client.close()


def act(verb, moodle_id=None, **parts):
    values = {"before": {}, "after": {}, **ACTS[verb], **parts}
    return Act(1, 1, "x", moodle_id, values["before"], values["after"])


def test_every_verb_is_told_here():
    assert ACTS.keys() == VERBS.keys() == ENROLMENTS.guarded_as.keys()


@pytest.mark.parametrize(
    ("verb", "nobody", "outside", "inside"),
    [
        ("enrol", False, False, True),
        ("renew", False, False, False),
        ("assign", False, False, True),
        ("unassign", True, True, False),
        ("unenrol", True, False, False),
        ("make_group", False, False, True),
        ("join", False, False, True),
        ("remove", True, True, False),
        ("clear", True, True, False),
    ],
)
def test_what_a_look_says_when_nobody_is_there_then_with_another_role_then_with_all_of_it(
    campus, verb, nobody, outside, inside
):
    assert VERBS[verb].look(campus.reader, [act(verb)])[1].done is nobody
    campus.enrol(BOB, [3])
    assert VERBS[verb].look(campus.reader, [act(verb)])[1].done is outside
    campus.enrol(BOB, [STUDENT], [70])
    campus.groups = {70: "R&amp;D"}
    assert VERBS[verb].look(campus.reader, [act(verb)])[1].done is inside


@pytest.mark.parametrize(
    ("verb", "errorcode", "code", "args"),
    [
        ("enrol", "wsnoinstance", "error_no_enrol_method", {"method": "manual"}),
        ("enrol", "userdeleted", "error_unknown_user", {"identity": "id", "value": "11"}),
        ("enrol", "guestsarenotallowed", "error_protected", {"username": "guest"}),
        ("enrol", "wsusercannotassign", "error_enrol", {"reason": NOT_GIVEN}),
        ("enrol", "requireloginerror", "error_enrol", {"reason": "the service account has no access to the course"}),
        ("enrol", "odd", "error_enrol", {}),
        ("assign", "invalidparameter", "error_assign", {"reason": NOT_GIVEN}),
        ("unenrol", "", "error_unenrol", {"reason": "the enrolment is by another method"}),
        ("unenrol", "odd", "error_unenrol", {}),
        ("unassign", "", "error_unassign", {"reason": "the role was given by another enrolment method or link"}),
        ("make_group", "invalidparameter", "error_group_create", {"group": "R&D", "reason": TAKEN}),
        ("make_group", "odd", "error_group_create", {"group": "R&D"}),
        ("join", "invalidparameter", "error_not_enrolled", {}),
        ("join", "invalidrecord", "error_unknown_group", {"identity": "name", "value": "Lab A"}),
        ("remove", "errorremovenotpermitted", "error_group_member", {"group": "Lab A", "reason": ANOTHERS}),
        ("clear", "odd", "error_group_member", {"group": "Lab A"}),
    ],
)  # fmt: skip
def test_a_refusal_gets_the_reason_that_moodles_code_means(campus, verb, errorcode, code, args):
    found = VERBS[verb].explain(campus.reader, act(verb), errorcode, "said")
    told = {name: value for name, value in found.args.items() if name not in {"moodle_message", "moodle_code"}}
    assert (found.code, told) == (code, args)


def test_an_end_that_another_method_prevents_names_it(campus):
    ended = act("unenrol", before={**PAIR, "other_methods": ["cohort", "self"]})
    assert VERBS["unenrol"].explain(campus.reader, ended, "", "").args["method"] == "cohort, self"


@pytest.mark.parametrize(
    ("verb", "lost"),
    [
        ("unenrol", (("course", 7), ("user", BOB))),
        ("remove", (("group", 70), ("user", BOB))),
        ("clear", (("group", 70), ("user", BOB))),
        *((verb, ()) for verb in ("enrol", "renew", "assign", "unassign", "make_group", "join")),
    ],
)
def test_what_others_stand_on_is_lost_with_an_end_alone(verb, lost):
    assert VERBS[verb].lost(act(verb)) == lost


@pytest.mark.parametrize(
    ("verb", "count"),
    [
        ("enrol", 3), ("renew", 4), ("assign", 4), ("unassign", 4), ("unenrol", 2),
        ("make_group", 3), ("join", 2), ("remove", 2), ("clear", 2),
    ],
)  # fmt: skip
def test_form_fields_are_counted_as_they_are_sent(verb, count):
    assert VERBS[verb].fields(act(verb)) == count
