"""Files of `courses_meta` against the sandbox."""

import pytest

from tests.end_to_end.courses import SAMPLES, CourseSite
from tests.end_to_end.site import site as open_site

HEADER = "cmd;master;meta"
LINK, UNLINK = "enrol_meta_add_instances", "enrol_meta_delete_instances"


@pytest.fixture
def courses(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, sleep=lambda _: None) as opened:
        yield CourseSite(opened, sandbox, "courses_meta")


def linked(courses):
    """Links as (source, target)."""
    names = {row["id"]: row["shortname"] for row in courses.sandbox.control.rows("courses")}
    rows = courses.sandbox.control.rows("enrol")
    return sorted((names[row["customint1"]], names[row["courseid"]]) for row in rows if row["enrol"] == "meta")


def test_the_sample_links_and_unlinks_in_file_order(courses):
    courses.sandbox.control.reset(bare=True)
    for shortname in ("CHEM-101", "HIST-110", "SCI-ALL"):
        courses.sandbox.control.add_row("courses", shortname=shortname, fullname=shortname)
    run = courses.run(content=(SAMPLES / "courses_meta.csv").read_bytes())
    assert courses.outcomes(run) == [
        (2, "linked"),
        (3, "linked"),
        (4, "unlinked"),
        (5, "error_unknown_course"),
        (6, "error_self_link"),
    ]
    assert linked(courses) == [("CHEM-101", "SCI-ALL")]
    assert courses.writes() == {LINK: 1, UNLINK: 1}


def test_what_is_linked_already_is_unchanged_and_what_is_not_is_skipped(courses):
    courses.sandbox.control.add_row("enrol", courseid=3, enrol="meta", customint1=2)
    rows = courses.codes(HEADER, "add;ONB;FIRE", "DEL;AID;FIRE", ";GDPR;FIRE", "drop;ONB;FIRE")
    assert rows == ["unchanged", "skipped_not_linked", "linked", "error_bad_command"]


def test_the_old_name_of_a_column_will_do_and_one_of_both_must_be_there(courses):
    assert courses.codes("course;meta", "ONB;FIRE") == ["linked"]
    assert linked(courses) == [("ONB", "FIRE")]
    run = courses.run("meta;cmd", "FIRE;add")
    assert (run["state"], run["code"]) == ("refused", "error_missing_column")


def test_the_same_file_again_costs_no_call_until_a_course_is_gone(courses):
    file = [HEADER, "add;ONB;FIRE", "add;GDPR;FIRE"]
    assert courses.codes(*file) == ["linked", "linked"]
    before = courses.sandbox.control.counts().total
    assert courses.run(*file)["counts"] == {"unchanged": 2}
    assert courses.sandbox.control.counts().total == before
    courses.run("GDPR", command="courses_delete")
    assert courses.run(*file)["counts"] == {"unchanged": 1, "error_unknown_course": 1}


def test_a_row_that_moodle_refuses_is_found_and_the_others_are_linked_once(courses):
    fire = courses.course("FIRE")["id"]
    courses.sandbox.control.page(200, of=LINK)
    run = courses.run(HEADER, "add;ONB;FIRE", "add;GDPR;FIRE", "add;AID;FIRE")
    assert run["counts"] == {"linked": 3}
    assert (
        len(
            [row for row in courses.sandbox.control.rows("enrol") if row["courseid"] == fire and row["enrol"] == "meta"]
        )
        == 3
    )


@pytest.mark.parametrize("lost", ["cut", "drop_connection"])
@pytest.mark.parametrize(("function", "command", "code"), [(LINK, "add", "linked"), (UNLINK, "del", "unlinked")])
def test_a_write_that_is_lost_is_sent_again_and_done_once(courses, function, command, code, lost):
    if command == "del":
        courses.sandbox.control.add_row("enrol", courseid=3, enrol="meta", customint1=2)
    getattr(courses.sandbox.control, lost)(of=function)
    assert courses.codes(HEADER, f"{command};ONB;FIRE") == [code]
    assert len(courses.journal(function)) == 1


def test_without_the_right_to_link_every_row_says_so(courses):
    courses.sandbox.control.remove_capability("enrol/meta:config")
    (message, _) = courses.messages(HEADER, "add;ONB;FIRE", "add;AID;FIRE")
    assert message == "Moodle refused the link: Invalid parameter value detected."
    assert linked(courses) == []
