"""What rows of `enrolments` come to, against a whole site."""

import pytest

from sync_operators.ledger import applied

HEAD = "cmd;uid;cid;rolename"
TIMED = "uid;cid;rolename;starttime;endtime"
GROUPS = "cmd;uid;cid;rolename;gcmd;g1;g2"
STUDENT, TEACHER, EDITOR = 5, 4, 3
ADD = "add;E2001;CHEM-101;student"


# Role, status and end of the enrolment that is there; the row but for its account; its codes; what is there then.
ENROLMENT_ROWS = [
    ({}, "add;{who};CHEM-101;student", "enrolled", "student"),
    ({"role": STUDENT}, "add;{who};CHEM-101;student", "unchanged", "student"),
    ({"role": TEACHER}, "add;{who};CHEM-101;student", "role_assigned", "student+teacher"),
    ({"role": STUDENT, "status": 1}, "add;{who};CHEM-101;student", "enrolment_updated", "student"),
    ({"role": STUDENT, "timeend": 1}, "add;{who};CHEM-101;teacher", "enrolment_updated", "student+teacher"),
    ({}, "del;{who};CHEM-101;student", "skipped_not_enrolled", None),
    ({"role": STUDENT}, "del;{who};CHEM-101;student", "unenrolled", None),
    ({"role": STUDENT}, "DELETE;{who};CHEM-101;", "unenrolled", None),
    ({"role": STUDENT}, "del;{who};CHEM-101;*", "unenrolled", None),
    ({"role": STUDENT}, "del;{who};CHEM-101;studnet", "error_unknown_role", "student"),
    ({}, "shift;{who};CHEM-101;teacher", "enrolled", "teacher"),
    ({"role": TEACHER}, "shift;{who};CHEM-101;teacher", "unchanged", "teacher"),
    ({"role": STUDENT}, "shift;{who};CHEM-101;teacher", "role_assigned role_removed", "teacher"),
    ({"role": STUDENT, "status": 1}, "shift;{who};CHEM-101;teacher", "enrolment_updated role_removed", "teacher"),
    ({}, "add;{who};CHEM-101;", "error_missing_value", None),
    ({"role": STUDENT}, "shift;{who};CHEM-101;*", "error_unknown_role", "student"),
    ({}, ";{who};CHEM-101;student", "error_bad_command", None),
]


def test_what_a_row_does_to_who_is_there_and_to_who_is_not(enrolments):
    names = _one_each(enrolments, ENROLMENT_ROWS)
    for who, (before, *_) in zip(names, ENROLMENT_ROWS, strict=True):
        if before:
            enrolments.by_hand("CHEM-101", who, **before)
    told = enrolments.codes(
        HEAD, *(row.format(who=who) for who, (_, row, *_) in zip(names, ENROLMENT_ROWS, strict=True))
    )
    held = enrolments.held("CHEM-101")
    assert [(codes, held.get(who.lower())) for who, codes in zip(names, told, strict=True)] == [
        (codes, after) for _, _, codes, after in ENROLMENT_ROWS
    ]
    in_force = [after for *_, codes, after in ENROLMENT_ROWS if after and not codes.startswith("error")]
    state = enrolments.sandbox.control.site_state()["courses"]["CHEM-101"]["enrolments"]
    assert sum(one["status"] == one["timeend"] == 0 for one in state) == len(in_force) + 2


def _one_each(enrolments, rows):
    """An account for each row, by its idnumber."""
    names = [f"P{number:02}" for number in range(len(rows))]
    enrolments.people({name: name.lower() for name in names})
    return names


def test_times_are_sent_once_and_an_end_before_the_start_is_refused(enrolments):
    enrolments.by_hand("CHEM-101", "E2001")
    day = "E2001;CHEM-101;student;2026-09-01;2027-06-30T18:00:00Z"
    wrong = "E2002;CHEM-101;student;2026-09-01;2026-08-31"
    run = enrolments.run(TIMED, day, wrong)
    assert enrolments.rows(run["run_id"]) == [(2, "enrolment_updated"), (3, "error_invalid_value")]
    assert enrolments.messages(run["run_id"])[1] == "`endtime` has a value that is not allowed: it is before the start."
    assert enrolments.times("CHEM-101", "zoe") == (0, 1788220800, 1814378400)
    enrolments.writes()
    assert enrolments.codes(TIMED, day, mode="reconcile") == ["unchanged"]
    assert enrolments.writes() == []


