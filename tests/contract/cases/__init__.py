"""All cases in the order they were recorded in: later ones use what earlier ones have made."""

from tests.contract.cases.accounts import users
from tests.contract.cases.cohorts import cohorts
from tests.contract.cases.courses import categories, courses
from tests.contract.cases.enrolments import enrolments
from tests.contract.cases.groups import groups
from tests.contract.cases.pictures import pictures
from tests.contract.cases.protocol import protocol, reports
from tests.contract.record_contract import Recorder

# Role ids of a standard site, and the one report that its administrator has made.
STUDENT, TEACHER, REPORT = 5, 3, 1


def record(recorder: Recorder, nocaps: str, minimal: str) -> None:
    """Every case of the contract."""
    protocol(recorder, nocaps, minimal)
    reports(recorder, REPORT)
    users(recorder, nocaps)
    pictures(recorder, nocaps)
    category = categories(recorder, nocaps)
    course = courses(recorder, category, nocaps)
    who = enrolments(recorder, course, STUDENT, TEACHER, nocaps)
    cohorts(recorder, category, nocaps)
    groups(recorder, course, who, STUDENT, nocaps)
