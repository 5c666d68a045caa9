"""The rules of who may import whom, each seen broken once on a copy of the package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(ROOT / "plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.in"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(tool, *arguments, cwd):
    environ = os.environ | {"PYTHONPATH": str(cwd / "plugins"), "NO_COLOR": "1"}
    return subprocess.run([TOOLS / tool, *arguments], cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def broken(result):
    return [line.removesuffix(" BROKEN") for line in result.stdout.split("\n") if line.endswith(" BROKEN")]


def test_the_package_keeps_its_contracts(copied):
    result = run("lint-imports", "--no-cache", cwd=copied)
    assert (result.returncode, broken(result)) == (0, []), result.stdout


AIRFLOW = "Only the edge imports Airflow"
LAYERS = "Each layer knows only those below it"
TOOL = "A tool turns rows into operations; it keeps, moves and reports nothing"
REPORTS = "Reports are made from facts alone"
DOCTOR = "The doctor's checks are given what they look at"
WORLD = "Only the doctor's world knows of connections"
PAGES = "Pages: routes show what models read, each by what is below it"
MODELS = "Read models are plain Python"
WRONG = [
    ("intake/new.py", "from airflow.sdk import BaseHook", AIRFLOW),
    ("walk.py", "def f():\n    import airflow", AIRFLOW),
    ("ledger/new.py", "from sync_operators import walk", LAYERS),
    ("command_files/new.py", "from sync_operators.tools import users", LAYERS),
    ("moodle/new.py", "from sync_operators.reports import facts", LAYERS),
    ("depot/new.py", "from sync_operators.plans import request", LAYERS),
    ("intake/new.py", "from sync_operators import operators", LAYERS),
    ("walk.py", "from sync_operators.hooks import connections", LAYERS),
    ("hooks/new.py", "from sync_operators.operators import base", LAYERS),
    ("tools/new.py", "from sync_operators.plans import request", LAYERS),
    ("tools/new.py", "from sync_operators.ledger import runs", TOOL),
    ("tools/new.py", "from sync_operators.intake import rules", TOOL),
    ("reports/new.py", "from sync_operators.moodle import client", REPORTS),
    ("doctor/finding.py", "from sync_operators.doctor import checks", DOCTOR),
    ("doctor/drop.py", "from sync_operators.hooks import connections", WORLD),
    ("hooks/new.py", "from sync_operators.doctor import finding", LAYERS),
    ("web/models/new.py", "import airflow", AIRFLOW),
    ("web/models/new.py", "import fastapi", MODELS),
    ("web/models/frame.py", "from sync_operators.web import page", PAGES),
    ("operators/new.py", "from sync_operators.web import language", LAYERS),
    ("codes.py", "from sync_operators import settings", LAYERS),
    ("unheard_of.py", "", LAYERS),
]


@pytest.mark.parametrize(("module", "line", "contract"), WRONG)
def test_a_wrong_import_breaks_its_contract(copied, module, line, contract):
    with (copied / "plugins" / "sync_operators" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = run("lint-imports", "--no-cache", cwd=copied)
    assert (result.returncode, broken(result)) == (1, [contract]), result.stdout


@pytest.mark.parametrize(("line", "fault"), [("import cattrs", "DEP001"), ("import cryptography", "DEP003")])
def test_an_import_that_is_not_declared_is_found(copied, line, fault):
    (copied / "plugins" / "sync_operators" / "new.py").write_text(f"{line}\n", encoding="utf-8")
    result = run("deptry", "plugins", cwd=copied)
    assert result.returncode == 1
    assert any("new.py" in told and fault in told for told in result.stderr.split("\n")), result.stderr
