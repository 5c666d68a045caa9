"""The rights of the pages with the roles of FAB's auth manager, where its provider is installed beside.

pip install -c requirements.txt apache-airflow-providers-fab
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from include.sandbox.environment import ROOT, environment
from tests.web.test_access import ROUTES, WRITES

FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
ROLES = {"Viewer": "viewer", "User": "user", "Op": "op", "Admin": "admin"}
"""The roles of FAB, and those of SimpleAuthManager that may do the same."""
OF_ALL = {"GET reports", "GET dags/sync_users", "GET plans", "GET changes"}
"""Lists that show to each what they may see: nothing, to who may see nothing."""


@pytest.fixture(scope="module")
def statuses(tmp_path_factory):
    """Status of each route, by role: asked by a process of its own, as one process has one auth manager."""
    if not find_spec("airflow.providers.fab"):
        pytest.skip("NO FAB PROVIDER beside Airflow: the pages' rights are tested with SimpleAuthManager alone")
    home = tmp_path_factory.mktemp("fab")
    variables = os.environ | environment(home) | {"AIRFLOW__CORE__AUTH_MANAGER": FAB}
    _run(variables, "airflow", "db", "migrate")
    return json.loads(_run(variables, "tests.web.fab_roles", str(home)).splitlines()[-1])


def _run(variables, module, *arguments):
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize(("role", "alike"), ROLES.items())
def test_a_role_of_fab_may_what_its_namesake_may(statuses, role, alike):
    expected = {f"{method} {place}": table[alike] for method, place, table in ROUTES if alike in table}
    assert {route: statuses[role][route] for route in expected} == expected


@pytest.mark.parametrize("role", ["User", "Op", "Admin"])
def test_who_may_edit_the_dags_may_write(statuses, role):
    writes = [f"{method} {place}" for method, place, table in ROUTES if table.keys() <= WRITES.keys()]
    refused = {route for route in writes if statuses[role][route] in {401, 403}}
    # The form of this one names a file of the archives, which nobody renames.
    assert refused == {"POST files/rename"}


def test_who_has_no_right_at_all_sees_empty_lists_and_nothing_else(statuses):
    assert {route for route, status in statuses["Public"].items() if status != 403} == OF_ALL | {
        "GET dags/sync_users/runs/scheduled__2026-11-22T06:30:00+00:00"
    }
