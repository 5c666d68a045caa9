"""The report contract of the manual is the one that the code keeps."""

import json

from docs.generate import ROOT
from docs.generators.reports import CSV_COLUMNS, WHY_COLUMNS, documented, every_row, example

MANUAL = (ROOT / "docs/reference/report.md").read_text(encoding="utf-8")


def _lines():
    return [json.loads(line) for line in example().splitlines()]


def test_the_example_is_in_the_manual():
    assert f"```json\n{example()}```" in MANUAL


def test_every_key_of_a_line_is_explained_and_no_other():
    run, *_, summary = _lines()
    rows = {name for row in every_row() for name in row}
    shown = {"run": set(run), "row": rows, "summary": set(summary)}
    assert {part: names - {"type"} for part, names in shown.items()} == {
        part: set(documented()[part]) for part in ("run", "row", "summary")
    }


def test_the_columns_of_the_tables_are_explained_in_their_order():
    assert documented()["csv"] == list(CSV_COLUMNS)
    assert documented()["why"] == list(WHY_COLUMNS)


def test_the_example_keeps_what_the_page_says_of_it():
    run, *rows, summary = _lines()
    assert (run["type"], {row["type"] for row in rows}, summary["type"]) == ("run", {"row"}, "summary")
    assert sum(summary["counts"].values()) == len(rows) + summary["counts"]["unchanged"]
