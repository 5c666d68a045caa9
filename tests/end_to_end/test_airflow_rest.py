"""One whole Airflow, driven over REST as an ERP and the people around it would; the tests are one story, in order."""

import json
import time
from contextlib import ExitStack, closing
from itertools import pairwise

import httpx
import pytest

from tests.end_to_end.airflow_site import HELD, airflow_site, eventually, processes_of
from tests.end_to_end.manual import blocks, run

pytestmark = pytest.mark.airflow

PASSWORD = "Canary-0f-the-F1le!"
HEADER = "username;firstname;lastname;idnumber;email;password\n"
LIMITS = "users: {file: 'userimport*.csv'}\nguards: {users_delete: {delete: {count: 1}}}\n"
GONE = (
    "noah.martin", "emma.bernard", "liam.petit", "chloe.roux", "hugo.blanc", "ines.faure", "jade.girard", "leo.morel",
)  # fmt: skip


def users(*names):
    return HEADER + "".join(f"{n};{n};Test;ID-{n};{n}@example.org;{PASSWORD}\n" for n in names)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    with airflow_site(folder, {}) as started:
        started.configure(LIMITS)
        started.sandbox.control.add_accounts([{"username": name, "email": f"{name}@example.org"} for name in GONE])
        yield started
    assert processes_of(started.home) == []


@pytest.fixture(scope="module")
def people(site):
    """A client for each person."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(closing(site.user(name))) for name in ("erp", "viewer", "admin")}


def hold(site, run_id, *names, by=None):
    """A deletion over the limit; the run's id and that of the DAG run that asks about it."""
    site.drop("userdelete.csv", "username\n" + "".join(f"{name}\n" for name in names))
    assert site.trigger(run_id, by=by, command="users_delete").status_code == 200
    colour, result = site.erp.result("sync_users", run_id)
    assert (colour, result["state"]) == ("success", "held")
    run = result["runs"][0]["run_id"]
    asking = eventually(lambda: [name for name in site.dag_runs(HELD) if name.startswith(f"held-{run}-")])
    eventually(lambda: site.questions(asking[0]))
    time.sleep(1)  # an answer at once would meet Airflow's race with its own parking
    return run, asking[0]


def test_an_erp_triggers_under_its_own_id_and_waits_for_the_result(site):
    site.drop("userimport.csv", users("ann", "bob") + "cat;;Test;ID-cat;cat@example.org;" + PASSWORD + "\n")
    colour, result = site.run("erp-2026-0001", correlation_id="erp-1")
    assert (colour, result["state"], result["correlation_id"]) == ("success", "done_with_errors", "erp-1")
    (run,) = result["runs"]
    assert run["counts"] == {"created": 2, "error_missing_value": 1}
    assert site.sandbox.control.password_is("ann", PASSWORD)
    assert (site.depot / run["tryback"]).exists()


@pytest.mark.parametrize(
    ("run_id", "who", "conf", "status"),
    [
        ("erp-2026-0001", "erp", {}, 409),
        ("erp-viewer", "viewer", {}, 403),
        ("erp-mode", "erp", {"mode": "full"}, 400),
        ("erp-command", "erp", {"command": "courses"}, 400),
        ("erp-simulate", "erp", {"simulate": "yes"}, 400),
        ("erp/2026", "erp", {}, 400),
    ],
)
def test_airflow_refuses(site, people, run_id, who, conf, status):
    assert site.trigger(run_id, by=people[who], **conf).status_code == status


def test_nobody_triggers_without_a_token(site):
    with httpx.Client(base_url=site.admin.base_url, trust_env=False) as nobody:
        assert site.trigger("erp-nobody", by=nobody).status_code == 401


def test_an_unknown_key_is_red_and_said_in_result_and_log(site):
    colour, result = site.run("erp-2026-0002", correlation_id="erp-2", simulat=True)
    said = "Unknown key in conf: `simulat` (did you mean `simulate`?)."
    assert (colour, result["state"], result["correlation_id"], result["runs"]) == ("failed", "failed", "erp-2", [])
    assert result["messages"][0].startswith(said)
    assert said in site.log("sync_users", "erp-2026-0002", "capture")


def test_the_log_of_a_task_shows_our_lines_at_info(site):
    told = {task: site.log("sync_users", "erp-2026-0001", task) for task in ("capture", "users.plan", "users.apply")}
    assert "file=userimport.csv" in told["capture"]
    assert "plan: run=" in told["users.plan"]
    assert "call: function=core_user_create_users rows=2" in told["users.apply"]
    assert '"level":"debug"' not in "".join(told.values())


