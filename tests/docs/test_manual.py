"""The pages written by hand say what the code says."""

import re
from pathlib import Path

import pytest

from docs.generators.columns import COMMANDS
from sync_operators.moodle.capabilities import capabilities
from sync_operators.schedules import Schedules
from sync_operators.tools import tool

ROOT = Path(__file__).resolve().parents[2]
NEEDS = (ROOT / "docs/how-to/service-account.md").read_text()
DAGS = (ROOT / "docs/reference/dags.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_manual_lists_every_function_that_a_command_calls(command):
    assert [name for name in tool(command).functions if name not in NEEDS] == []


def test_the_manual_lists_every_capability_that_those_functions_need():
    needed = {each for command in COMMANDS for each in capabilities(tool(command).functions)}
    assert {name for name in needed if name not in NEEDS} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.stem)
def test_every_dag_is_in_the_manual_with_its_schedule(path):
    (line,) = [line for line in DAGS.splitlines() if line.startswith(f"| `{path.stem}` |")]
    assert (Schedules().of(path.stem) or "none") in line


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_of_the_manual_leads_nowhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_lists_what_accounts_need():
    readme = (ROOT / "README.md").read_text()
    assert [name for name in tool("users").functions if name not in readme] == []
