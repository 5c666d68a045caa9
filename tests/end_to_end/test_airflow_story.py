"""What a data-ops team lives through, on a whole Airflow; the tests are one story, in order.

A good week of nightly files; the registrar's bad export is held, looked at and rejected, and the corrected one goes
through; a wrong mass update is approved by mistake and taken back; refused rows are mended and come home; a course that
was deleted and made anew gets its people back; a name that somebody changes by hand is found and brought back.
"""

import json
import time
from contextlib import ExitStack, closing
from itertools import count
from typing import Any

import pytest

from tests.end_to_end.airflow_site import HELD, airflow_site, eventually, processes_of
from tests.end_to_end.registrar import FACULTIES, Registrar, course_of, courses, left

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]

EVERYBODY = sum(FACULTIES.values())
HALF_OF_ARTS = FACULTIES["Arts"] // 2


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with airflow_site(tmp_path_factory.mktemp("story"), {}) as started:
        yield started
    assert processes_of(started.home) == []


@pytest.fixture(scope="module")
def people(site):
    """A client for each person."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(closing(site.user(name))) for name in ("viewer", "admin")}


@pytest.fixture(scope="module")
def registrar():
    return Registrar()


@pytest.fixture(scope="module")
def refused():
    """What Friday left: the place of the tryback, and the students in it."""
    return []


@pytest.fixture(scope="module")
def night(site):
    """Drops the files of one night and lets a DAG run them; the runs by command."""
    numbers = count(1)

    def run(dag_id: str, **files: str) -> dict[str, dict[str, Any]]:
        for name, content in files.items():
            site.drop(f"{name}.csv", content)
        return told(site, dag_id, site.erp.trigger(dag_id, {}, f"night-{next(numbers)}"))

    return run


def told(site, dag_id, run_id):
    """What became of a DAG run that must be green; the runs by command."""
    colour, result = site.erp.result(dag_id, run_id)
    assert colour == "success", result
    return {run["command"]: run for run in result["runs"]}


def counts(runs):
    return {command: run["counts"] for command, run in runs.items()}


def question(site, run):
    """The DAG run that asks about a held plan, and what it asks."""
    (asking,) = eventually(lambda: [name for name in site.dag_runs(HELD) if name.startswith(f"held-{run['run_id']}-")])
    (asked,) = eventually(lambda: site.questions(asking))
    time.sleep(1)  # an answer at once would meet Airflow's race with its own parking
    return asking, asked


def decide(site, run, option, by, reason):
    """Answer a held plan; what becomes of it."""
    asking, _ = question(site, run)
    assert site.answer(asking, option, by=by, reason=reason).status_code == 200
    return told(site, HELD, asking)[run["command"]]


def accounts(site, registrar):
    """The students' accounts in Moodle by idnumber, without the time of their last change."""
    people = site.sandbox.control.people().values()
    found = {one["idnumber"]: {name: one[name] for name in one if name != "timemodified"} for one in people}
    return {number: found[number] for number in registrar.students if number in found}


def suspended(site):
    return {one["idnumber"] for one in site.sandbox.control.people().values() if one["suspended"] and _is_student(one)}


def _is_student(person):
    return person["idnumber"].startswith("S")


def enrolled(site, faculty):
    return len(site.sandbox.control.site_state()["courses"][course_of(faculty)]["enrolments"])


def test_on_monday_the_first_export_makes_the_university(site, registrar, night):
    files = {"uploadcourses": courses(*FACULTIES), "userimport": registrar.users(), "enrols": registrar.enrolments()}
    assert counts(night("sync_all", **files)) == {
        "courses_create": {"category_created": 3},
        "users": {"created": EVERYBODY},
        "enrolments": {"enrolled": EVERYBODY},
    }
    assert {faculty: enrolled(site, faculty) for faculty in FACULTIES} == FACULTIES


def test_on_tuesday_nothing_has_changed_and_nothing_is_written(site, registrar, night):
    before = site.sandbox.control.counts().writes
    assert counts(night("sync_users", userimport=registrar.users())) == {"users": {"unchanged": EVERYBODY}}
    assert site.sandbox.control.counts().writes == before


def test_on_wednesday_one_comes_one_marries_one_leaves(site, registrar, night):
    newcomer = registrar.matriculate("Law", "Newcomer")
    married = registrar.change(registrar.of("Law")[0], lastname="Married")
    gone = registrar.dismiss(registrar.of("Law")[1])
    assert counts(night("sync_users", userimport=registrar.users(), usersuspend=left([gone]))) == {
        "users": {"created": 1, "updated": 1, "unchanged": EVERYBODY - 2},
        "users_suspend": {"suspended": 1},
    }
    assert accounts(site, registrar)[married.idnumber]["lastname"] == "Married"
    assert accounts(site, registrar).keys() >= {newcomer.idnumber}
    assert suspended(site) == {gone.idnumber}


def test_on_friday_three_rows_are_refused_and_the_others_go_through(site, registrar, night, refused):
    students = [
        registrar.matriculate("Arts", "Misspelt", address="misspelt.example.org"),
        registrar.matriculate("Arts", ""),
        registrar.matriculate("Arts", "Copied", address=registrar.of("Science")[0].email),
    ]
    runs = night("sync_users", userimport=registrar.users())
    assert counts(runs) == {
        "users": {
            "unchanged": EVERYBODY,
            "error_invalid_value": 1,
            "error_missing_value": 1,
            "error_email_collision": 1,
        }
    }
    assert runs["users"]["state"] == "done_with_errors"
    refused += [runs["users"]["tryback"], *students]
    header = registrar.users().partition("\n")[0]
    rows = "".join(student.row for student in students)
    assert (site.depot / runs["users"]["tryback"]).read_text() == f"{header}\n{rows}"


