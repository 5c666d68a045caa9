"""Settings: file, environment, faults, what they give."""

# Messages are compared whole.
# ruff: noqa: E501

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from sync_operators.depot.active import names
from sync_operators.errors import ConfigurationError
from sync_operators.schedules import Schedules, config_path, load_schedules
from sync_operators.settings import COMMANDS, Limit, Loaded, Settings, entries, json_schema, load, load_settings

SHIPPED = Path("include/config/sync.yaml")


def written(folder, text):
    path = folder / "sync.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def read(tmp_path):
    """Settings of a text and of variables."""
    return lambda text="", **environ: load_settings(written(tmp_path, text), environ)


@pytest.fixture
def faults(tmp_path):
    """The lines of what is wrong with a text and with variables."""

    def lines(text="", **environ):
        with pytest.raises(ConfigurationError) as caught:
            load_settings(written(tmp_path, text), environ)
        return caught.value.message.split("\n")

    return lines


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "---\n", "users:\nsite:\n", "users: {}\n", "drop:\n  max_files:\n"]
)
def test_what_is_not_given_keeps_its_default(read, text):
    assert read(text) == Settings() == load_settings(None, {})


DEFAULT_FILES = {
    "users": "userimport.csv",
    "users_delete": "userdelete.csv",
    "users_suspend": "usersuspend.csv",
    "courses_create": "uploadcourses.csv",
    "courses_delete": "deletecourses.csv",
    "courses_check": "courses.csv",
    "courses_reset": "resetcourses.csv",
    "courses_meta": "metacourses.csv",
    "enrolments": "enrols.csv",
    "cohorts": "cohorts.csv",
    "cohort_links": "cohortscourses.csv",
    "groups": "groups.csv",
    "group_members": "groupmembers.csv",
}


@pytest.mark.parametrize(("command", "file"), DEFAULT_FILES.items())
def test_each_command_has_its_file(read, command, file):
    assert read().command(command).file == file
    assert read(f"{command}: {{file: ''}}").command(command).file == file


def test_a_command_without_csv_is_no_file_command(read):
    assert set(COMMANDS) - set(DEFAULT_FILES) == {"pictures", "categories_clean"}
    for command in ("pictures", "categories_clean", "site", "guards", "no_such"):
        with pytest.raises(KeyError):
            read().command(command)


VALUES = [
    ("drop: {lock_stale_after: 90}", "drop.lock_stale_after", timedelta(seconds=90)),
    ("drop: {lock_stale_after: 3 h}", "drop.lock_stale_after", timedelta(hours=3)),
    ("approvals: {timeout: 72 h}", "approvals.timeout", timedelta(hours=72)),
    ("approvals: {timeout: 15 minutes}", "approvals.timeout", timedelta(minutes=15)),
    ("approvals: {timeout: 2 Days}", "approvals.timeout", timedelta(days=2)),
    ("moodle: {lease_wait: 1.5min}", "moodle.lease_wait", 90.0),
    ("moodle: {timeout: 30}", "moodle.timeout", 30.0),
    ("drop: {settle_seconds: 0}", "drop.settle_seconds", 0.0),
    ("drop: {max_bytes: 2 GiB}", "drop.max_bytes", 2 * 1024**3),
    ("drop: {max_bytes: 1.5 kB}", "drop.max_bytes", 1500),
    ("drop: {max_bytes: 12 bytes}", "drop.max_bytes", 12),
    ("drop: {max_bytes: 7}", "drop.max_bytes", 7),
    ("dialect: {separator: tab}", "dialect.separator", "\t"),
    ('dialect: {separator: "\\t"}', "dialect.separator", "\t"),
    ("dialect: {encoding: latin1}", "dialect.encoding", "iso8859-1"),
    ("drop: {partial_suffixes: [.x]}", "drop.partial_suffixes", (".x",)),
    ("roles: {tutor: 12, guest: null}", "roles.tutor", 12),
    ("depot: {url: s3://depot_store@bucket/depot}", "depot.url", "s3://depot_store@bucket/depot"),
    ("schedules: {sync_users: null}", "schedules.sync_users", None),
    ("schedules: {sync_all: '0 4 * * mon-fri'}", "schedules.sync_all", "0 4 * * mon-fri"),
    ("site: &a {timezone: Europe/Vienna}", "site.timezone", "Europe/Vienna"),
    ("users: {allow_rename: yes}", "users.allow_rename", True),
]


