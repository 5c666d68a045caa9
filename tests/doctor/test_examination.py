"""Each check of the doctor, green on a whole site and red on one where just that is amiss."""

import json
import os
import resource
import socket
import sqlite3
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import asyncssh
import pytest
from fsspec.implementations.local import LocalFileSystem

from sync_operators.depot.storage import Depot as Store
from sync_operators.doctor import checks
from sync_operators.doctor.depot import Depot
from sync_operators.doctor.drop import Drop
from sync_operators.doctor.finding import Words, catalogue
from sync_operators.doctor.ledger import Ledger
from sync_operators.doctor.moodle import Moodle
from sync_operators.ledger import migrations, open_ledger, runs, sites
from sync_operators.moodle.capabilities import NEEDED
from sync_operators.plans.workplace import utc_now
from sync_operators.tools import tools

OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def ledger_file(doctor):
    path = doctor.depot / ".ledger" / "ledger.sqlite3"
    with open_ledger(f"sqlite:///{path}", clock=utc_now):
        pass
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_whole_site_is_well_and_nothing_is_left_behind(doctor):
    answer = doctor.look()
    assert answer.at("warn", "fail") == []
    assert answer.at("skipped") == ["moodle/capabilities"]
    assert doctor.control.counts().writes == 0
    assert list(doctor.sandbox.drop.iterdir()) == []
    assert [path for path in doctor.depot.rglob("*") if path.is_file()] == []


def broken_configuration(doctor):
    doctor.set(SYNC__USERS__FIEL="x.csv", SYNC__MOODLE__MAX_FIELDS="none")


def no_approvers(doctor):
    doctor.set(SYNC__APPROVALS__APPROVERS="[]")


def missing(name):
    return lambda doctor: doctor.unset(f"AIRFLOW_CONN_{name.upper()}")


def drop_with(extra=None, **fields):
    return lambda doctor: doctor.connection("sync_drop", extra=extra, **fields)


def dead_drop(doctor):
    doctor.connection("sync_drop", port=free_port())


def dead_moodle(doctor):
    doctor.connection("sync_moodle", host=f"http://127.0.0.1:{free_port()}")


def refuses(of, nth=1, times=1):
    return lambda doctor: doctor.control.fail_request(of=of, nth=nth, times=times)


def ahead(doctor):
    doctor.ahead = timedelta(minutes=10)


def stale_lock(doctor):
    path = doctor.sandbox.drop / "lock.txt"
    path.write_text("1\nsomebody\n")
    os.utime(path, (1_600_000_000, 1_600_000_000))


def depot_under_a_file(doctor):
    file = doctor.depot.with_name("file")
    file.write_text("x")
    url = f"sqlite:///{doctor.depot}/ledger.sqlite3"
    doctor.set(SYNC__DEPOT__URL=f"{file.as_uri()}/depot", AIRFLOW_CONN_SYNC_LEDGER=url)


def newer_ledger(doctor):
    with sqlite3.connect(ledger_file(doctor)) as file:
        file.execute("UPDATE sync_ledger_version SET version_num = '9999'")


def older_ledger(doctor):
    ledger_file(doctor)
    doctor.patch.setattr(migrations, "known_versions", lambda known=migrations.known_versions: [*known(), "9999"])


def damaged_ledger(doctor):
    path = ledger_file(doctor)
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        page, root = (
            file.execute("PRAGMA page_size").fetchone()[0],
            file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()[0],
        )
    with path.open("r+b") as raw:
        raw.seek((root - 1) * page)
        raw.write(b"\xff" * 200)


def ledger_in_read_only_place(doctor):
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER="sqlite:////proc/self/ledger.sqlite3")


def key_lost(doctor):
    (ledger_file(doctor).parent / "ledger.sqlite3.key").unlink()


def site(**changes):
    return lambda doctor: doctor.control.set_site(**changes)


def without_function(name):
    return lambda doctor: doctor.control.remove_function(name)


def without_capability(name):
    return lambda doctor: doctor.control.remove_capability(name)


