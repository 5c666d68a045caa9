"""Files of `cohort_links` against the sandbox: nothing is linked, what could be is ready for Moodle's upload."""

from pathlib import Path

import pytest

from sync_operators.tools.cohort_links import REASON
from tests.end_to_end.cohorts import Cohorts
from tests.end_to_end.site import site as open_site

SAMPLES = Path(__file__).parent / "samples"
HEAD = "cmd;cohort;course;role;enrol;makegroup"
UPLOAD = "shortname,enrolment_1,enrolment_1_cohortidnumber,enrolment_1_role,enrolment_1_disable,enrolment_1_delete"


@pytest.fixture
def links(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, sleep=lambda _: None) as opened:
        cohorts = Cohorts(opened, sandbox).build()
        for idnumber in ("Y1-CHEM", "ALUMNI", ""):
            cohorts.cohort(idnumber, f"Cohort {idnumber}")
        for name in ("CHEM-101", "HIST, 110", "HIST-110"):
            sandbox.control.add_row("courses", shortname=name, fullname=name, idnumber=f"N-{name}")
        yield cohorts


def upload(links):
    (found,) = (links.site.depot / "reports").rglob("*_cohortscourses_for_uploadcourse.csv")
    return found.read_text().splitlines()


def test_every_line_of_the_sample_is_refused_for_its_own_reason_or_ready_for_the_upload(links):
    run = links.run(content=(SAMPLES / "cohorts_bind_courses.csv").read_bytes(), command="cohort_links")
    assert [(entry.line, entry.code) for entry in links.entries(run)] == [
        (2, "error_unsupported"),
        (3, "error_unsupported"),
        (4, "error_unsupported"),
        (5, "error_unknown_course"),
        (6, "error_unknown_cohort"),
        (7, "error_unknown_role"),
    ]
    assert upload(links) == [UPLOAD, "CHEM-101,cohort,Y1-CHEM,student,0,0", "HIST-110,cohort,ALUMNI,student,0,0"]
    assert links.calls(writes=True) == []


def test_each_command_has_its_line_and_what_the_upload_cannot_do_has_none(links):
    told = links.messages(
        HEAD,
        "del;Y1-CHEM;HIST, 110;teacher;;",
        "RESTORE;Y1-CHEM;HIST, 110;teacher;Cohort;yes",
        "fulldel;Y1-CHEM;HIST, 110;teacher;;",
        "add;Y1-CHEM;HIST, 110;;self;",
        "del;Y1-CHEM;HIST, 110;*;;",
        command="cohort_links",
    )
    unsupported = f"This is not supported here: cohort: {REASON}."
    assert told == [unsupported] * 3 + [unsupported.replace("cohort:", "self:", 1), unsupported]
    assert upload(links) == [UPLOAD, *(f'"HIST, 110",cohort,Y1-CHEM,teacher,{end}' for end in ("1,0", "0,0", "0,1"))]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("link;Y1-CHEM;CHEM-101;;;", "error_bad_command"),
        ("add;Y1-CHEM;CHEM-101;*;;", "error_unknown_role"),
        ("add;Y1-CHEM;CHEM-101;;;17", "error_invalid_value"),
        ("add;;CHEM-101;;;", "error_missing_value"),
    ],
)
def test_a_row_that_is_wrong_is_told_so_first(links, row, code):
    assert links.codes(HEAD, row, command="cohort_links") == [code]
    assert upload(links) == [UPLOAD]


def test_cohorts_by_name_and_courses_by_idnumber_stand_in_the_upload_as_it_wants_them(sandbox, tmp_path):
    environ = {"SYNC__COHORT_LINKS__COHORT_IDENTITY": "name", "SYNC__COHORT_LINKS__COURSE_IDENTITY": "idnumber"}
    with open_site(sandbox, tmp_path, environ=environ) as opened:
        links = Cohorts(opened, sandbox).build()
        links.cohort("", "Numberless")
        sandbox.control.add_row("courses", shortname="CHEM-101", fullname="Chemistry", idnumber="N-1")
        rows = ("Old year 0;N-1;", "Numberless;N-1;")
        assert links.codes("cohort;course;enrolstart", *rows, command="cohort_links") == ["error_unsupported"] * 2
        assert upload(links) == [UPLOAD, "CHEM-101,cohort,OLD-Y0,student,0,0"]
