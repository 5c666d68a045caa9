"""Who we are, what our token may call, and how each state of the site is told."""

import pytest

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import BadAnswer, FunctionMissing, ServicesOff, TokenRefused, Unreachable
from sync_operators.moodle.site import SiteInfo, site_info
from tests.moodle.wire import says

FUNCTIONS = ["core_webservice_get_site_info", "core_user_create_users"]


def test_the_site_tells_who_we_are_and_what_we_may_call(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.token) as client:
        info = site_info(client)
    assert (info.username, info.siteurl, info.release[:4]) == ("wssync", sandbox.moodle_url, "4.5.")
    assert info.functions >= set(FUNCTIONS)
    info.require(FUNCTIONS)


def test_all_missing_functions_are_named_at_once(sandbox):
    sandbox.control.reset()
    with MoodleClient(sandbox.moodle_url, sandbox.minimal_token) as client, pytest.raises(FunctionMissing) as caught:
        site_info(client).require([*FUNCTIONS, "core_user_update_users"])
    assert str(caught.value) == (
        "The token's service does not offer core_user_create_users, core_user_update_users. Add to the service of the "
        "token: core_user_create_users, core_user_update_users "
        "(Site administration > Server > Web services > External services > Functions)."
    )


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("maintenance_cli", Unreachable, "status 503, unavailable"),
        ("maintenance_admin", Unreachable, "(sitemaintenance)"),
        ("webservices_off", ServicesOff, "Enable web services and the REST protocol"),
        ("token_expired", TokenRefused, "is not expired"),
        ("account_suspended", TokenRefused, "is not suspended"),
    ],
)
def test_each_state_of_the_site_has_its_own_end(sandbox, state, error, words):
    sandbox.control.reset()
    sandbox.control.set_state(state)
    pauses = []
    with MoodleClient(sandbox.moodle_url, sandbox.token, sleep=pauses.append) as client, pytest.raises(error) as caught:
        site_info(client)
    sandbox.control.reset()
    assert words in str(caught.value)
    assert len(pauses) == (5 if error is Unreachable else 0)


def test_a_private_key_of_the_account_is_left_behind(wire):
    answer = {"sitename": "S", "siteurl": "https://m", "userid": 3, "username": "ws", "functions": [{"name": "f"}]}
    wire.script = [says(answer | {"userprivateaccesskey": "canary", "release": "4.5.6"})]
    with wire.client() as client:
        assert site_info(client) == SiteInfo("S", "https://m", 3, "ws", "4.5.6", frozenset({"f"}))


@pytest.mark.parametrize("answer", [None, [], {}, {"siteurl": "x", "userid": "a", "username": "b", "functions": []}])
def test_an_answer_of_another_shape_is_no_site_information(wire, answer):
    wire.script = [says(answer)]
    with wire.client() as client, pytest.raises(BadAnswer):
        site_info(client)