def renumbered(doctor):
    doctor.set(SYNC__ROLES__EDITINGTEACHER="33")


def unmapped(doctor):
    doctor.set(SYNC__ROLES__EDITINGTEACHER="null")


SICK = {
    "a faulty configuration": (broken_configuration, "fail", "configuration/settings"),
    "nobody named to decide": (no_approvers, "warn", "configuration/approvers"),
    "no drop": (missing("sync_drop"), "fail", "connections/sync_drop"),
    "no moodle": (missing("sync_moodle"), "fail", "connections/sync_moodle"),
    "a dead drop": (dead_drop, "fail", "drop/reach"),
    "another host key": (drop_with({"host_key": OTHER_KEY}), "fail", "drop/host_key"),
    "a wrong password": (drop_with(password="no"), "fail", "drop/login"),
    "no such directory": (drop_with({"path": "/nowhere"}), "fail", "drop/listing"),
    "a read-only drop": (lambda doctor: doctor.control.set_read_only(), "fail", "drop/write"),
    "a drop that renames nothing": (refuses("rename"), "warn", "drop/rename"),
    "a drop that deletes nothing": (refuses("remove"), "fail", "drop/delete"),
    "a stale lock": (stale_lock, "warn", "drop/lock"),
    "a clock of the drop": (ahead, "warn", "drop/clock"),
    "a clock of Moodle": (ahead, "warn", "moodle/clock"),
    "no depot": (depot_under_a_file, "fail", "depot/rights"),
    "a depot with too little room": (
        lambda doctor: doctor.set(SYNC__DEPOT__RESERVE="9000 TB"),
        "fail",
        "depot/space",
    ),
    "a depot with little room": (lambda doctor: doctor.set(SYNC__DROP__MAX_BYTES="9000 TB"), "warn", "depot/space"),
    "a newer ledger": (newer_ledger, "fail", "ledger/version"),
    "an older ledger": (older_ledger, "warn", "ledger/version"),
    "a damaged ledger": (damaged_ledger, "fail", "ledger/integrity"),
    "a ledger where nothing can be written": (ledger_in_read_only_place, "fail", "ledger/rights"),
    "a lost key": (key_lost, "warn", "ledger/key"),
    "a dead Moodle": (dead_moodle, "fail", "moodle/reach"),
    "web services off": (site(state="webservices_off"), "fail", "moodle/reach"),
    "maintenance": (site(state="maintenance_admin"), "fail", "moodle/reach"),
    "an unknown token": (lambda doctor: doctor.control.revoke_token(), "fail", "moodle/token"),
    "an expired token": (site(state="token_expired"), "fail", "moodle/token"),
    "a suspended account": (site(state="account_suspended"), "fail", "moodle/token"),
    "a missing function": (without_function("core_user_create_users"), "fail", "moodle/functions"),
    "no look-ups": (without_function("core_user_get_users_by_field"), "warn", "moodle/sight"),
    "an account that sees nobody": (without_capability("moodle/user:viewdetails"), "fail", "moodle/sight"),
    "an account that manages no groups": (
        without_capability("moodle/course:managegroups"),
        "fail",
        "moodle/capabilities",
    ),
    "a small max_input_vars": (site(max_input_vars=500), "fail", "moodle/fields"),
    "no uploads": (site(uploads=False), "fail", "moodle/uploads"),
    "small uploads": (site(max_upload_bytes=10_000), "warn", "moodle/uploads"),
    "another number of a role": (renumbered, "fail", "moodle/roles"),
    "a role without a number": (unmapped, "warn", "moodle/roles"),
    "an account that sees no participants": (
        without_capability("moodle/course:viewparticipants"),
        "fail",
        "moodle/roles",
    ),
}
# What follows from the same cause.
ALSO = {
    "a clock of the drop": ["moodle/clock"],
    "a clock of Moodle": ["drop/clock"],
    "no look-ups": ["moodle/fields", "moodle/functions"],
}
# Red in tests of their own below.
ELSEWHERE = {"configuration/commands", "drop/exclusive", "moodle/version", "moodle/account"}
NEVER = {"connections/sync_ledger"}