def test_while_files_wait_the_dag_starts_itself_again_one_run_after_another(site):
    for number in (1, 2, 3):
        site.drop(f"userimport{number}.csv", users(f"more{number}"))
    before = set(site.dag_runs("sync_users"))
    assert [site.trigger(f"erp-twin-{n}", command="users", correlation_id="m").status_code for n in (1, 2)] == [
        200,
        200,
    ]
    eventually(lambda: site.names("archives").count("userimport3.csv"), within=90)
    new = eventually(lambda: _all_ended(site, before))
    assert {run["state"] for run in new} == {"success"}
    # Whose runs finished a file while more were waiting started one more: the first two of three files did.
    assert len([run for run in new if run["dag_run_id"].startswith("more-")]) == 2
    assert all(run["conf"] == {"command": "users", "correlation_id": "m"} for run in new)
    assert all(one["end_date"] <= other["start_date"] for one, other in pairwise(new))
    created = [call for call in site.sandbox.control.journal() if call["function"] == "core_user_create_users"]
    assert sorted(row["username"] for call in created for row in call["args"]["users"]) == [
        "ann", "bob", "more1", "more2", "more3",
    ]  # fmt: skip


def test_when_several_commands_have_more_files_one_run_goes_on_for_all(site):
    site.configure(LIMITS + "cohorts: {file: 'cohorts*.csv'}\n")
    for number in (4, 5):
        site.drop(f"userimport{number}.csv", users(f"more{number}"))
        site.drop(f"cohorts{number}.csv", f"cidnumber;cname\nNEW-{number};New {number}\n")
    _, first = site.erp.result("sync_all", site.erp.trigger("sync_all", {"correlation_id": "all"}, "erp-all"))
    _, second = site.erp.result("sync_all", "more-1-erp-all")
    for result, number in ((first, 4), (second, 5)):
        assert [(run["file"], run["state"]) for run in result["runs"]] == [
            (f"userimport{number}.csv", "done"), (f"cohorts{number}.csv", "done"),
        ]  # fmt: skip
    assert second["correlation_id"] == "all"
    assert set(site.dag_runs("sync_all")) == {"erp-all", "more-1-erp-all"}


def _all_ended(site, before):
    new = [run for name, run in site.dag_runs("sync_users").items() if name not in before]
    if len(new) >= 4 and all(run["state"] in {"success", "failed"} for run in new):
        return sorted(new, key=lambda run: run["start_date"])
    return []


@pytest.fixture(scope="module")
def page(site):
    """Runs shell blocks of the manual's page by their numbers, after the one that logs in."""
    told = blocks("docs/how-to/rest.md")
    assert [block.count("curl") for block in told] == [1, 1, 1, 0, 2]

    def run_blocks(*numbers, **variables):
        script = "echo\n".join(told[number] for number in (0, *numbers))
        return run(script, AIRFLOW=str(site.admin.base_url).rstrip("/"), PASSWORD="erp", **variables)

    return run_blocks


def test_the_lines_of_the_manual_start_a_run_once_and_tell_its_result(site, page):
    site.drop("userimport.csv", users("curl"))
    done = page(1, 2)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    result = last["results"]["result"]
    assert (last["state"], result["state"], result["correlation_id"]) == ("success", "done", "erp-42")
    assert "curl" in site.sandbox.control.people()
    again = page(1)
    assert again.returncode == 22  # curl's word for an HTTP error: 409


def test_the_client_of_the_manual_starts_a_run_once_and_may_ask_again(site, page):
    site.drop("userimport.csv", users("python"))
    first, again = page(3), page(3)
    assert first.returncode == 0, first.stderr
    assert (json.loads(first.stdout)["state"], json.loads(first.stdout)["correlation_id"]) == ("done", "erp-43")
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert "python" in site.sandbox.control.people()


@pytest.mark.parametrize(
    ("run_id", "conf", "says"),
    [("client-mode", '{"mode": "full"}', "400 "), ("client-key", '{"simulat": true}', "did you mean `simulate`?")],
)
def test_the_client_of_the_manual_fails_and_says_why(site, run_id, conf, says):
    airflow = str(site.admin.base_url).rstrip("/")
    line = f"python3 docs/examples/start_run.py sync_users {run_id} '{conf}'"
    done = run(line, AIRFLOW=airflow, AIRFLOW_USER="erp", AIRFLOW_PASSWORD="erp")
    assert done.returncode == 1
    assert says in done.stdout + done.stderr


def test_a_held_plan_is_answered_by_the_lines_of_the_manual(site, page):
    _, asking = hold(site, "erp-held-0", *GONE[6:8])
    done = page(4, RUN=asking)
    assert done.returncode == 0, done.stderr
    assert asking in done.stdout
    assert site.erp.result(HELD, asking)[1]["state"] == "done"