@pytest.mark.parametrize(("text", "name", "value"), VALUES)
def test_a_value_is_read_as_it_is_meant(read, text, name, value):
    assert found(read(text), name) == value


def found(settings, name):
    section, key = name.split(".")
    inside = getattr(settings, section)
    return inside[key] if isinstance(inside, dict) else getattr(inside, key)


def test_roles_of_the_site_stand_beside_the_standard_ones(read):
    roles = read("roles: {tutor: 12, student: 55, guest: null}").roles
    assert (roles["tutor"], roles["student"], roles["teacher"]) == (12, 55, 4)
    assert "guest" not in roles


FAULTS = [
    ("users:\n  fiel: a.csv\n", "sync.yaml, line 2: unknown key `users.fiel`. Did you mean `users.file`?"),
    ("usres: {}\n", "sync.yaml, line 1: unknown key `usres`. Did you mean `users`?"),
    ("users: {settle_seconds: 3}\n", "sync.yaml, line 1: unknown key `users.settle_seconds`. Did you mean `drop.settle_seconds`?"),
    ("site: {qqq: 3}\n", "sync.yaml, line 1: unknown key `site.qqq`. Allowed here: `name`, `timezone`, `language`."),
    ("guards:\n  users:\n    delete:\n      cuont: 5\n", "sync.yaml, line 4: unknown key `guards.users.delete.cuont`. Did you mean `guards.users.delete.count`?"),
    ("drop: {path: /in}\n", "sync.yaml, line 1: unknown key `drop.path`. The drop's directory is the extra `path` of the connection `sync_drop`."),
    ("moodle:\n  token: s3cret\n", "sync.yaml, line 2: unknown key `moodle.token`. The token is the password of the connection `sync_moodle`."),
    ("ledger: {url: x}\n", "sync.yaml, line 1: unknown key `ledger`. The ledger's address is in the connection `sync_ledger`."),
    ("users: {identity: user_name}\n", "sync.yaml, line 1: `users.identity` is `user_name`; allowed: `id`, `idnumber`, `username`, `email`. Did you mean `username`?"),
    ("users: 5\n", "sync.yaml, line 1: `users` is the number `5`; allowed: the keys `file`, `unknown_columns`, `empty_clears`, `dialect`, `identity`, `course_identity`, `create_passwords`, `update_passwords`, `allow_rename`, `allow_admins`, `protect_emails`, `protected`."),
    ("users: {allow_rename: perhaps}\n", "sync.yaml, line 1: `users.allow_rename` is `perhaps`; allowed: `true` or `false`."),
    ("users: {file: 5}\n", "sync.yaml, line 1: `users.file` is the number `5`; allowed: a text. Put it in quotes."),
    ("users: {file: 2026-11-22}\n", "sync.yaml, line 1: `users.file` is the date `2026-11-22`; allowed: a text. Put it in quotes."),
    ("users:\n  protected:\n    - admin\n    - 7\n", "sync.yaml, line 4: `users.protected` (item 2) is the number `7`; allowed: a list of texts: `[a, b]`. Put it in quotes."),
    ("users: {protected: admin}\n", "sync.yaml, line 1: `users.protected` is `admin`; allowed: a list of texts: `[a, b]`."),
    ("drop: {max_files: true}\n", "sync.yaml, line 1: `drop.max_files` is `true`; allowed: a whole number from 1."),
    ("drop: {max_files: 0}\n", "sync.yaml, line 1: `drop.max_files` is the number `0`; allowed: a whole number from 1."),
    ("drop: {max_bytes: 2 parsec}\n", "sync.yaml, line 1: `drop.max_bytes` is `2 parsec`; allowed: bytes, at least 1, or a text such as `512 MiB`, `2 GB`."),
    ("drop: {max_bytes: 0}\n", "sync.yaml, line 1: `drop.max_bytes` is the number `0`; allowed: bytes, at least 1, or a text such as `512 MiB`, `2 GB`."),
    ("drop: {max_bytes: true}\n", "sync.yaml, line 1: `drop.max_bytes` is `true`; allowed: bytes, at least 1, or a text such as `512 MiB`, `2 GB`."),
    ("drop: {lock_stale_after: -1}\n", "sync.yaml, line 1: `drop.lock_stale_after` is the number `-1`; allowed: seconds, or a text such as `15 minutes`, `3 h`, `2 days`."),
    ("drop: {lock: a/b}\n", "sync.yaml, line 1: `drop.lock` is `a/b`; allowed: a file name without a path."),
    ("guards: {users: {delete: {share: 1.5}}}\n", "sync.yaml, line 1: `guards.users.delete.share` is the number `1.5`; allowed: a number from 0 to 1 or `null`."),
    ("guards: {users: {delete: 5}}\n", "sync.yaml, line 1: `guards.users.delete` is the number `5`; allowed: the keys `count`, `share`, `floor`, `scopes`."),
    ("roles: {tutor: x}\n", "sync.yaml, line 1: `roles.tutor` is `x`; allowed: a whole number from 1."),
    ("roles: {5: x}\n", "sync.yaml, line 1: `roles.5` is `x`; allowed: a whole number from 1."),
    ("roles: [5]\n", "sync.yaml, line 1: `roles` is a list; allowed: role shortnames, each with its id."),
    ("site: {timezone: Mars/Olympus}\n", "sync.yaml, line 1: `site.timezone` is `Mars/Olympus`; allowed: the name of a time zone, such as `UTC` or `Europe/Vienna`."),
    ("site: {timezone: Europe}\n", "sync.yaml, line 1: `site.timezone` is `Europe`; allowed: the name of a time zone, such as `UTC` or `Europe/Vienna`."),
    ("schedules: {sync_users: 0 25 * * *}\n", "sync.yaml, line 1: `schedules.sync_users` is `0 25 * * *` (`25` is outside 0 to 23); allowed: five cron fields such as `0 */6 * * *`, or `@hourly`, `@daily`, `@weekly` or `null`."),
    ("schedules: {sync_users: daily}\n", "sync.yaml, line 1: `schedules.sync_users` is `daily` (it has 1 fields); allowed: five cron fields such as `0 */6 * * *`, or `@hourly`, `@daily`, `@weekly` or `null`."),
    ("schedules: {sync_held: 0 4 * * *}\n", "sync.yaml, line 1: unknown key `schedules.sync_held`. It has no schedule: a gate triggers it."),
    ("depot: {url: depot}\n", "sync.yaml, line 1: `depot.url` is `depot`; allowed: a URL with an absolute path, such as `file:///srv/depot` or `s3://<connection id>@bucket/depot`."),
    ("dialect: {encoding: utf-9}\n", "sync.yaml, line 1: `dialect.encoding` is `utf-9`; allowed: an encoding of text such as `utf-8`, `windows-1252`, `iso-8859-15` or `null`."),
    ("dialect: {encoding: base64}\n", "sync.yaml, line 1: `dialect.encoding` is `base64`; allowed: an encoding of text such as `utf-8`, `windows-1252`, `iso-8859-15` or `null`."),
    ("dialect: {separator: '|'}\n", "sync.yaml, line 1: `dialect.separator` is `|`; allowed: `;`, `,`, `tab`, `:` or `null`."),
    ("pictures: {prefix: ''}\n", "sync.yaml, line 1: `pictures.prefix` is empty; allowed: a text that is not empty."),
    ("users: {file: a.csv}\nusers: {file: b.csv}\n", "sync.yaml, line 2: `users` was given in line 1 too."),
    ("users:\n  file: a\n  file: b\n", "sync.yaml, line 3: `users.file` was given in line 2 too."),
    ("- users\n", "sync.yaml, line 1: sections are expected, such as `users:`, not a list."),
    ("? [site, x]\n: 5\n", f"sync.yaml, line 1: unknown key `…`. Allowed here: {', '.join(f'`{name}`' for name in Settings.model_fields)}."),
    ("users\n", "sync.yaml, line 1: sections are expected, such as `users:`, not a single value."),
    ("site:\n  name: !!python/name:os.system\n", "sync.yaml, line 2: `site.name` cannot be read; put it in quotes."),
    ("users: {file: 2026-13-45}\n", "sync.yaml, line 1: `users.file` cannot be read; put it in quotes."),
    ("users: &a\n  dialect: *a\n", "sync.yaml, line 1: `users.dialect` contains itself."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), FAULTS)
