"""What every DAG keeps to: its name, its page, its schedule, its wiring."""

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError

from include.sandbox.environment import ROOT
from sync_operators.operators.factory import DEFAULT_ARGS, TAGS
from tests.dags.airflow_here import dag

NAMES = sorted(path.stem for path in (ROOT / "dags").glob("*.py"))
SCHEDULES = {
    "sync_all": None,
    "sync_capture": "*/10 * * * *",
    "sync_categories_clean": None,
    "sync_cohorts": "15 */12 * * *",
    "sync_course_list": None,
    "sync_courses": "0 */12 * * *",
    "sync_courses_check": None,
    "sync_courses_reset": None,
    "sync_doctor": None,
    "sync_enrolments": "30 */6 * * *",
    "sync_forget": None,
    "sync_groups": "45 */6 * * *",
    "sync_held": None,
    "sync_on_drop": None,
    "sync_pictures": "0 */12 * * *",
    "sync_reconcile": "0 2 * * 0",
    "sync_retention": "0 1 * * *",
    "sync_users": "0 */6 * * *",
}
COMMANDS = ("users", "users_delete", "users_suspend")
IN_ORDER = (
    "courses_delete", "courses_create", "courses_meta", "users", "cohorts", "cohort_links", "enrolments", "groups",
    "group_members", "pictures", "users_delete", "users_suspend",
)  # fmt: skip
ALONE = {
    "sync_doctor": "doctor",
    "sync_forget": "forget",
    "sync_retention": "retain",
    "sync_course_list": "read",
    "sync_reconcile": "reconcile",
}
BY_HAND = {"courses_check", "courses_reset", "categories_clean"}
CLEANING = "sync_categories_clean"
STEPS = ("plan", "gate", "apply", "close")
ERP = {"command", "file", "simulate", "mode", "force", "correlation_id"}


def test_every_file_makes_the_one_dag_of_its_name():
    bag = DagBag(ROOT / "dags")
    assert bag.import_errors == {}
    assert sorted(bag.dags) == NAMES == sorted(SCHEDULES)


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_has_a_page_tags_of_the_closed_set_and_the_shared_arguments(name):
    found = dag(name)
    assert found.doc_md.strip().startswith("### ")
    assert "tool-sync" in found.tags
    assert found.tags <= TAGS
    assert DEFAULT_ARGS.items() <= found.default_args.items()
    assert all(task.owner == "tool-sync" and task.retries == 1 for task in found.tasks)


@pytest.mark.parametrize("name", NAMES)
def test_a_dag_runs_when_the_design_says_one_at_a_time_and_never_what_it_missed(name):
    found = dag(name)
    assert _cron(found) == SCHEDULES[name]
    assert found.max_active_runs == (64 if name == "sync_held" else 1)
    assert (found.catchup, found.is_paused_upon_creation) == (False, False)


@pytest.mark.parametrize("name", NAMES)
def test_the_only_leaf_decides_the_colour(name):
    found = dag(name)
    if name in ALONE:
        assert [task.task_id for task in found.tasks] == [ALONE[name]]
        return
    assert [task.task_id for task in found.leaves] == ["result"]
    assert found.get_task("result").trigger_rule == "all_done"


def test_the_tool_dag_has_two_tasks_and_four_for_each_command():
    steps = [f"{command}.{step}" for command in COMMANDS for step in STEPS]
    assert [task.task_id for task in dag("sync_users").topological_sort()] == ["capture", *steps, "result"]


def test_a_command_follows_the_one_before_it_and_needs_capture():
    tasks = dag("sync_users").task_dict
    assert tasks["users.plan"].upstream_task_ids == {"capture"}
    assert tasks["users_delete.plan"].upstream_task_ids == {"capture", "users.close"}
    assert tasks["users_suspend.plan"].upstream_task_ids == {"capture", "users_delete.close"}
    assert {(task.trigger_rule, task.needs) for name, task in tasks.items() if name.endswith(".plan")} == {
        ("all_done", ("capture",))
    }


def test_everything_runs_in_the_order_of_dependence_and_accounts_leave_last():
    tasks = [task.task_id for task in dag("sync_all").topological_sort()]
    assert tasks == ["capture", *(f"{name}.{step}" for name in IN_ORDER for step in STEPS), "result"]
    assert dag("sync_all").params.get_param("command").schema["enum"] == [None, *IN_ORDER]


def test_everything_is_whatever_a_scheduled_dag_runs_in_that_dags_order():
    tasks = {name: dag(name).task_dict for name in NAMES}
    declared = {name: each["capture"].commands for name, each in tasks.items() if "capture" in each}
    runs_it = {command: name for name, commands in declared.items() if name != "sync_all" for command in commands}
    assert set(declared["sync_all"]) == set(runs_it) - BY_HAND
    for commands in declared.values():
        assert [each for each in declared["sync_all"] if each in commands] == [
            each for each in commands if each not in BY_HAND
        ]