def test_an_enrolment_by_another_method_stays_and_the_row_names_that_method(enrolments):
    enrolments.by_cohort("CHEM-101", "E2001")
    enrolments.by_hand("CHEM-101", "E2002")
    run = enrolments.run(HEAD, "del;E2001;CHEM-101;", "del;E2002;CHEM-101;", "shift;E2001;CHEM-101;teacher")
    assert enrolments.rows(run["run_id"]) == [(2, "error_unenrol"), (3, "unenrolled"), (4, "enrolled")]
    assert enrolments.messages(run["run_id"])[0] == "Still enrolled: the enrolment is by another method (cohort)."


def test_a_role_that_another_method_gave_stays_and_the_row_says_so(enrolments):
    enrolments.by_cohort("CHEM-101", "E2001")
    run = enrolments.run(HEAD, "shift;E2001;CHEM-101;teacher")
    assert enrolments.rows(run["run_id"]) == [(2, "role_assigned error_unassign")]
    assert enrolments.messages(run["run_id"]) == [
        "The role was not taken away: the role was given by another enrolment method or link."
    ]
    assert enrolments.held("CHEM-101") == {"zoe": "student (enrol_cohort)+teacher"}


# Group command and groups; codes; what is there then of who was a student in Lab B.
GROUP_ROWS = [
    ("gadd", "Lab A;", "group_member_added unchanged", "student | Lab A+Lab B"),
    ("gadd", "Lab B;", "unchanged", "student | Lab B"),
    ("GADD", "Lab A;Lab Z", "group_member_added error_unknown_group unchanged", "student | Lab A+Lab B"),
    ("gaddcreate", "New 1;New 1", "group_created group_member_added unchanged", "student | Lab B+New 1"),
    ("gaddcreate", "R&D;", "group_created group_member_added unchanged", "student | Lab B+R&D"),
    ("gaddcreate", "<b>;", "error_group_create", "student | Lab B"),
    ("greplace", "Lab A;", "group_member_added groups_cleared unchanged", "student | Lab A"),
    ("greplace", "Lab B;", "unchanged", "student | Lab B"),
    ("greplace", "Lab Z;", "error_unknown_group", "student | Lab B"),
    ("greplace", "Lab A;Lab Z", "group_member_added error_unknown_group unchanged", "student | Lab A+Lab B"),
    ("greplacecreate", "New 2;", "group_created group_member_added groups_cleared unchanged", "student | New 2"),
    ("greplace", ";", "error_missing_value", "student | Lab B"),
    ("gdel", "Lab B;", "group_member_removed unchanged", "student"),
    ("gdel", "Lab A;", "unchanged", "student | Lab B"),
    ("gdel", "Lab Z;", "error_unknown_group", "student | Lab B"),
    ("gjoin", "Lab A;", "error_bad_group_command", "student | Lab B"),
    ("", "Lab A;", "unchanged", "student | Lab B"),
]


def test_group_commands(enrolments):
    enrolments.group("CHEM-101", "Lab B")
    names = _one_each(enrolments, GROUP_ROWS)
    for who in names:
        enrolments.by_hand("CHEM-101", who)
        enrolments.join("CHEM-101", "Lab B", who)
    lines = [f"add;{who};CHEM-101;student;{row[0]};{row[1]}" for who, row in zip(names, GROUP_ROWS, strict=True)]
    told, held = enrolments.codes(GROUPS, *lines), enrolments.held("CHEM-101")
    assert [(codes, held[who.lower()]) for who, codes in zip(names, told, strict=True)] == [
        (codes, after) for _, _, codes, after in GROUP_ROWS
    ]


def test_a_group_that_an_earlier_row_makes_is_made_once_and_found_by_later_rows(enrolments):
    rows = [f"add;{who};CHEM-101;student;gaddcreate;New;" for who in ("E2001", "E2002")]
    assert enrolments.codes(GROUPS, *rows, "add;E2003;CHEM-101;student;gadd;New;") == [
        "enrolled group_created group_member_added",
        "enrolled group_member_added",
        "enrolled group_member_added",
    ]
    first, second, last = enrolments.writes()
    assert {first, second} == {"core_group_create_groups", "enrol_manual_enrol_users"}
    assert last == "core_group_add_group_members"