def test_a_fault_names_place_key_and_remedy(faults, text, line):
    assert faults(text) == [line]


def test_a_password_in_an_address_is_refused_without_showing_it(faults):
    assert faults("depot: {url: 's3://key:s3cret@bucket/x'}") == [
        "sync.yaml, line 1: `depot.url` holds a password; keep it in an Airflow connection: `s3://<connection id>@…`."
    ]


SYNTAX = [
    ("schedules:\n  sync_capture: */10 * * * *\n", 2, " A value that begins with `*` needs quotes."),
    ("site:\n\tname: x\n", 2, " Put the value in quotes; indent with spaces."),
    ("site:\n  name: a: b\n", 2, " A value with `: ` in it needs quotes."),
    ("site: {name: x\n", 2, ""),
    ("site: {name: x}\n---\nsite: {}\n", 2, ""),
    ("site: " + "[" * 5000 + "]" * 5000, 1, ""),
]


@pytest.mark.parametrize(("text", "line", "hint"), SYNTAX)
def test_what_is_not_yaml_is_told_with_its_line(faults, text, line, hint):
    [fault] = faults(text)
    assert fault.startswith(f"sync.yaml, line {line}: this is not YAML: ")
    assert fault.endswith("." + hint)


def test_all_faults_are_told_at_once_in_the_order_of_lines(faults):
    text = "users:\n  fiel: a\nsite:\n  language: de\nusers:\n  identity: x\n"
    told = faults(text, SYNC__DROP__MAX_FILES="none", SYNC__NOTHING="1", SYNC__SITE__NAME="[a")
    assert [line.split(":")[0] for line in told] == [
        "sync.yaml, line 4",
        "sync.yaml, line 5",
        "sync.yaml, line 6",
        "SYNC__SITE__NAME",
        "SYNC__DROP__MAX_FILES",
        "SYNC__NOTHING",
    ]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"site:\n  name: \xe9\n")
    for path, says in [
        (tmp_path / "no.yaml", f"{tmp_path / 'no.yaml'}: cannot be read: No such file or directory. `SYNC_CONFIG` names another file."),
        (tmp_path, f"{tmp_path}: cannot be read: Is a directory. `SYNC_CONFIG` names another file."),
        (tmp_path / "latin.yaml", "latin.yaml, line 2: not UTF-8 (byte 0xe9)."),
    ]:  # fmt: skip
        with pytest.raises(ConfigurationError) as caught:
            load_settings(path, {})
        assert caught.value.message == says