def test_the_bad_export_without_half_of_a_faculty_is_held_looked_at_and_rejected(site, people, registrar, night):
    lost = registrar.of("Arts")[:HALF_OF_ARTS]
    before = suspended(site)
    runs = night("sync_users", userimport=registrar.users(without=lost), usersuspend=left(lost))
    run = runs["users_suspend"]
    assert (runs["users"]["state"], run["state"]) == ("done_with_errors", "held")
    _, asked = question(site, run)
    # A tenth of the university would pass; it is the faculty that does not.
    assert f"suspend {HALF_OF_ARTS}" in asked["subject"]
    assert "Faculty of Arts" in asked["body"]
    assert "(guards.users_suspend.suspend.scopes.institution" in asked["body"]
    page = people["viewer"].get(f"/sync/plans/{run['run_id']}").text
    assert [name for name in (each.username for each in lost[:10]) if name not in page] == []
    decided = decide(site, run, "Reject", people["admin"], "half of Arts is missing")
    assert (decided["state"], decided["decided_by"], decided["reason"]) == (
        "rejected", "admin", "half of Arts is missing",
    )  # fmt: skip
    assert suspended(site) == before
    why = next((site.depot / "quarantine").rglob(f"{run['run_id']}*.why.txt")).read_text()
    assert "half of Arts is missing" in why


def test_the_corrected_export_goes_through(site, registrar, night):
    before = suspended(site)
    gone = registrar.dismiss(registrar.of("Arts")[3])
    runs = night("sync_users", userimport=registrar.users(), usersuspend=left([gone]))
    assert runs["users_suspend"]["counts"] == {"suspended": 1}
    assert suspended(site) == before | {gone.idnumber}


def test_a_wrong_mass_update_is_approved_by_mistake_and_taken_back(site, people, registrar, night):
    before = accounts(site, registrar)
    run = night("sync_users", userimport=registrar.users(city="Nowhere"))["users"]
    assert run["state"] == "held"
    decided = decide(site, run, "Approve", people["admin"], "looked fine")
    assert {one["city"] for one in accounts(site, registrar).values()} == {"Nowhere"}
    (undo,) = decided["undo"]
    taken_back = told(site, "sync_users", site.erp.trigger("sync_users", undo, "undo-1"))["users"]
    assert taken_back["state"] == "held"  # to take back a mass update is one
    assert decide(site, taken_back, "Approve", people["admin"], "back to Valmont")["state"] == "done"
    assert accounts(site, registrar) == before


def test_three_refused_rows_are_mended_and_come_home(site, registrar, night, refused):
    place, *students = refused
    wrong = "".join(student.row for student in students)
    misspelt, nameless, copied = students
    mended = [
        registrar.change(misspelt, address="misspelt@example.org"),
        registrar.change(nameless, lastname="Found"),
        registrar.change(copied, address="copied@example.org"),
    ]
    text = (site.depot / place).read_text()
    assert wrong in text
    # Under its own name the short file is known as what it is: no guard takes it for a cut export.
    name = place.rpartition("/")[2].removesuffix(".csv")
    runs = night("sync_users", **{name: text.replace(wrong, "".join(student.row for student in mended))})
    assert counts(runs) == {"users": {"created": 3}}
    assert accounts(site, registrar).keys() == registrar.students.keys()


def test_a_course_that_is_deleted_and_made_anew_gets_its_people_back(site, registrar, night):
    files = {"deletecourses": f"{course_of('Arts')}\n", "uploadcourses": courses(*FACULTIES)}
    runs = night("sync_all", **files, userimport=registrar.users(), enrols=registrar.enrolments())
    assert runs["courses_delete"]["counts"] == {"deleted": 1}
    assert runs["users"]["counts"] == {"unchanged": len(registrar.students)}
    assert enrolled(site, "Arts") == len(registrar.of("Arts"))


def test_a_name_that_somebody_changes_by_hand_is_found_and_brought_back(site, registrar, night):
    student = registrar.of("Science")[5]
    site.sandbox.control.change_account(accounts(site, registrar)[student.idnumber]["id"], lastname="Nickname")
    run_id = site.erp.trigger("sync_reconcile", {"command": "users"}, "weekly-1")
    assert site.erp.result("sync_reconcile", run_id)[0] == "success"
    found = site.xcom("sync_reconcile", run_id, "reconcile")
    (users,) = found["checked"]
    assert (found["state"], users["drifted"]) == ("drift", 1)
    lines = (site.depot / users["report"]).with_suffix(".jsonl").read_text().splitlines()
    (drift,) = [line for line in map(json.loads, lines) if line["type"] == "drift"]
    assert (drift["field"], drift["ours"], drift["moodle"]) == ("lastname", student.lastname, "Nickname")
    (repair,) = users["repair"]
    assert night("sync_users", userimport=(site.depot / repair).read_text())["users"]["counts"] == {"updated": 1}
    assert accounts(site, registrar)[student.idnumber]["lastname"] == student.lastname