@pytest.mark.parametrize("name", SICK)
def test_what_is_amiss_is_found_and_the_other_checks_go_on(doctor, name):
    make_sick, level, where = SICK[name]
    make_sick(doctor)
    answer = doctor.look()
    assert set(answer.at("warn", "fail")) == {where, *ALSO.get(name, ())}
    assert level in {found for found, _ in answer.of(where)}
    assert answer.at("ok")
    assert all(one.remedy for one in answer.findings if one.level in ("warn", "fail"))


def test_every_check_is_seen_red():
    every = {".".join(key.split(".")[:2]).replace(".", "/") for key in catalogue() if not key.startswith("any.")}
    red = {where for _, _, where in SICK.values()}
    assert every - red == ELSEWHERE | NEVER
    names = {f"{kind.name}/{check}" for kind in (Depot, Drop, Ledger, Moodle) for check in kind.checks}
    assert names <= every


@pytest.mark.parametrize(
    ("make_sick", "check", "after"),
    [
        (broken_configuration, "drop/reach", "configuration/settings"),
        (broken_configuration, "moodle/roles", "configuration/settings"),
        (missing("sync_drop"), "drop/delete", "connections/sync_drop"),
        (missing("sync_moodle"), "moodle/token", "connections/sync_moodle"),
        (dead_drop, "drop/host_key", "drop/reach"),
        (lambda doctor: doctor.control.set_read_only(), "drop/delete", "drop/write"),
        (lambda doctor: doctor.control.revoke_token(), "moodle/functions", "moodle/token"),
        (newer_ledger, "ledger/rights", "ledger/version"),
        (depot_under_a_file, "depot/space", "depot/rights"),
    ],
)
def test_what_stands_on_a_failed_check_is_skipped_and_says_so(doctor, make_sick, check, after):
    make_sick(doctor)
    assert doctor.look().of(check) == [("skipped", f"not looked at, as `{after}` did not end well")]


def test_every_fault_of_the_configuration_is_told_with_its_place(doctor):
    broken_configuration(doctor)
    assert [message for _, message in doctor.look().of("configuration/settings")] == [
        "SYNC__MOODLE__MAX_FIELDS: `moodle.max_fields` is `none`; allowed: a whole number from 1.",
        "SYNC__USERS__FIEL: unknown key `users.fiel`. Did you mean `users.file`?",
    ]


def test_on_a_dead_drop_and_a_dead_moodle_the_rest_is_still_told(doctor):
    dead_drop(doctor)
    dead_moodle(doctor)
    answer = doctor.look()
    assert answer.at("fail") == ["drop/reach", "moodle/reach"]
    assert {"depot/rights", "ledger/version", "configuration/settings"} <= set(answer.at("ok"))


def test_the_same_without_a_lock_file_of_ours_even_when_requests_hang(doctor):
    doctor.control.hang_request(of="scandir")
    doctor.patch.setattr("sync_operators.doctor.drop.ANSWER_WITHIN", 0.3)
    assert doctor.look().of("drop/listing") == [("fail", "drop: no answer to the listing of the drop.")]


def test_commands_named_or_run_before_decide_what_is_a_failure(doctor):
    doctor.control.remove_function("core_course_delete_courses")
    lacks = "`courses_delete` lacks core_course_delete_courses"
    assert ("fail", lacks) in doctor.look().of("moodle/functions")
    assert ("warn", lacks) in doctor.look("users").of("moodle/functions")
    with open_ledger(f"sqlite:///{ledger_file(doctor)}", clock=utc_now) as ledger, ledger.write() as tx:
        runs.start(
            tx,
            run_id=runs.new_run_id(utc_now()),
            file_id=None,
            site_id=sites.site_id(tx, "https://moodle.example.org"),
            command="users",
            mode="delta",
            simulate=False,
            settings_digest="",
            correlation_id=None,
            started_by=None,
            at=utc_now(),
        )
    answer = doctor.look()
    assert answer.of("configuration/commands") == [("ok", "taken as used: users")]
    assert ("warn", lacks) in answer.of("moodle/functions")