VARIABLES = [
    ({"SYNC__USERS__FILE": "in/users.csv"}, "users.file", "in/users.csv"),
    ({"sync__Users__file": "in/users.csv"}, "users.file", "in/users.csv"),
    ({"SYNC__USERS": "{file: b.csv}"}, "users.file", "b.csv"),
    ({"SYNC__USERS": "{file: b.csv}", "SYNC__USERS__FILE": "c.csv"}, "users.file", "c.csv"),
    ({"SYNC__USERS__FILE": " "}, "users.file", "of-the-file.csv"),
    ({"SYNC__USERS__FILE": "null"}, "users.file", "userimport.csv"),
    ({"SYNC__USERS__PROTECTED": "[admin, root]"}, "users.protected", ("admin", "root")),
    ({"SYNC__USERS__ALLOW_RENAME": "true"}, "users.allow_rename", True),
    ({"SYNC__ROLES__TUTOR": "12"}, "roles.tutor", 12),
    ({"SYNC__DIALECT__COMMENT": "#"}, "dialect.comment", "#"),
    ({"SYNC__SITE__NAME": "# one"}, "site.name", "# one"),
    ({"SYNC__DIALECT__SEPARATOR": ";"}, "dialect.separator", ";"),
    ({"SYNC__DIALECT__SEPARATOR": ","}, "dialect.separator", ","),
    ({"SYNC__DIALECT__SEPARATOR": "null"}, "dialect.separator", None),
    ({"SYNC__SCHEDULES__SYNC_CAPTURE": "*/5 * * * *"}, "schedules.sync_capture", "*/5 * * * *"),
    ({"SYNC__DROP__MAX_BYTES": "5 MiB"}, "drop.max_bytes", 5 * 1024**2),
    ({"SYNC__USERS__IDENTITY": "email"}, "users.file", "of-the-file.csv"),
    ({"SYNC_CONFIG": "x", "SYNC_OTHER__USERS__FILE": "x"}, "users.file", "of-the-file.csv"),
]


