"""The manual lists every column of every command, and none that is not there."""

import pytest

from docs.generate import ROOT
from docs.generators.columns import COMMANDS, TEXTS_OF, declared
from sync_operators.tools import tool

MANUAL = (ROOT / "docs/reference/columns.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_column_of_a_command_is_in_its_section(command):
    section = MANUAL.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    missing = [column.name for column in declared(command) if f"`{column.name}`" not in section]
    assert missing == []


@pytest.mark.parametrize("command", COMMANDS)
def test_no_text_is_left_of_a_column_that_is_gone(command):
    assert TEXTS_OF[command].keys() - {column.name for column in declared(command)} == set()


def test_a_limit_is_the_one_that_rows_are_held_to():
    (city,) = [column for column in declared("users") if column.name == "city"]
    assert f"| `city` |  | city | {city.limit} characters; " in MANUAL


def test_what_is_ignored_has_no_row_of_its_own():
    assert [name for name in tool("users").ignored_columns if f"| `{name}` |" in MANUAL] == []
