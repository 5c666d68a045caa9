"""Each misbehaviour shows on the wire as asked for, and takes or leaves the effect as asked for."""

import subprocess
import sys
import time

import httpx
import pytest

from tests.sandbox.conftest import person

CREATE = "core_user_create_users"
INFO = "core_webservice_get_site_info"


def create(moodle, name="new", **more):
    return moodle.call(CREATE, users=[person(name)], **more)


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
def test_a_timeout_comes_before_or_after_the_effect(moodle, sandbox, when, written):
    sandbox.control.timeout(when=when)
    with pytest.raises(httpx.ReadTimeout):
        create(moodle, timeout=0.3)
    assert ("new" in sandbox.control.people()) is written


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
@pytest.mark.parametrize("status", [200, 502, 503])
def test_a_page_of_html_comes_before_or_after_the_effect(moodle, sandbox, status, when, written):
    sandbox.control.page(status, when=when)
    answer = moodle.post(moodle.fields(CREATE, users=[person("new")]))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert ("new" in sandbox.control.people()) is written


@pytest.mark.parametrize(("seconds", "told"), [(20, "20"), (0, None)])
def test_a_page_may_ask_for_rest(moodle, sandbox, seconds, told):
    sandbox.control.page(429, retry_after=seconds)
    answer = moodle.post(moodle.fields(INFO))
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, told)


def test_a_cut_answer_has_taken_effect(moodle, sandbox):
    sandbox.control.cut()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        create(moodle)
    assert "new" in sandbox.control.people()


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
def test_a_lost_connection_comes_before_or_after_the_effect(moodle, sandbox, when, written):
    sandbox.control.drop_connection(when=when)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        create(moodle)
    assert ("new" in sandbox.control.people()) is written


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
def test_a_caller_is_killed_before_or_after_the_effect(moodle, sandbox, when, written):
    fields = moodle.fields(CREATE, users=[person("new")])
    address = f"{sandbox.moodle_url}/webservice/rest/server.php"
    script = f"import httpx; input(); httpx.post({address!r}, data={fields!r}, trust_env=False)"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as caller:
        sandbox.control.kill_caller(caller.pid, when=when)
        caller.communicate(b"go\n", timeout=20)
    assert caller.returncode == -9
    assert ("new" in sandbox.control.people()) is written


def test_a_slow_answer_is_right_but_late(moodle, sandbox):
    sandbox.control.slow(200)
    started = time.monotonic()
    assert moodle.call(INFO)["userid"] == 3
    assert 0.2 <= time.monotonic() - started < 2


def test_the_answer_delay_holds_for_every_call(moodle, sandbox):
    sandbox.control.set_answer_delay(50)
    started = time.monotonic()
    for _ in range(3):
        moodle.call(INFO)
    assert time.monotonic() - started >= 0.15


def test_a_fault_strikes_the_nth_matching_call_and_those_after_it(moodle, sandbox):
    sandbox.control.page(503, of=INFO, nth=2, times=2)
    create(moodle)
    statuses = [moodle.post(moodle.fields(INFO)).status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert sandbox.control.pending_faults() == []


def test_a_fault_for_writes_passes_over_reads(moodle, sandbox):
    sandbox.control.page(502, writes_only=True)
    assert moodle.post(moodle.fields(INFO)).status_code == 200
    assert moodle.post(moodle.fields(CREATE, users=[person("new")])).status_code == 502


def test_cleared_faults_do_not_strike(moodle, sandbox):
    sandbox.control.timeout()
    sandbox.control.clear_faults()
    assert moodle.call(INFO)["userid"] == 3


@pytest.mark.parametrize(
    ("state", "status", "seen"),
    [
        ("maintenance_cli", 503, "under maintenance"),
        ("maintenance_admin", 200, '"sitemaintenance"'),
        ("webservices_off", 403, ""),
        ("token_expired", 200, '"accessexception"'),
        ("account_suspended", 200, '"wsaccessusersuspended"'),
    ],
)
def test_a_state_of_the_site_holds_until_it_is_healthy_again(moodle, sandbox, state, status, seen):
    sandbox.control.set_state(state)
    for _ in range(2):
        answer = moodle.post(moodle.fields(INFO))
        assert answer.status_code == status
        assert seen in answer.text
    sandbox.control.set_state("")
    assert moodle.call(INFO)["userid"] == 3


def test_a_revoked_token_is_unknown_until_it_is_restored(moodle, sandbox):
    sandbox.control.revoke_token()
    assert moodle.call(INFO)["errorcode"] == "invalidtoken"
    assert moodle.call(INFO, token=sandbox.nocaps_token)["username"] == "wsnocaps"
    sandbox.control.restore_token()
    assert moodle.call(INFO)["username"] == "wssync"


def test_a_removed_function_is_neither_offered_nor_answered(moodle, sandbox):
    sandbox.control.remove_function(CREATE)
    assert create(moodle)["errorcode"] == "accessexception"
    assert CREATE not in [one["name"] for one in moodle.call(INFO)["functions"]]
    sandbox.control.add_function(CREATE)
    assert create(moodle)[0]["username"] == "new"


def test_a_removed_capability_refuses_the_function(moodle, sandbox):
    sandbox.control.remove_capability("moodle/user:create")
    assert create(moodle)["errorcode"] == "nopermissions"
    sandbox.control.add_capability("moodle/user:create")
    assert create(moodle)[0]["username"] == "new"


@pytest.mark.parametrize(
    ("capability", "by_username", "by_id"),
    [
        ("moodle/user:viewdetails", [], []),
        ("moodle/user:viewalldetails", [], ["firstname", "email"]),
        ("moodle/site:viewuseridentity", ["firstname", "username"], ["firstname", "username"]),
    ],
)
def test_without_a_capability_lookups_leave_out_in_silence(moodle, sandbox, capability, by_username, by_id):
    sandbox.control.remove_capability(capability)
    for field, value, wanted in (("username", "wei.zhang", by_username), ("id", 14, by_id)):
        found = moodle.call("core_user_get_users_by_field", field=field, values=[value])
        names = [name for user in found for name in ("firstname", "username", "email") if name in user]
        assert names == wanted


def test_a_hidden_account_is_found_by_nobody_but_still_takes_its_name(moodle, sandbox):
    sandbox.control.hide_users(14)
    assert moodle.call("core_user_get_users_by_field", field="username", values=["wei.zhang"]) == []
    assert create(moodle, "wei.zhang")["errorcode"] == "invalidparameter"


def test_an_unknown_setting_is_refused_by_name(sandbox):
    with pytest.raises(ValueError, match=r"max_input_var\n.*Extra inputs"):
        sandbox.control.set_site(max_input_var=5)