@pytest.mark.parametrize(("environ", "name", "value"), VARIABLES)
def test_a_variable_goes_before_the_file(read, environ, name, value):
    text = "users: {file: of-the-file.csv}\ndialect: {separator: ':', comment: '%'}"
    assert found(read(text, **environ), name) == value


FAULTY_VARIABLES = [
    ({"SYNC__USERS__FIEL": "x"}, ["SYNC__USERS__FIEL: unknown key `users.fiel`. Did you mean `users.file`?"]),
    ({"SYNC__USERS": "{fiel: x}"}, ["SYNC__USERS: unknown key `users.fiel`. Did you mean `users.file`?"]),
    ({"SYNC__LEDGER__URL": "x"}, ["SYNC__LEDGER__URL: unknown key `ledger`. The ledger's address is in the connection `sync_ledger`."]),
    ({"SYNC__REPORT__FAIL_ON": "[refused]"}, ["SYNC__REPORT__FAIL_ON: `report.fail_on` is a list; allowed: `refused`, `errors`."]),
    ({"SYNC__USERS__": "x"}, ["SYNC__USERS__: names no setting; write SYNC__<SECTION>__<KEY>."]),
    ({"SYNC__SITE__NAME": "a", "sync__site__name": "b"}, ["sync__site__name: the same setting as SYNC__SITE__NAME; remove one."]),
    ({"SYNC__USERS__FILE__X": "a"}, ["SYNC__USERS__FILE__X: `users.file` is a group of keys; allowed: a text."]),
]  # fmt: skip


@pytest.mark.parametrize(("environ", "lines"), FAULTY_VARIABLES)
def test_a_faulty_variable_is_named(faults, environ, lines):
    assert faults("", **environ) == lines


def test_a_variable_does_not_hide_a_fault_of_the_file(faults):
    assert faults("users: 5", SYNC__USERS__FILE="a.csv")[0].startswith("sync.yaml, line 1: `users` is the number `5`;")


def test_every_setting_says_where_it_comes_from(tmp_path):
    path = written(tmp_path, "users:\n  file: a.csv\n  protected:\n  - x\n  identity: email\nroles:\n  tutor: 9\n")
    environ = {"SYNC__USERS__IDENTITY": "id", "SYNC__ROLES": "{aide: 10}", "SYNC__GUARDS__USERS__UPDATE__COUNT": "5"}
    assert load(path, environ).origins == {
        "users.file": "sync.yaml, line 2",
        "users.protected": "sync.yaml, line 3",
        "users.identity": "SYNC__USERS__IDENTITY",
        "roles.tutor": "sync.yaml, line 7",
        "roles.aide": "SYNC__ROLES",
        "guards.users.update.count": "SYNC__GUARDS__USERS__UPDATE__COUNT",
    }


def test_what_a_variable_replaces_comes_from_the_file_no_more(tmp_path):
    path = written(tmp_path, "users:\n  dialect:\n    encoding: latin1\n")
    assert load(path, {"SYNC__USERS__DIALECT": "null"}) == Loaded(Settings(), {})