def test_what_comes_starts_whatever_runs_it_by_schedule():
    tasks = {name: dag(name).task_dict for name in NAMES}
    scheduled = {name for name, cron in SCHEDULES.items() if cron and "capture" in tasks[name]}
    declared = {name: tasks[name]["capture"].commands for name in scheduled}
    assert tasks["sync_on_drop"]["start"].dags == {name: each for name, each in declared.items() if each}
    assert tasks["sync_on_drop"]["start"].trigger_rule == "all_done"


@pytest.mark.parametrize(("given", "polls"), [(None, [2.0]), ("0.5", [0.5]), ("null", []), ("often", [2.0])])
def test_one_line_says_how_often_the_drop_is_looked_at_or_never(given, polls, monkeypatch):
    if given is not None:
        monkeypatch.setenv("SYNC__SCHEDULES__SYNC_ON_DROP", given)
    found = dag("sync_on_drop")
    condition = getattr(found.timetable, "asset_condition", None)
    watchers = [watcher for asset in condition.objects for watcher in asset.watchers] if condition else []
    assert [watcher.trigger.poll for watcher in watchers] == polls


def test_a_held_plan_is_asked_about_before_all_else():
    tasks = dag("sync_held").topological_sort()
    assert [task.task_id for task in tasks] == ["approve", "plan", "gate", "apply", "close", "result"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("sync_users", ERP),
        ("sync_capture", {"correlation_id"}),
        ("sync_on_drop", {"correlation_id"}),
        ("sync_held", {"run_id", "command"}),
        ("sync_doctor", {"commands"}),
        ("sync_forget", {"user", "simulate", "confirm"}),
        ("sync_retention", {"simulate"}),
        ("sync_reconcile", {"command", "correlation_id"}),
        (CLEANING, {"start", "ignore_empty_subcategories", "keep", "simulate", "correlation_id"}),
    ],
)
def test_a_dag_takes_these_keys_and_says_what_each_means(name, keys):
    params = dag(name).params
    assert set(params) == keys
    assert all(params.get_param(key).description for key in keys)


@pytest.mark.parametrize(
    ("key", "wrong", "right"),
    [
        ("command", ["courses", "", 1], [None, *COMMANDS]),
        ("file", ["", 1], [None, "userimport.csv"]),
        ("simulate", ["true", 1, None], [True, False]),
        ("force", ["yes", 1], [None, True, False]),
        ("mode", ["full", None], ["delta", "reconcile"]),
        ("correlation_id", [1, "x" * 201], [None, "", "x" * 200]),
    ],
)
def test_a_wrong_value_is_refused_by_json_schema(key, wrong, right):
    for value in wrong:
        with pytest.raises(ParamValidationError):
            dag("sync_users").params.get_param(key).resolve(value)
    assert [dag("sync_users").params.get_param(key).resolve(value) for value in right] == right


@pytest.mark.parametrize(
    ("key", "wrong", "right"),
    [
        ("start", [-1, "12", 1.5], [None, 0, 12]),
        ("ignore_empty_subcategories", ["true", 1], [None, True, False]),
        ("keep", [12, ["a"], [0]], [None, [], [1, 2]]),
        ("simulate", [None, "false", 0], [True, False]),
    ],
)
def test_what_is_asked_of_a_command_without_a_file_is_checked_too(key, wrong, right):
    for value in wrong:
        with pytest.raises(ParamValidationError):
            dag(CLEANING).params.get_param(key).resolve(value)
    assert [dag(CLEANING).params.get_param(key).resolve(value) for value in right] == right


def test_categories_are_only_deleted_when_somebody_says_so():
    assert dag(CLEANING).params["simulate"] is True


def test_a_faulty_configuration_leaves_the_dags_with_default_schedules(monkeypatch, tmp_path):
    config = tmp_path / "sync.yaml"
    config.write_text("schedules:\n  sync_users: every day\n  sync_captur: 5\nusers: [\n")
    monkeypatch.setenv("SYNC_CONFIG", str(config))
    assert {name: _cron(dag(name)) for name in NAMES} == SCHEDULES


def test_schedule_time_zone_and_pause_come_from_the_settings(monkeypatch):
    monkeypatch.setenv("SYNC__SCHEDULES__SYNC_USERS", "30 4 * * *")
    monkeypatch.setenv("SYNC__SCHEDULES__SYNC_CAPTURE", "null")
    monkeypatch.setenv("SYNC__SCHEDULES__TIMEZONE", "Europe/Vienna")
    monkeypatch.setenv("SYNC__SCHEDULES__PAUSED", "true")
    users, capture = dag("sync_users"), dag("sync_capture")
    assert (_cron(users), str(users.timetable.timezone), _cron(capture)) == ("30 4 * * *", "Europe/Vienna", None)
    assert (users.is_paused_upon_creation, capture.is_paused_upon_creation) == (True, True)


def _cron(found):
    return getattr(found.timetable, "expression", None)