def test_what_only_some_rows_need_is_a_warning(doctor):
    doctor.control.remove_function("core_cohort_create_cohorts")
    some = "some rows or settings of `users` need core_cohort_create_cohorts, which the service does not offer"
    answer = doctor.look("users")
    assert ("warn", some) in answer.of("moodle/functions")
    assert answer.at("fail") == []


def test_a_command_that_nobody_knows_is_a_failure(doctor):
    (level, message), _ = doctor.look("usres", "users").of("configuration/commands")
    assert (level, message) == ("fail", "there is no command usres")


def test_a_full_disk_is_told(doctor):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    subject = Depot(lambda: Store(LocalFileSystem(), str(doctor.depot)), doctor.depot.as_uri(), 0, 0, Words("en"))
    found = []
    doctor.depot.mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        checks.examine(subject, Words("en"), found)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [(one.check, str(one.level)) for one in found] == [("rights", "fail"), ("space", "skipped")]
    assert found[0].message.startswith("depot: no space left for .queued/.doctor-")


def test_a_read_only_depot_is_told(doctor):
    doctor.set(SYNC__DEPOT__URL="file:///proc/self/depot")
    ledger = f"sqlite:///{doctor.depot}/ledger.sqlite3"
    doctor.set(AIRFLOW_CONN_SYNC_LEDGER=ledger)
    ((level, message),) = doctor.look().of("depot/rights")
    assert level == "fail"
    assert message.startswith("depot: ")


def test_a_ledger_is_neither_made_nor_migrated(doctor):
    older_ledger(doctor)
    before = {
        path: path.read_bytes() for path in doctor.depot.rglob("ledger.sqlite3*") if path.suffix != ".sqlite3-shm"
    }
    doctor.look()
    assert {path: path.read_bytes() for path in before} == before


class Wire:
    """A Moodle that answers one function as it is told."""

    def __init__(self, info):
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                body = json.dumps(wire.info).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.info = info
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


INFO = {"siteurl": "http://127.0.0.1", "userid": 2, "username": "admin", "functions": [], "sitename": "Old"}


@pytest.mark.parametrize(
    ("more", "check", "message"),
    [
        (
            {"release": "3.9 (Build: 20200615)"},
            "moodle/version",
            "Moodle 3.9 (Build: 20200615) is older than 4.5, or does not tell",
        ),
        ({}, "moodle/version", "Moodle ? is older than 4.5, or does not tell"),
        (
            {"userissiteadmin": True},
            "moodle/account",
            "`admin` is a site administrator: Moodle would let it change and delete administrators",
        ),
    ],
)
def test_an_old_site_and_an_administrator_are_warned_of(doctor, more, check, message):
    wire = Wire({**INFO, **more})
    doctor.connection("sync_moodle", host=f"http://127.0.0.1:{wire.server.server_port}")
    assert doctor.look().of(check) == [("warn", message)]
    wire.server.shutdown()


def test_a_server_that_makes_a_file_twice_is_warned_of(doctor):
    class Careless:
        async def create(self, raw, content):
            pass

    subject = Drop(None, lambda: "/drop", None, utc_now, Words("en"))
    subject._folder = Careless()
    assert [str(one.level) for one in subject.exclusive()] == ["warn"]
    subject.close()


def test_the_doctor_speaks_french(doctor):
    doctor.set(SYNC__SITE__LANGUAGE="fr")
    assert doctor.look().of("drop/login") == [("ok", "le serveur nous laisse entrer")]


def test_every_function_of_a_tool_has_its_capabilities():
    assert [name for tool in tools() for name in (*tool.functions, *tool.functions_of_some) if name not in NEEDED] == []


def test_no_finding_tells_token_or_password(doctor):
    told = json.dumps([one.as_dict() for one in doctor.look().findings])
    assert doctor.sandbox.token not in told
    assert doctor.sandbox.sftp.password not in told