def test_rows_on_one_enrolment_come_in_file_order(enrolments):
    rows = [
        "add;E2001;CHEM-101;student;gaddcreate;New;",
        "shift;E2001;CHEM-101;teacher;greplace;Lab A;",
        "del;E2001;CHEM-101;;;;",
        "add;E2001;CHEM-101;editingteacher;gadd;New;",
    ]
    run = enrolments.run(GROUPS, *rows)
    assert [told for _, told in enrolments.rows(run["run_id"])] == [
        "enrolled group_created group_member_added",
        "role_assigned role_removed group_member_added groups_cleared",
        "unenrolled",
        "enrolled group_member_added",
    ]
    assert enrolments.held("CHEM-101") == {"zoe": "editingteacher | New"}
    assert run["counts"]["enrolled"] == 2


def test_nobody_gets_a_group_without_an_enrolment(enrolments):
    enrolments.by_hand("CHEM-101", "E2002")
    enrolments.join("CHEM-101", "Lab A", "E2002")
    assert enrolments.codes(
        GROUPS,
        "del;E2001;CHEM-101;;gadd;Lab A;",
        "del;E2002;CHEM-101;;gdel;Lab A;",
        "add;E2003;CHEM-101;coursecreator;gadd;Lab A;",
    ) == ["error_not_enrolled", "unenrolled", "error_enrol skipped_not_reached"]
    assert enrolments.held("CHEM-101") == {}


def test_a_role_that_cannot_be_given_is_its_rows_own_fault(enrolments):
    enrolments.by_hand("CHEM-101", "E2002")
    run = enrolments.run(HEAD, "shift;E2002;CHEM-101;user", "add;E2001;CHEM-101;user", "add;E2003;CHEM-101;student")
    assert enrolments.rows(run["run_id"]) == [
        (2, "error_assign skipped_not_reached"),
        (3, "error_enrol"),
        (4, "enrolled"),
    ]
    assert enrolments.messages(run["run_id"])[1].startswith(
        "Not enrolled: the role cannot be given in courses, or not by the service account: "
    )
    assert enrolments.held("CHEM-101") == {"yan": "student", "xia": "student"}


@pytest.mark.parametrize(
    ("methods", "method", "code"),
    [
        ({"manual": 1}, "", "error_no_enrol_method"),
        ({"manual": 1}, "manual", "error_no_enrol_method"),
        ({"self": 0}, "self", "error_unsupported"),
        ({}, "self", "error_no_enrol_method"),
        ({}, "MANUAL", "enrolled"),
        ({}, "two words", "error_invalid_value"),
    ],
)
def test_only_a_method_that_the_course_has_and_a_web_service_can_use(enrolments, methods, method, code):
    control, course = enrolments.sandbox.control, enrolments.courses["CHEM-101"]
    for found in control.rows("enrol"):
        if found["courseid"] == course and found["enrol"] in methods:
            control.change_row("enrol", found["id"], status=methods[found["enrol"]])
    assert enrolments.codes(f"{HEAD};enrol", f"{ADD};{method}") == [code]


@pytest.mark.parametrize(
    ("settings", "row"),
    [
        ({"user_identity": "username", "course_identity": "idnumber"}, "ZOE;N-CHEM-101"),
        ({"user_identity": "email", "course_identity": "id"}, "Zoe@example.org;{course}"),
        ({"user_identity": "id"}, "{user};CHEM-101"),
    ],
)
def test_every_identity_finds_account_and_course(open_enrolments, settings, row):
    site = open_enrolments(**settings)
    named = row.format(user=site.users["E2001"], course=site.courses["CHEM-101"])
    assert site.codes("uid;cid;rolename", f"{named};student") == ["enrolled"]