DEFAULT_GUARDS = [
    ("create", None, None, 0),
    ("update", None, 0.75, 100),
    ("suspend", None, 0.10, 20),
    ("delete", None, 0.10, 20),
    ("unenrol", None, 0.25, 50),
    ("remove", None, 0.25, 50),
    ("errors", None, 0.50, 20),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_default_guards(read, command):
    settings = read()
    guards = [(verb, settings.guard(command, verb)) for verb, *_ in DEFAULT_GUARDS]
    # Every row of cohort_links is an error: none of them is a reason to hold it.
    errors = ("errors", None, None, 0) if command == "cohort_links" else DEFAULT_GUARDS[-1]
    assert [(verb, guard.count, guard.share, guard.floor) for verb, guard in guards] == [*DEFAULT_GUARDS[:-1], errors]


def test_what_is_not_given_of_a_guard_keeps_its_default(read):
    settings = read("guards: {users: {delete: {count: 5, scopes: {cohort: {share: 0.5}}}, update: {share: null}}}")
    delete = settings.guard("users", "delete")
    assert (delete.count, delete.share, delete.floor) == (5, 0.10, 20)
    assert delete.scopes.cohort == Limit(share=0.5, floor=20)
    assert delete.scopes.course == Limit(share=0.4, floor=20)
    assert settings.guard("users", "update").share is None
    assert settings.guard("users_delete", "delete").count is None


def test_a_command_takes_the_general_dialect_where_it_says_nothing_else(read):
    settings = read(
        "dialect: {separator: ';', old_escapes: true}\nusers: {dialect: {old_escapes: false, encoding: latin1}}"
    )
    users, cohorts = settings.users.dialect, settings.command("cohorts").dialect
    assert (users.separator, users.old_escapes, users.encoding) == (";", False, "iso8859-1")
    assert (cohorts.separator, cohorts.old_escapes, cohorts.encoding) == (";", True, None)


CHANGES = [
    ("users: {file: other.csv}", False),
    ("users_delete: {identity: email}", False),
    ("guards: {users: {delete: {count: 1}}}", False),
    ("moodle: {batch_rows: 3}", False),
    ("schedules: {timezone: Europe/Vienna}", False),
    ("users: {identity: email}", True),
    ("users: {empty_clears: true}", True),
    ("users: {protected: []}", True),
    ("users: {dialect: {old_escapes: true}}", True),
    ("dialect: {old_escapes: true}", True),
    ("site: {timezone: Europe/Vienna}", True),
    ("roles: {tutor: 9}", True),
]


@pytest.mark.parametrize(("text", "changes"), CHANGES)
def test_the_digest_changes_with_what_a_row_does(read, text, changes):
    assert (read(text).digest("users") != read().digest("users")) is changes


@pytest.mark.parametrize("command", ["users_delete", "users_suspend"])
@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("users: {protected: [root]}", True),
        ("users: {allow_admins: true}", True),
        ("users: {identity: email}", False),
        ("users: {file: other.csv}", False),
    ],
)
def test_who_is_spared_changes_the_digest_of_deleting_and_suspending(read, command, text, changes):
    assert (read(text).digest(command) != read().digest(command)) is changes


def test_the_digest_does_not_depend_on_the_order_of_keys(read):
    first = read("roles: {a: 20, b: 21}\nusers: {identity: email, allow_rename: true}")
    second = read("users: {allow_rename: true, identity: email}\nroles: {b: 21, a: 20}")
    assert first.digest("users") == second.digest("users") != first.digest("users_delete")


def test_the_digest_stays_the_same_between_releases(read):
    """A changed digest makes every row of a site be looked up again: change this line only on purpose."""
    assert read().digest("users") == "282989111ad81c7157c5192fc8a2e83b01231446f91ad65d1ecbc82edc4c4d78"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_digest(read, command):
    assert len(read().digest(command)) == 64


def test_settings_cannot_be_changed(read):
    with pytest.raises(ValueError, match="frozen"):
        read().users.file = "x"


SCHEDULES = [
    ("", {}, Schedules()),
    ("schedules: {sync_users: '0 4 * * *', paused: true}", {}, Schedules(sync_users="0 4 * * *", paused=True)),
    ("schedules: {sync_users: often, paused: true}", {}, Schedules(paused=True)),
    ("schedules: {sync_usres: '0 4 * * *', sync_all: '@daily'}", {}, Schedules(sync_all="@daily")),
    ("schedules: 5", {}, Schedules()),
    ("schedules: [", {}, Schedules()),
    ("schedules: " + "[" * 5000 + "]" * 5000, {}, Schedules()),
    ("users: {fiel: 1}\nschedules: {paused: true}", {}, Schedules(paused=True)),
    ("", {"SYNC__SCHEDULES__SYNC_ALL": "0 4 * * *"}, Schedules(sync_all="0 4 * * *")),
    ("", {"SYNC__SCHEDULES__SYNC_ALL": "x", "SYNC__": "x", "SYNC__A": "["}, Schedules()),
]


@pytest.mark.parametrize(("text", "environ", "schedules"), SCHEDULES)
def test_faulty_schedules_are_left_at_their_default(tmp_path, text, environ, schedules):
    assert load_schedules(written(tmp_path, text), environ) == schedules


def test_schedules_of_a_file_that_is_not_there_are_the_default(tmp_path):
    assert load_schedules(tmp_path / "no.yaml", {}) == load_schedules(None, {}) == Schedules()


