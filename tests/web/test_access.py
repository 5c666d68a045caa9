"""Who may do what: every route by every role, through Airflow's own auth manager.

Each page adds its rows. `{name}` in a place is filled from the story's runs.
"""

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from sync_operators.schedules import COMMANDS_OF, dag_of
from sync_operators.settings import COMMANDS

READS = {None: 401, "viewer": 200, "user": 200, "op": 200, "admin": 200}
EDITS = READS | {"viewer": 403}
WRITES: dict[str | None, int] = {None: 401, "viewer": 403}
"""Who may is met in the tests of the page: what they write would be seen by every other test here."""
ROUTES = [
    ("GET", "", READS),
    ("GET", "reach", READS),
    ("GET", "reports", READS),
    ("GET", "dags/sync_users", READS),
    ("GET", "dags/sync_users/runs/scheduled__2026-11-22T06:30:00+00:00", READS),
    ("GET", "reports/{done}", READS),
    ("GET", "reports/{done}/progress", READS),
    ("GET", "reports/{done}/file", {None: 401, "viewer": 303, "user": 303, "op": 303, "admin": 303}),
    ("GET", "reports/{done}/standalone.html", READS),
    ("GET", "reports/{done}/rows.csv", READS),
    ("GET", "reports/{done}/rows.jsonl", READS),
    ("GET", "reports/{done}/tryback", EDITS),
    ("GET", "reports/{done}/why.csv", EDITS),
    ("GET", "reports/{done}/undo.users", EDITS),
    ("GET", "plans", READS),
    ("GET", "plans/{held}", READS),
    ("GET", "plans/{held}/plan.csv", READS),
    ("GET", "plans/{held}/decision", READS),
    ("GET", "depot", READS),
    ("GET", "depot/archives", READS),
    ("POST", "depot/files", WRITES),
    ("POST", "depot/folders", WRITES),
    ("POST", "capture", WRITES),
    ("POST", "files/rename", WRITES),
    ("POST", "files/move", WRITES),
    ("POST", "files/delete", WRITES),
    ("GET", "files/{file}", READS),
    ("GET", "files/{file}/rows", READS),
    ("GET", "files/{file}/raw", READS),
    ("POST", "files/{file}/dialect", WRITES),
    ("POST", "files/{file}/plan", WRITES),
    ("POST", "files/{file}/run", WRITES),
    ("POST", "files/{file}/tryback", WRITES),
    ("GET", "courses", READS),
    ("POST", "courses", READS),
    ("POST", "courses?part=file", {None: 401, "viewer": 409, "user": 409, "op": 409, "admin": 409}),
    ("POST", "courses/files", {None: 401, "viewer": 403, "user": 409, "op": 409, "admin": 409}),
    ("POST", "courses/refresh", {None: 401, "viewer": 403}),
    ("GET", "changes", READS),
    ("GET", "settings", READS),
    ("POST", "settings/doctor", {None: 401, "viewer": 403}),
    ("POST", "plans/{held}/decision", {None: 401, "viewer": 403, "user": 409, "op": 409, "admin": 409}),
]
WHOLE = ("plans/{held}/decision", "files/{file}")
"""Pages that the script never asks for in part."""
FORMS: dict[str, dict[str, str]] = {
    "files/rename": {"id": "1", "name": "x.csv"},
    "plans/{held}/decision": {"choice": "approve", "digest": "of another plan"},
}
CASES = [(method, place, role, status) for method, place, table in ROUTES for role, status in table.items()]


@pytest.mark.parametrize(("method", "place", "role", "status"), CASES)
def test_a_route_answers_each_role_as_the_table_says(pages, story, method, place, role, status):
    sent = {"data": FORMS.get(place)} if method == "POST" else {}
    answer = pages.as_(role).request(method, place.format(**places(story)), **sent)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("place", [place for method, place, table in ROUTES if method == "GET" and table is READS])
def test_the_script_gets_no_whole_page(pages, story, place):
    answer = pages.fragment(place.format(**places(story)))
    assert answer.status_code == 200
    assert not answer.text.startswith("<!doctype") or place in WHOLE or "content-disposition" in answer.headers


def places(story):
    return {**story.runs, "file": story.run("held").file_id}


def test_every_route_stands_in_the_table(pages, story):
    routes = [route for route in pages.app.routes if isinstance(route, APIRoute)]
    met = {_route(routes, method, place.format(**places(story))) for method, place, _ in ROUTES}
    assert {(method, route.path) for route in routes for method in route.methods} - met == set()


def _route(routes, method, place):
    scope = {"type": "http", "method": method, "path": f"/{place}".partition("?")[0], "root_path": ""}
    return next((method, route.path) for route in routes if route.matches(scope)[0] is Match.FULL)


def test_every_command_belongs_to_one_dag_whose_file_runs_it():
    from include.sandbox.environment import ROOT

    assert sorted(command for commands in COMMANDS_OF.values() for command in commands) == sorted(COMMANDS)
    for command in COMMANDS:
        assert f'"{command}"' in (ROOT / "dags" / f"{dag_of(command)}.py").read_text()
