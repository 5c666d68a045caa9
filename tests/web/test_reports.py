"""The list of reports and the page of each: what is shown first, what a filter leaves, what is downloaded."""

import csv
import io
import json
import re

import pytest


def shown(answer):
    """The runs a list shows, in its order."""
    return re.findall(r'href="[./]*reports/([^"/?]+)"><bdi>', answer.text)


def lines(answer):
    """The lines of the rows that a report shows."""
    return [int(line) for line in re.findall(r'<tr><td class="num">(\d+)', answer.text)]


def test_the_list_shows_the_newest_first(pages, story):
    assert shown(pages.get("reports")) == [story.runs[name] for name in ("held", "simulated", "refused", "done")]


FILTERS = [
    ("command=users", ["held", "done"]),
    ("state=refused", ["refused"]),
    ("q=suspend", ["simulated"]),
    ("q=%25", []),
    ("dag=test", ["held", "simulated", "refused", "done"]),
    ("dag=test&dag_run=run-1", ["done"]),
    ("dag=sync_users", []),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_a_filter_leaves_what_it_says(pages, story, query, names):
    assert shown(pages.get(f"reports?{query}")) == [story.runs[name] for name in names]


def test_the_tab_of_an_airflow_run_keeps_a_plus_in_its_id(pages, story):
    assert shown(pages.get("dags/test/runs/run-1")) == [story.runs["done"]]
    assert "a+b" in pages.get("dags/test/runs/a+b").text


def test_the_list_goes_on_before_a_run(pages, story):
    assert shown(pages.get(f"reports?before={story.runs['refused']}")) == [story.runs["done"]]


def test_the_script_gets_the_rows_alone(pages):
    answer = pages.fragment("reports")
    assert "<html" not in answer.text
    assert "<table" in answer.text
    assert "X-Fragment" in answer.headers["vary"]


def test_a_report_shows_the_problems_first(pages, story):
    assert lines(pages.get(f"reports/{story.runs['done']}")) == [4, 5]
    assert lines(pages.get(f"reports/{story.runs['done']}?kind=all")) == [2, 3, 4, 5]


ROWS = [("code=created", [2]), ("kind=ok&q=N1", [2]), ("kind=all&q=N8", [5]), ("kind=all&after=2", [4, 5])]


@pytest.mark.parametrize(("query", "left"), ROWS)
def test_rows_are_found_by_code_kind_and_name(pages, story, query, left):
    assert lines(pages.fragment(f"reports/{story.runs['done']}?{query}")) == left


def test_what_a_file_holds_is_text_and_no_markup(pages, story):
    text = pages.get(f"reports/{story.runs['done']}?kind=all").text
    assert "<b onmouseover" not in text


def test_a_run_that_is_none_is_said_so(pages):
    assert pages.get("reports/20260101T000000Z-000000").status_code == 404
    assert pages.get("reports/%2e%2e%2fdepot/rows.csv").status_code == 404


def test_downloads_are_attachments_with_the_bytes_of_the_depot(pages, story):
    run, depot = story.run("done"), story.site.depot
    for what, name in (
        ("standalone.html", "report"),
        ("rows.csv", "csv"),
        ("rows.jsonl", "jsonl"),
        ("tryback", "tryback"),
        ("undo.users", "undo.users"),
    ):
        answer = pages.get(f"reports/{run.id}/{what}")
        assert answer.status_code == 200
        assert answer.content == (depot / run.products[name]).read_bytes()
        assert answer.headers["content-disposition"].startswith("attachment; filename=")


def test_the_downloaded_rows_are_the_report_itself(pages, story):
    told = [json.loads(line) for line in pages.get(f"reports/{story.runs['done']}/rows.jsonl").text.splitlines()]
    assert told[0]["run_id"] == story.runs["done"]
    sheet = list(
        csv.DictReader(io.StringIO(pages.get(f"reports/{story.runs['done']}/rows.csv").content.decode("utf-8-sig")))
    )
    assert [row["line"] for row in sheet] == ["2", "3", "4", "5"]


def test_a_file_the_run_has_not_is_not_there(pages, story):
    for what in ("tryback", "undo.users", "undo.", "passwords", "..%2f..%2fuserimport.csv"):
        assert pages.get(f"reports/{story.runs['refused']}/{what}").status_code == 404


def test_a_viewer_sees_the_tryback_greyed_with_the_reason(pages, story):
    text = pages.as_("viewer").get(f"reports/{story.runs['done']}").text
    assert f'href="../reports/{story.runs["done"]}/tryback"' not in text
    assert "Needs the right to edit the DAG" in text


def test_each_undo_file_is_offered_with_the_command_that_takes_back(pages, story):
    place = f'href="../reports/{story.runs["done"]}/undo.users"'
    text = pages.get(f"reports/{story.runs['done']}").text
    assert place in text
    assert "Undo file: Users" in text
    assert place not in pages.as_("viewer").get(f"reports/{story.runs['done']}").text


def test_a_refused_file_says_why_and_what_to_do(pages, story):
    text = pages.get(f"reports/{story.runs['refused']}").text
    assert "error_empty_file" in text


def test_the_page_and_the_report_say_what_the_calls_of_each_function_took(pages, story):
    place = f"reports/{story.runs['done']}"
    for name in (place, f"{place}/standalone.html"):
        text = pages.get(name).text.replace("\N{NO-BREAK SPACE}", " ")
        assert re.search(r"core_user_create_users</span> 1 call, 1 row, \d+(\.\d)? m?s<", text)
    summary = json.loads(pages.get(f"{place}/rows.jsonl").text.splitlines()[-1])
    assert summary["spent"].keys() == summary["calls"].keys()
    assert summary["spent"]["core_user_create_users"]["rows"] == 1
