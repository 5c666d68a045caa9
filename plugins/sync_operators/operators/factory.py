"""Makes every DAG from a declaration of its commands."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, Asset, AssetWatcher, Param, TaskGroup
from airflow.sdk.definitions.timetables.trigger import CronTriggerTimetable

from sync_operators.operators.apply import ApplyOperator
from sync_operators.operators.capture import CaptureOperator
from sync_operators.operators.close import CloseOperator
from sync_operators.operators.course_list import CourseListOperator
from sync_operators.operators.doctor import DoctorOperator
from sync_operators.operators.forget import ForgetOperator
from sync_operators.operators.gate import GateOperator
from sync_operators.operators.plan import PlanOperator
from sync_operators.operators.reconcile import ReconcileOperator
from sync_operators.operators.result import ResultOperator
from sync_operators.operators.retain import RetainOperator
from sync_operators.operators.start import StartOperator
from sync_operators.schedules import config_path, load_schedules

TAGS = frozenset(
    {"tool-sync", "users", "courses", "enrolments", "cohorts", "groups", "pictures", "capture", "approval", "retention"}
)
"""The closed set of tags."""

START = pendulum.datetime(2026, 1, 1, tz="UTC")
DEFAULT_ARGS: dict[str, Any] = {"owner": "tool-sync", "retries": 1, "retry_delay": timedelta(seconds=10)}
HELD_AT_ONCE = 64


def tool_dag(
    dag_id: str,
    *,
    commands: Sequence[str],
    tags: Sequence[str],
    doc: str | None,
    params: dict[str, Param] | None = None,
) -> DAG:
    """`capture`, one task group per command in order, `result`; `params` are those of a command without a file."""
    with _dag(dag_id, tags, doc, params or _params(commands)) as dag:
        capture = CaptureOperator(task_id="capture", commands=tuple(commands))
        before: Any = capture
        for command in commands:
            before = _group(command, capture, before)
        before >> _result()
    return dag


def _group(command: str, capture: CaptureOperator, before: Any) -> CloseOperator:
    """The group of one command, after `before` however that ended, if only capture went well; gives its last task."""
    with TaskGroup(command):
        plan = PlanOperator(task_id="plan", command=command, needs=(capture.task_id,), trigger_rule="all_done")
        [capture, before] >> plan if before is not capture else capture >> plan
        return _after_plan(plan, command)


def capture_dag(dag_id: str, *, tags: Sequence[str], doc: str | None) -> DAG:
    """Capture alone."""
    with _dag(dag_id, tags, doc, _reference()) as dag:
        CaptureOperator(task_id="capture") >> _result()
    return dag


def drop_dag(dag_id: str, *, dags: Mapping[str, Sequence[str]], tags: Sequence[str], doc: str | None) -> DAG:
    """`capture → start → result`, whenever files in the drop are complete; what was captured is started in any case."""
    with _dag(dag_id, tags, doc, _reference(), schedule=_on_drop()) as dag:
        start = StartOperator(task_id="start", dags=dags, trigger_rule="all_done")
        CaptureOperator(task_id="capture") >> start >> _result()
    return dag


def _on_drop() -> list[Asset] | None:
    """The drop as an asset that is watched; None when that is switched off."""
    poll = load_schedules(config_path(os.environ), os.environ).sync_on_drop
    if not poll:
        return None
    # Only one DAG file needs it.
    from sync_operators.triggers.drop import DropTrigger

    return [Asset("sync_drop", watchers=[AssetWatcher(name="sync_drop", trigger=DropTrigger(poll))])]


def doctor_dag(dag_id: str, *, tags: Sequence[str], doc: str | None) -> DAG:
    """One task that looks at the site."""
    params = {
        "commands": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            description="The commands that the site uses; null: those that have had a run, on a new site all.",
        )
    }
    with _dag(dag_id, tags, doc, params) as dag:
        DoctorOperator(task_id="doctor")
    return dag


def retention_dag(dag_id: str, *, tags: Sequence[str], doc: str | None) -> DAG:
    """One task that takes away what is old."""
    params = {"simulate": Param(default=False, type="boolean", description="Only say what would go.")}
    with _dag(dag_id, tags, doc, params) as dag:
        RetainOperator(task_id="retain")
    return dag


def course_list_dag(dag_id: str, *, tags: Sequence[str], doc: str | None) -> DAG:
    """One task that reads the list of courses."""
    with _dag(dag_id, tags, doc, {}) as dag:
        CourseListOperator(task_id="read")
    return dag


def reconcile_dag(dag_id: str, *, commands: Sequence[str], tags: Sequence[str], doc: str | None) -> DAG:
    """One task that compares what was applied with Moodle."""
    params = {
        "command": Param(
            None, type=["null", "string"], enum=[None, *commands], description="Check only this command; null: all."
        ),
        **_reference(),
    }
    with _dag(dag_id, tags, doc, params) as dag:
        ReconcileOperator(task_id="reconcile", commands=tuple(commands))
    return dag


def forget_dag(dag_id: str, *, tags: Sequence[str], doc: str | None) -> DAG:
    """One task that erases an account's data in the ledger; it only counts unless told not to."""
    params = {
        "user": Param(type="integer", minimum=1, description="The account's number in Moodle."),
        "simulate": Param(default=True, type="boolean", description="Only count; `false`: erase."),
        "confirm": Param(
            None,
            type=["null", "string"],
            maxLength=255,
            description="To erase: the account's user name or idnumber, as files have written it.",
        ),
    }
    with _dag(dag_id, tags, doc, params) as dag:
        ForgetOperator(task_id="forget")
    return dag


