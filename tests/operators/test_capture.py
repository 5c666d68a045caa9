"""What a capture tells Airflow: its XCom, its counters, and the DAG that a bundle starts."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.sdk.exceptions import DagRunTriggerException
from airflow.sdk.observability.stats import Stats

import sync_operators
from sync_operators.intake.report import CaptureReport, Taken
from sync_operators.operators.capture import _start_all
from sync_operators.operators.metrics import count_capture
from tests.operators.airflow_parts import context

MANUAL = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
REPORT = CaptureReport(
    (
        Taken(".hidden", "ignored_hidden", 7),
        Taken("a.csv", "captured", 10, "0" * 64, "a.csv"),
        Taken("b.csv", "captured", 20, "0" * 64, "b.csv"),
        Taken("c.csv", "error_transfer", 5, reason="Failure"),
    )
)


def test_the_xcom_tells_counts_and_first_what_asks_for_a_look():
    assert REPORT.as_dict() == {
        "counts": {"ignored_hidden": 1, "captured": 2, "error_transfer": 1},
        "files": [
            {"name": "c.csv", "code": "error_transfer", "reason": "Failure"},
            {"name": "a.csv", "code": "captured", "reason": ""},
            {"name": "b.csv", "code": "captured", "reason": ""},
            {"name": ".hidden", "code": "ignored_hidden", "reason": ""},
        ],
        "left_out": 0,
    }


def test_the_xcom_tells_a_hundred_names_and_how_many_more_there_are():
    many = CaptureReport(tuple(Taken(f".{n}", "ignored_hidden") for n in range(20_000)))
    told = many.as_dict()
    assert (told["counts"], len(told["files"]), told["left_out"]) == ({"ignored_hidden": 20_000}, 100, 19_900)


def test_the_log_names_each_file_that_stays_and_why(caplog):
    caplog.set_level("INFO")
    REPORT.say()
    assert caplog.messages == [
        "ignored_hidden: file=.hidden bytes=7 ",
        "error_transfer: file=c.csv bytes=5 Failure",
        "capture: ignored_hidden=1 captured=2 error_transfer=1",
    ]


def test_metrics_count_names_by_code_and_bytes(monkeypatch):
    counted = {}
    monkeypatch.setattr(Stats, "incr", lambda name, count=1: counted.update({name: count}))
    count_capture(REPORT)
    assert counted == {
        "tool_sync.captures": 1,
        "tool_sync.capture.bytes": 30,
        "tool_sync.capture.captured": 2,
        "tool_sync.capture.error_transfer": 1,
        "tool_sync.capture.ignored_hidden": 1,
    }


def test_every_counter_is_in_the_manual():
    text = Path(sync_operators.__file__).with_name("codes.yaml").read_text()
    section = text.partition("# What was found in the drop")[2]
    names = [line[:-1] for line in section.partition("\n# ")[0].splitlines() if line and line[0].isalpha()]
    assert "error_archive" in names
    text = MANUAL.read_text()
    for name in ("tool_sync.captures", "tool_sync.capture.bytes", *(f"tool_sync.capture.{code}" for code in names)):
        assert f"`{name}`" in text


def test_a_bundle_starts_the_dag_that_runs_all():
    told = context()
    with pytest.raises(DagRunTriggerException) as caught:
        _start_all(told, 7, {"counts": {}})
    assert (caught.value.trigger_dag_id, caught.value.dag_run_id, caught.value.conf) == ("sync_all", "bundle-7", {})
    assert told["ti"].pushed == {"return_value": {"counts": {}}}


def test_a_bundle_whose_run_is_under_way_starts_no_other():
    told = context()
    told["ti"] = replace(told["ti"], dag_runs=("sync_all/bundle-7",))
    _start_all(told, 7, {})
    assert told["ti"].pushed == {}


def test_a_bundle_whose_run_ended_before_it_began_is_started_again():
    told = context()
    told["ti"] = replace(told["ti"], dag_runs=("sync_all/bundle-7",), ended=("sync_all/bundle-7",))
    with pytest.raises(DagRunTriggerException) as caught:
        _start_all(told, 7, {})
    assert caught.value.dag_run_id.startswith(f"bundle-7-{datetime.now(UTC):%Y%m%dT}")


def test_a_dags_test_starts_nothing():
    told = context(by="dag_test")
    _start_all(told, 7, {})
    assert told["ti"].pushed == {}
