"""Lists of courses against the sandbox: those that go, and those that are looked for."""

from contextlib import ExitStack

import pytest

from tests.end_to_end.courses import SAMPLES, CourseSite
from tests.end_to_end.site import site as open_site


@pytest.fixture
def open_courses(sandbox, tmp_path):
    """Opens a site for a command, with settings of it (others by `section__key`)."""
    with ExitStack() as stack:

        def opened(command, **settings):
            prefix = f"SYNC__{command.upper()}__"
            environ = {
                f"SYNC__{name.upper()}" if "__" in name else f"{prefix}{name.upper()}": str(value)
                for name, value in settings.items()
            }
            opened_site = open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None)
            return CourseSite(stack.enter_context(opened_site), sandbox, command)

        yield opened


@pytest.fixture
def deleting(open_courses):
    return open_courses("courses_delete")


@pytest.fixture
def checking(open_courses):
    return open_courses("courses_check")


def names(courses):
    return {row["shortname"] for row in courses.sandbox.control.rows("courses")}


# -- courses_delete ---------------------------------------------------------------------------------------------------


def test_the_sample_deletes_what_is_there(deleting):
    deleting.sandbox.control.reset(bare=True)
    for shortname in ("OLD-2019-A", "OLD-2019-B", "KEEP"):
        deleting.sandbox.control.add_row("courses", shortname=shortname, fullname=shortname)
    run = deleting.run(content=(SAMPLES / "courses_delete.txt").read_bytes())
    assert deleting.outcomes(run) == [(2, "deleted"), (4, "deleted"), (5, "error_unknown_course")]
    assert names(deleting) == {"SITE", "KEEP"}
    assert (deleting.site.depot / run["tryback"]).read_text() == "NOT-A-COURSE\n"


def test_a_line_is_the_identifier_as_a_whole(deleting):
    deleting.sandbox.control.add_row("courses", shortname="Chemistry, advanced; 2026", fullname="x")
    assert deleting.codes("Chemistry, advanced; 2026", "  AID  ", "XLS\t", "LEAD\tx") == [
        "deleted",
        "deleted",
        "deleted",
        "error_bad_row",
    ]
    assert "LEAD" in names(deleting)


def test_site_home_and_protected_courses_stay_and_a_repeated_one_goes_once(open_courses):
    deleting = open_courses("courses_delete", protected="[ONB]")
    assert deleting.messages("SITE", "ONB", "AID", "AID") == [
        "This is protected and was not touched: shortname `SITE` (the site home).",
        "This is protected and was not touched: shortname `ONB` (courses_delete.protected).",
        "Deleted.",
        "Not in Moodle: nothing has the shortname `AID`. There was nothing to do.",
    ]
    assert deleting.journal("core_course_delete_courses") == [{"courseids": [6]}]


@pytest.mark.parametrize(
    ("identity", "file", "expected"),
    [
        ("idnumber", ["C-105", "C-101"], ["error_ambiguous", "deleted"]),
        ("id", ["6", "1", "nothing"], ["deleted", "error_protected", "error_unknown_course"]),
    ],
)
def test_a_course_is_named_by_each_identity(open_courses, identity, file, expected):
    deleting = open_courses("courses_delete", identity=identity)
    deleting.sandbox.control.change_row("courses", deleting.course("FIRE")["id"], idnumber="C-105")
    assert deleting.codes(*file) == expected


def test_what_moodle_keeps_is_an_error_and_what_is_gone_is_skipped(deleting):
    deleting.sandbox.control.remove_capability("moodle/course:delete")
    (message,) = deleting.messages("AID")
    assert message == "Moodle refused to delete it: Course 6 failed to be deleted."


def test_too_many_deletions_are_held(open_courses):
    deleting = open_courses("courses_delete", guards__courses_delete__delete__count=2)
    assert deleting.run("AID", "XLS", "LEAD")["state"] == "held"
    assert {"AID", "XLS", "LEAD"} <= names(deleting)


@pytest.mark.parametrize("lost", ["cut", "drop_connection"])
def test_a_deletion_that_is_lost_is_looked_for_and_done_once(deleting, lost):
    getattr(deleting.sandbox.control, lost)(of="core_course_delete_courses")
    run = deleting.run("AID", "XLS")
    assert run["counts"] == {"deleted": 2}
    deleted = [each for call in deleting.journal("core_course_delete_courses") for each in call["courseids"]]
    assert len(deleted) == len(set(deleted)) == 2
    # What was not done is sent again by halves.
    assert deleting.writes() == {"core_course_delete_courses": 1 if lost == "cut" else 3}


def test_a_deleted_course_is_made_again_by_the_row_that_made_it(deleting):
    file = ["shortname;fullname", "NEW;New"]
    assert deleting.codes(*file, command="courses_create") == ["created"]
    assert deleting.codes("NEW") == ["deleted"]
    assert deleting.codes(*file, command="courses_create") == ["created"]
    assert deleting.codes("NEW", "# and nothing else") == ["deleted"]


# -- courses_check ----------------------------------------------------------------------------------------------------


def test_the_sample_tells_what_is_there_and_what_is_not(checking):
    checking.sandbox.control.add_row("courses", shortname="CHEM-101", fullname="Chemistry & more")
    run = checking.run(content=(SAMPLES / "courses_check.csv").read_bytes())
    assert [checking.message(entry) for entry in checking.entries(run)] == [
        "Found in Moodle: `CHEM-101`, Chemistry & more.",
        "Not in Moodle: shortname `CHEM-102`.",
        "Not in Moodle: shortname `NOT-A-COURSE` (Should be reported missing).",
    ]
    assert (run["state"], run["counts"], run["tryback"]) == ("done", {"found": 1, "not_found": 2}, None)
    assert checking.writes() == {}


def test_each_check_is_answered_anew(checking):
    assert checking.codes("ONB", "NEW") == ["found", "not_found"]
    checking.sandbox.control.add_row("courses", shortname="NEW", fullname="New")
    assert checking.codes("ONB", "NEW") == ["found", "found"]


@pytest.mark.parametrize(("identity", "value"), [("idnumber", "C-101"), ("id", "2"), ("shortname", "ONB")])
def test_a_check_names_courses_by_each_identity_and_the_site_home_is_none(open_courses, identity, value):
    checking = open_courses("courses_check", identity=identity)
    checking.sandbox.control.change_row("courses", 1, idnumber="HOME")
    site = {"idnumber": "HOME", "id": "1", "shortname": "SITE"}[identity]
    assert checking.codes(value, f"{site};the home;", f"{value};a;b") == ["found", "not_found", "error_bad_row"]


def test_a_list_without_a_line_is_refused(checking):
    run = checking.run("# nothing")
    assert (run["state"], run["code"]) == ("refused", "error_empty_file")