def held_dag(dag_id: str, *, tags: Sequence[str], doc: str | None) -> DAG:
    """`approve → plan → gate → apply → close → result` for one held run; many may wait side by side."""
    # Airflow's own operator for this costs 13 ms, and no other DAG file needs it.
    from sync_operators.operators.approve import ApproveOperator

    params = {
        "run_id": Param(type="string", minLength=1, description="The held run."),
        "command": Param(type="string", minLength=1, description="Its command."),
    }
    with _dag(dag_id, tags, doc, params, max_active_runs=HELD_AT_ONCE) as dag:
        approve = ApproveOperator(task_id="approve", params={"reason": _reason()})
        plan = PlanOperator(task_id="plan", command="{{ params.command }}")
        approve >> plan
        _after_plan(plan, None) >> _result()
    return dag


def _after_plan(plan: PlanOperator, command: str | None) -> CloseOperator:
    gate = GateOperator(task_id="gate", plan=plan.output)
    apply = ApplyOperator(task_id="apply", plan=plan.output)
    close = CloseOperator(task_id="close", command=command, goes_on=command is not None, trigger_rule="all_done")
    plan >> gate >> apply >> close
    return close


def _result() -> ResultOperator:
    return ResultOperator(task_id="result", trigger_rule="all_done")


def _dag(
    dag_id: str,
    tags: Sequence[str],
    doc: str | None,
    params: dict[str, Param],
    *,
    max_active_runs: int = 1,
    schedule: list[Asset] | None = None,
) -> DAG:
    schedules = load_schedules(config_path(os.environ), os.environ)
    cron = schedules.of(dag_id)
    return DAG(
        dag_id,
        schedule=CronTriggerTimetable(cron, timezone=schedules.timezone) if cron else schedule,
        start_date=START,
        catchup=False,
        max_active_runs=max_active_runs,
        is_paused_upon_creation=schedules.paused,
        params=params,
        default_args=DEFAULT_ARGS,
        tags=["tool-sync", *tags],
        doc_md=doc,
        render_template_as_native_obj=True,
    )


def _params(commands: Sequence[str]) -> dict[str, Param]:
    """What an ERP may ask; the same keys for every tool."""
    return {
        "command": Param(None, type=["null", "string"], enum=[None, *commands], description="Run only this command."),
        "file": Param(
            None,
            type=["null", "string"],
            minLength=1,
            description="Depot path, or name in the drop, to run instead of the active file.",
        ),
        "simulate": Param(default=False, type="boolean", description="Plan and report only; change nothing anywhere."),
        "mode": Param(
            "delta",
            enum=["delta", "reconcile"],
            description="`delta`: rows applied before are not looked up. `reconcile`: compare every row.",
        ),
        "force": Param(
            None,
            type=["null", "boolean"],
            description="Of an undo file: bring back values too that somebody has changed since the run.",
        ),
        **_reference(),
    }


def cleaning_params() -> dict[str, Param]:
    """What may be asked of `categories_clean`: its settings, for one run. It only simulates unless told not to."""
    return {
        "start": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            description="Id of the category to begin with; 0: the whole site. Instead of `categories_clean.start`.",
        ),
        "ignore_empty_subcategories": Param(
            None,
            type=["null", "boolean"],
            description="A category with only empty ones in it is empty too. Instead of the setting of that name.",
        ),
        "keep": Param(
            None,
            type=["null", "array"],
            items={"type": "integer", "minimum": 1},
            description="Ids of categories that stay, empty or not. Instead of `categories_clean.keep`.",
        ),
        "simulate": Param(
            default=True, type="boolean", description="Plan and report only; `false`: delete what the plan names."
        ),
        **_reference(),
    }


def _reason() -> Param:
    """What a person may write beside the answer; where null is no value, Airflow's form insists on one."""
    return Param(
        None,
        type=["null", "string"],
        maxLength=1000,
        description="Why (optional). It stands in the report, and beside a rejected file.",
    )


def _reference() -> dict[str, Param]:
    return {
        "correlation_id": Param(
            None,
            type=["null", "string"],
            maxLength=200,
            description="The ERP's own reference; comes back in result and report.",
        )
    }
