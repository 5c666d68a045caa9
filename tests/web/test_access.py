"""Who may do what: every route by every role, through Airflow's own auth manager.

Each page adds its rows. `{name}` in a place is filled from the story's runs.
"""

import pytest

from sync_operators.schedules import COMMANDS_OF, dag_of
from sync_operators.settings import COMMANDS

READS = {None: 401, "viewer": 200, "user": 200, "op": 200, "admin": 200}
EDITS = READS | {"viewer": 403}
ROUTES = [
    ("GET", "", READS),
    ("GET", "reach", READS),
    ("GET", "reports", READS),
    ("GET", "reports/{done}", READS),
    ("GET", "reports/{done}/file", {None: 401, "viewer": 303, "user": 303, "op": 303, "admin": 303}),
    ("GET", "reports/{done}/standalone.html", READS),
    ("GET", "reports/{done}/rows.csv", READS),
    ("GET", "reports/{done}/rows.jsonl", READS),
    ("GET", "reports/{done}/tryback", EDITS),
    ("GET", "reports/{done}/why.csv", EDITS),
    ("GET", "plans", READS),
    ("GET", "plans/{held}", READS),
    ("GET", "plans/{held}/plan.csv", READS),
    ("GET", "plans/{held}/decision", READS),
    ("GET", "courses", READS),
    ("POST", "courses", READS),
    ("POST", "courses/preview", {None: 401, "viewer": 409, "user": 409, "op": 409, "admin": 409}),
    ("POST", "courses/files", {None: 401, "viewer": 403, "user": 409, "op": 409, "admin": 409}),
    ("POST", "courses/refresh", {None: 401, "viewer": 403}),
    ("GET", "changes", READS),
    ("GET", "settings", READS),
    ("POST", "settings/doctor", {None: 401, "viewer": 403}),
    ("POST", "plans/{held}/decision", {None: 401, "viewer": 403, "user": 409, "op": 409, "admin": 409}),
]
FORMS = {"plans/{held}/decision": {"choice": "approve", "digest": "of another plan"}}
CASES = [(method, place, role, status) for method, place, table in ROUTES for role, status in table.items()]


@pytest.mark.parametrize(("method", "place", "role", "status"), CASES)
def test_a_route_answers_each_role_as_the_table_says(pages, story, method, place, role, status):
    sent = {"data": FORMS.get(place)} if method == "POST" else {}
    answer = pages.as_(role).request(method, place.format(**story.runs), **sent)
    assert answer.status_code == status, answer.text


def test_every_route_stands_in_the_table(pages):
    pytest.skip("until all pages are there")


def test_every_command_belongs_to_one_dag_whose_file_runs_it():
    from include.sandbox.environment import ROOT

    assert sorted(command for commands in COMMANDS_OF.values() for command in commands) == sorted(COMMANDS)
    for command in COMMANDS:
        assert f'"{command}"' in (ROOT / "dags" / f"{dag_of(command)}.py").read_text()