def test_several_of_one_identifier_are_never_the_first(enrolments):
    control = enrolments.sandbox.control
    control.add_row("courses", fullname="Twin", shortname="CHEM-101")
    control.change_account(enrolments.users["E2002"], idnumber="E2001")
    assert enrolments.codes(HEAD, "add;E2003;CHEM-101;student", "add;E2001;HIST-110;student") == ["error_ambiguous"] * 2


def test_groups_by_their_idnumber(open_enrolments):
    site = open_enrolments(group_identity="idnumber")
    assert site.codes(GROUPS, f"{ADD};gaddcreate;LAB-A;LAB-N") == [
        "enrolled group_created group_member_added group_member_added"
    ]
    assert site.held("CHEM-101") == {"zoe": "student | LAB-N+Lab A"}


def test_protected_groups_keep_whom_others_put_there_across_runs(open_enrolments):
    site = open_enrolments(protect_groups=True)
    site.by_hand("CHEM-101", "E2001")
    site.group("CHEM-101", "Hand")
    site.join("CHEM-101", "Hand", "E2001")
    assert site.codes(GROUPS, f"{ADD};gadd;Lab A;") == ["group_member_added unchanged"]
    assert site.codes(GROUPS, f"{ADD};gdel;Hand;") == ["unchanged"]
    assert site.codes(GROUPS, f"{ADD};greplacecreate;New;") == [
        "group_created group_member_added groups_cleared unchanged"
    ]
    assert site.held("CHEM-101") == {"zoe": "student | Hand+New"}


def test_an_enrolment_that_ends_takes_with_it_what_is_remembered_as_ours(open_enrolments):
    site = open_enrolments(protect_groups=True)
    assert site.codes(GROUPS, f"{ADD};gadd;Lab A;") == ["enrolled group_member_added"]
    assert site.codes(HEAD, "del;E2001;CHEM-101;") == ["unenrolled"]
    site.by_hand("CHEM-101", "E2001")
    site.join("CHEM-101", "Lab A", "E2001")
    assert site.codes(GROUPS, f"{ADD};gdel;Lab A;") == ["unchanged"]


def test_an_end_is_forgotten_by_rows_of_others_on_that_account_in_that_course_alone(enrolments):
    assert enrolments.codes(HEAD, ADD, "add;E2001;HIST-110;student") == ["enrolled"] * 2
    work, user = enrolments.site.work, ("user", enrolments.users["E2001"])
    courses = {name: ("course", key) for name, key in enrolments.courses.items()}
    rows = [("chem", 1, (user, courses["CHEM-101"])), ("hist", 1, (user, courses["HIST-110"])), ("zoe", 1, (user,))]
    with work.ledger.write() as tx:
        applied.record(tx, work.site_id, "group_members", "run", rows)
    assert enrolments.codes(HEAD, "del;E2001;CHEM-101;") == ["unenrolled"]
    with work.ledger.read() as tx:
        assert applied.unchanged(tx, work.site_id, "group_members", {"chem": 1, "hist": 1, "zoe": 1}) == {"hist", "zoe"}


def test_what_was_ended_and_is_wanted_again_comes_again(enrolments):
    assert enrolments.codes(HEAD, ADD) == ["enrolled"]
    assert enrolments.codes(HEAD, "del;E2001;CHEM-101;student") == ["unenrolled"]
    assert enrolments.codes(HEAD, ADD) == ["enrolled"]


def test_many_ends_wait_for_a_person(open_enrolments):
    site = open_enrolments(guards__enrolments__unenrol__count=1)
    for who in ("E2001", "E2002"):
        site.by_hand("CHEM-101", who)
    run = site.run(HEAD, "del;E2001;CHEM-101;", "del;E2002;CHEM-101;")
    assert (run["state"], len(site.held("CHEM-101"))) == ("held", 2)


def test_a_file_of_ends_alone_needs_the_column_of_roles_all_the_same(enrolments):
    run = enrolments.run("cmd;uid;cid", "del;E2001;CHEM-101")
    assert (run["state"], run["code"]) == ("refused", "error_missing_column")


def test_the_guest_is_protected(open_enrolments):
    site = open_enrolments(user_identity="username")
    assert site.codes("uid;cid;rolename", "guest;CHEM-101;student", "zoe;CHEM-101;student") == [
        "error_protected",
        "enrolled",
    ]
