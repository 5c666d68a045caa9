"""The settings in force: their values, where each comes from, no secret; and the doctor, when somebody asks."""

import re

import pytest

from include.sandbox.demo import connections
from tests.end_to_end.site import site as open_site
from tests.web.browsing import Pages
from tests.web.test_courses import store_of

FILE = """
drop:
  lock_stale_after: 2 h
users:
  protected: [admin, root]
  dialect:
    separator: tab
roles:
  tutor: 12
"""
ENVIRON = {"SYNC__USERS__FILE": "in/x.csv", "SYNC__GUARDS__USERS__SUSPEND__COUNT": "3"}


@pytest.fixture
def browser(running_sandbox, tmp_path, monkeypatch, auth_manager):
    running_sandbox.control.reset()
    config = tmp_path / "sync.yaml"
    config.write_text(FILE)
    given = {**connections(running_sandbox, tmp_path / "depot"), **ENVIRON, "SYNC_CONFIG": str(config)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with open_site(running_sandbox, tmp_path) as site, Pages.over(store_of(site)) as pages:
        yield pages


def rows(answer):
    """Value and origin of each setting that is shown."""
    found = re.findall(r'<tr><th scope="row" class="code">(.*?)</th>(.*?)</tr>', answer.text, re.DOTALL)
    return {name.replace("<wbr>", ""): tuple(plain(cell) for cell in cells(row)[:2]) for name, row in found}


def cells(row):
    return re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)


def plain(cell):
    return " ".join(re.sub(r"<[^>]*>", " ", cell).split())


SETTINGS = [
    ("users.file", ("in/x.csv", "environment SYNC__USERS__FILE")),
    ("users.identity", ("idnumber", "default")),
    ("users.protected", ("[admin, root]", "file sync.yaml, line 5")),
    ("users.dialect.separator", ("tab", "file sync.yaml, line 7")),
    ("drop.lock_stale_after", ("7200 2 h 0 min", "file sync.yaml, line 3")),
    ("drop.done_suffix", ("null", "default")),
    ("drop.max_ratio", ("200", "default")),
    ("roles.tutor", ("12", "file sync.yaml, line 9")),
    ("roles.student", ("5", "default")),
    ("guards.users.suspend.count", ("3", "environment SYNC__GUARDS__USERS__SUSPEND__COUNT")),
    ("guards.users.suspend.share", ("0.1", "default")),
]


@pytest.mark.parametrize(("name", "told"), SETTINGS)
def test_a_setting_tells_its_value_and_where_it_comes_from(browser, name, told):
    assert rows(browser.get("settings"))[name] == told


def test_thousands_of_limits_that_are_not_set_are_left_out(browser):
    shown = rows(browser.get("settings"))
    assert "guards.users.create.count" not in shown
    assert "users_delete.dialect.separator" not in shown
    assert len(shown) < 500


FILTERS = [
    ("q=lock_stale", {"drop.lock_stale_after"}),
    ("q=LOCK_STALE", {"drop.lock_stale_after"}),
    ("q=overtaken-by-nobody", set()),
    ("q=roles.&given=true", {"roles.tutor"}),
]


@pytest.mark.parametrize(("query", "left"), FILTERS)
def test_a_filter_leaves_what_it_says(browser, query, left):
    assert set(rows(browser.fragment(f"settings?{query}"))) == left


def test_no_secret_of_a_connection_is_on_the_page(browser, running_sandbox):
    text = browser.get("settings").text + browser.post("settings/doctor").text
    assert running_sandbox.token not in text
    assert "password=" not in text


def test_the_doctor_tells_what_it_found_in_the_language_of_the_page(browser):
    answer = browser.post("settings/doctor", x_fragment="1", accept_language="fr")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "moodle/" in answer.text
    assert "En ordre" in answer.text
    assert answer.headers["content-location"] == "settings"


def test_the_doctor_answers_without_script_with_the_whole_page(browser):
    text = browser.post("settings/doctor").text
    assert "<html" in text
    assert "connections/" in text
    assert "users.identity" in text


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("viewer", 403), ("user", 200), ("op", 200), ("admin", 200)])
def test_who_may_ask_the_doctor(browser, role, status):
    assert browser.as_(role).post("settings/doctor").status_code == status


def test_settings_that_cannot_be_read_are_said_with_all_their_faults(browser, monkeypatch):
    monkeypatch.setenv("SYNC__USERS__FIL", "x")
    answer = browser.get("settings")
    assert answer.status_code == 503
    assert "users.fil" in answer.text