def test_a_held_plan_waits_in_required_actions_and_is_applied_when_approved(site, people):
    run, asking = hold(site, "erp-held-1", *GONE[:2])
    assert site.run("erp-held-2", command="users_delete")[1]["state"] == "held"
    assert [name for name in site.dag_runs(HELD) if run in name] == [asking]
    (question,) = site.questions(asking)
    assert question["subject"].startswith("userdelete.csv: delete 2? Plan ")
    assert "(guards.users_delete.delete.count)" in question["body"]
    assert site.answer(asking, "Approve", by=people["viewer"]).status_code == 403
    assert site.answer(asking, "Perhaps", by=people["erp"]).status_code == 400
    assert site.answer(asking, "Approve", by=people["erp"], reason="left in June").status_code == 200
    assert site.answer(asking, "Reject", by=people["admin"]).status_code == 409
    colour, result = site.erp.result(HELD, asking)
    assert (colour, result["state"], result["runs"][0]["counts"]) == ("success", "done", {"deleted": 2})
    assert not set(GONE[:2]) & set(site.sandbox.control.people())
    assert "left in June" in (site.depot / result["runs"][0]["report"]).read_text()


def test_a_rejected_file_lies_in_quarantine_with_who_and_why(site, people):
    site.configure(LIMITS + "approvals: {approvers: [admin]}\n")
    run, asking = hold(site, "erp-held-3", *GONE[2:4])
    assert site.answer(asking, "Approve", by=people["erp"]).status_code == 403
    assert site.answer(asking, "Reject", by=people["admin"], reason="half the faculty").status_code == 200
    colour, result = site.erp.result(HELD, asking)
    assert (colour, result["state"]) == ("success", "rejected")
    assert site.tasks(HELD, asking)["apply"] == "skipped"
    why = next(path for path in (site.depot / "quarantine").rglob(f"{run}*.why.txt")).read_text()
    assert "admin" in why
    assert "half the faculty" in why
    assert set(GONE[2:4]) <= set(site.sandbox.control.people())


def test_who_started_a_run_does_not_answer_where_four_eyes_are_wanted(site, people):
    site.configure(LIMITS + "approvals: {four_eyes: true}\n")
    _, asking = hold(site, "erp-held-4", *GONE[2:4], by=people["erp"])
    assert site.answer(asking, "Approve", by=people["erp"]).status_code == 200
    eventually(lambda: "may not answer" in site.log(HELD, asking, "approve"))
    eventually(lambda: site.questions(asking))
    time.sleep(1)
    assert site.answer(asking, "Approve", by=people["admin"]).status_code == 200
    assert site.erp.result(HELD, asking)[1]["state"] == "done"


def test_when_nobody_answers_in_time_the_file_is_rejected(site):
    site.configure(LIMITS + "approvals: {timeout: 2 s}\n")
    site.drop("userdelete.csv", "username\n" + "".join(f"{name}\n" for name in GONE[4:6]))
    run = site.run("erp-held-5", command="users_delete")[1]["runs"][0]["run_id"]
    (asking,) = eventually(lambda: [name for name in site.dag_runs(HELD) if run in name])
    colour, result = site.erp.result(HELD, asking)
    assert (colour, result["state"]) == ("success", "rejected")
    why = next(path for path in (site.depot / "quarantine").rglob(f"{run}*.why.txt")).read_text()
    assert "nobody in time" in why


def test_no_secret_stands_anywhere_but_where_it_must(site):
    """Everything that Airflow and we have written in this story: logs, XComs, rendered templates, reports, ledger."""
    secrets = {
        "token": site.sandbox.token,
        "drop": site.sandbox.sftp.password,
        "password of the file": PASSWORD,
    }
    written = [path for folder in (site.home, site.depot) for path in folder.rglob("*") if path.is_file()]
    told = [path for path in written if path.relative_to(site.home.parent).parts[:2] not in HOLD_THE_FILE]
    assert any(path.name == "airflow.db" for path in told)
    assert any(path.name == "ledger.sqlite3" for path in told)
    assert len([path for path in told if path.suffix == ".log"]) > 20
    found = [
        (name, str(path)) for path in told for name, secret in secrets.items() if secret.encode() in path.read_bytes()
    ]
    assert found == []
    holding = [path for path in (site.depot / "tryback").rglob("*.csv") if PASSWORD.encode() in path.read_bytes()]
    assert [path.stat().st_mode & 0o777 for path in holding] == [0o600]


HOLD_THE_FILE = {("depot", "archives"), ("depot", "tryback"), ("depot", "quarantine")}