def test_a_schedule_is_asked_for_by_dag():
    schedules = Schedules()
    assert (schedules.of("sync_users"), schedules.of("sync_all"), schedules.of("sync_held")) == (
        "0 */6 * * *",
        None,
        None,
    )
    assert schedules.of("timezone") is None


CRONS = [
    "0 */6 * * *", "*/10 * * * *", "5,10-20/2 0 1 jan-mar mon", "0 4 * * 7", "0 4 31 12 0", "@hourly", "@daily",
    "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "* * * * bob", "20-10 * * * *", "*/0 * * * *",
    "", "* * * *", "* * * * * *", "a b c d e", "*-5 * * * *",
]  # fmt: skip


@pytest.mark.parametrize("cron", CRONS)
def test_a_schedule_is_good_when_airflow_takes_it(read, cron):
    croniter = pytest.importorskip("croniter").croniter
    airflow_takes_it = croniter.is_valid(cron) and len(cron.split()) in (1, 5)
    try:
        read(f"schedules: {{sync_all: '{cron}'}}")
    except ConfigurationError:
        assert not airflow_takes_it
    else:
        assert airflow_takes_it


def test_the_configuration_is_found_by_variable_or_in_the_checkout(tmp_path):
    assert config_path({"SYNC_CONFIG": str(tmp_path / "x.yaml")}) == tmp_path / "x.yaml"
    assert config_path({}) == SHIPPED.resolve()


def uncommented(text):
    """The shipped file with every setting in it switched on."""
    return "\n".join(
        line.replace("# ", "", 1) if line.lstrip().startswith("# ") and line[0] == " " else line
        for line in text.split("\n")
    )


def test_the_shipped_configuration_is_valid_and_tells_true_defaults(tmp_path):
    shipped = load_settings(SHIPPED, {})
    assert load_settings(written(tmp_path, uncommented(SHIPPED.read_text(encoding="utf-8"))), {}) == shipped


def test_the_shipped_configuration_names_every_setting(tmp_path):
    named = load(written(tmp_path, uncommented(SHIPPED.read_text(encoding="utf-8"))), {}).origins
    shown_in_words = {"depot.url"}
    wanted = {
        entry.name
        for key, entry in entries().items()
        if not entry.keys and key[0] != "guards" and "dialect" not in key[1:2] and "roles" not in key
    }
    assert wanted - set(named) == shown_in_words
    assert {f"guards.users.{verb}.share" for verb, *_ in DEFAULT_GUARDS} <= set(named)


def test_editors_find_the_schema_beside_the_shipped_configuration():
    assert SHIPPED.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=./sync.schema.json\n")
    assert json.loads(SHIPPED.with_name("sync.schema.json").read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("key", [key for key in entries() if key and key[0] not in ("guards", "roles")], ids=".".join)
def test_every_setting_is_described(key):
    entry = entries()[key]
    assert entry.says
    assert entry.allowed


def test_a_dag_file_imports_no_more_than_schedules_need():
    code = "import sync_operators.schedules, sys; print([m for m in sys.modules if m.startswith(('yaml', 'sync_operators'))])"
    printed = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": "plugins"}, capture_output=True, text=True, check=True
    )
    assert set(eval(printed.stdout)) == {
        "sync_operators",
        "sync_operators.schedules",
        "sync_operators.configuration",
        "sync_operators.configuration.base",
        "sync_operators.configuration.reading",
        "sync_operators.configuration.values",
    }


@pytest.mark.parametrize(
    ("prefix", "name", "fits"),
    [
        ("userpictures_", "userpictures_a.zip", True),
        ("userpictures_", "userpictures_.ZIP", True),
        ("userpictures_", "Userpictures_a.zip", False),
        ("userpictures_", "userpictures_a.zip.csv", False),
        ("userpictures_", "in/userpictures_a.zip", False),
        ("userpictures_", "archives/2026/11/userpictures_a.zip", False),
        ("a*[b]", "a*[b]1.zip", True),
        ("a*[b]", "axb1.zip", False),
        ("a,b", "a,b1.zip", True),
        ("a,b", "b1.zip", False),
    ],
)
def test_pictures_are_the_zips_of_the_root_that_begin_with_the_prefix(prefix, name, fits):
    settings = load_settings(None, {"SYNC__PICTURES__PREFIX": prefix})
    assert names(settings.pictures.file, name) is fits
