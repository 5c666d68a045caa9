"""What is handed over to an ERP team is what the settings say."""

from fnmatch import fnmatchcase

import pytest

from include.sandbox.environment import ROOT
from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import FileKind, Found
from sync_operators.intake.rules import Marks, why_ignored
from sync_operators.settings import COMMANDS, load_settings

PAGE = (ROOT / "docs/how-to/erp-team.md").read_text()
BY_HAND = {"courses_check", "courses_reset", "categories_clean"}


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - BY_HAND))
def test_the_file_of_each_command_is_named(command):
    pattern = load_settings(None, {}).section(command).file
    names = [word.replace("…", "x") for word in PAGE.split("`")[1::2]]
    assert any(fnmatchcase(name, pattern) for name in names)


@pytest.mark.parametrize("name", ["userimport.csv.part", "_report_userimport_x.html", "_why_userimport_x.txt"])
def test_what_the_page_says_is_never_taken_is_not(name):
    assert name.partition("_x")[0] in PAGE
    assert why_ignored(Found(name.encode(), FileKind.FILE, 1, 0), Marks.of(Drop()))


def test_locks_have_the_names_that_the_page_says():
    assert f"`{Drop().alock}`" in PAGE
    assert f"`{Drop().lock}`" in PAGE
