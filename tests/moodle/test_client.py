"""Reads are tried again, writes only when Moodle certainly did not begin them; all over real sockets."""

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_operators.errors import ConfigurationError
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.errors import (
    BadAnswer,
    CalledBack,
    CapabilityMissing,
    FunctionMissing,
    NotSent,
    Refused,
    RequestCut,
    ServicesOff,
    TokenRefused,
    TooManyFields,
    Unanswered,
    Unreachable,
    Unusable,
    WrongAddress,
)
from tests.moodle.wire import TOKEN, breaks_off, ends_early, hangs, hangs_up, page, refuses, says

READ = "core_user_get_users_by_field"
WRITE = "core_user_create_users"
SITE_INFO = "core_webservice_get_site_info"
VALUES = {"field": "username", "values": ["ann", "bob"]}
ROWS = {"users": [{"username": "ann", "password": "canary-password"}]}
USERS = [{"id": 5, "username": "ann"}]
OFFERED = says({"functions": [{"name": SITE_INFO}, {"name": READ}]})
MAINTENANCE = refuses("sitemaintenance", "The site is undergoing maintenance")
GATEWAY = [page(502, "<html>Bad Gateway"), page(503, "<html>Unavailable"), page(504, "<html>Time-out")]
NO_ANSWER = [
    *GATEWAY,
    page(503, "<title>Site under maintenance</title>"),
    page(200, ""),
    page(500, ""),
    hangs_up,
    hangs(0.6),
    breaks_off('[{"id": 5', 5000),
    ends_early('[{"id": 5'),
]
NO_ANSWER_IDS = ["502", "503", "504", "cli", "empty", "500", "reset", "slow", "cut", "short"]


def _free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_a_call_is_a_form_with_the_token_last(wire):
    wire.script = [says(USERS)]
    with wire.client() as client:
        assert client.read(READ, VALUES) == USERS
    assert wire.forms == [
        [
            ("wsfunction", READ),
            ("moodlewsrestformat", "json"),
            ("field", "username"),
            ("values[0]", "ann"),
            ("values[1]", "bob"),
            ("wstoken", TOKEN),
        ]
    ]


def test_letters_of_every_alphabet_arrive_as_they_were(wire):
    wire.script = [says(None)]
    text = "Cléo Ñuñez-Łukasz 王 🎓 a+b&c=d%20\n"
    with wire.client() as client:
        client.write(WRITE, {"users": [{"firstname": text}]})
    assert ("users[0][firstname]", text) in wire.forms[0]


@pytest.mark.parametrize("failure", [*NO_ANSWER, MAINTENANCE], ids=[*NO_ANSWER_IDS, "admin"])
def test_a_read_without_a_good_answer_is_tried_again(wire, failure):
    wire.script = [failure, failure, says(USERS)]
    with wire.client(timeout=0.3) as client:
        assert client.read(READ, VALUES) == USERS
        assert (client.calls[READ], client.retries) == (3, 2)


def test_pauses_grow_and_end_at_a_limit(wire):
    wire.script = [page(503, "<title>Test Site under maintenance</title>")]
    with wire.client() as client, pytest.raises(Unreachable) as caught:
        client.read(READ, VALUES)
    assert len(wire.forms) == 6
    assert [int(pause >= least) for pause, least in zip(wire.pauses, (1, 2, 4, 8, 16), strict=True)] == [1] * 5
    assert sum(wire.pauses) <= 31 + 5
    assert str(caught.value) == (
        f"{READ}: no answer from Moodle after 6 tries: status 503, unavailable (Test Site under maintenance). "
        "The next run goes on from here. If it lasts: see whether the site is up and reachable from here."
    )


@pytest.mark.parametrize("failure", NO_ANSWER, ids=NO_ANSWER_IDS)
def test_a_write_without_a_good_answer_is_never_sent_again(wire, failure):
    wire.script = [failure]
    with wire.client(timeout=0.3) as client, pytest.raises(Unanswered) as caught:
        client.write(WRITE, ROWS)
    assert (len(wire.forms), wire.pauses) == (1, [])
    assert caught.value.message.startswith(f"{WRITE}: sent, but no good answer came: ")


@pytest.mark.parametrize("text", ["<html>Portal", "<b>Warning</b>: x in y.php\n[]", "Fatal error"])
def test_a_page_in_place_of_the_answer_ends_a_read_and_leaves_a_write_open(wire, text):
    wire.script = [page(200, text)]
    with wire.client() as client:
        with pytest.raises(BadAnswer):
            client.read(READ, VALUES)
        with pytest.raises(Unanswered):
            client.write(WRITE, ROWS)
    assert len(wire.forms) == 2


@pytest.mark.parametrize("failure", [MAINTENANCE, refuses("upgraderunning"), page(429, "<html>")])
def test_a_write_that_moodle_did_not_begin_is_sent_again(wire, failure):
    wire.script = [failure, says([{"id": 5, "username": "ann"}])]
    with wire.client() as client:
        assert client.write(WRITE, ROWS) == [{"id": 5, "username": "ann"}]
    wire.script = [failure]
    with wire.client() as client, pytest.raises(NotSent):
        client.write(WRITE, ROWS)


def test_a_write_begun_after_a_pause_is_not_sent_a_third_time(wire):
    wire.script = [MAINTENANCE, page(502, "<html>"), says([])]
    with wire.client() as client, pytest.raises(Unanswered):
        client.write(WRITE, ROWS)
    assert len(wire.forms) == 2


@pytest.mark.parametrize(("method", "params", "error"), [("read", VALUES, Unreachable), ("write", ROWS, NotSent)])
def test_without_a_connection_nothing_was_sent(method, params, error):
    pauses = []
    function = READ if method == "read" else WRITE
    with MoodleClient(f"http://127.0.0.1:{_free_port()}", TOKEN, sleep=pauses.append) as client:
        with pytest.raises(error) as caught:
            getattr(client, method)(function, params)
        assert client.calls == {function: 6}
    assert len(pauses) == 5
    assert caught.value.reason == "no connection ([Errno 111] Connection refused)"


def test_a_connection_that_comes_back_takes_the_write(wire):
    port = wire.server.server_port
    wire.script = [says([{"id": 5, "username": "ann"}])]
    with MoodleClient(f"http://127.0.0.1:{_free_port()}", TOKEN, sleep=lambda _: None) as client:
        client._sleep = lambda _: setattr(client, "url", f"http://127.0.0.1:{port}")
        assert client.write(WRITE, ROWS) == [{"id": 5, "username": "ann"}]


def test_a_call_that_is_called_back_while_it_rests_is_not_sent(wire):
    wire.script = [page(429, "<html>"), says([])]
    with wire.client() as client:
        client._sleep = lambda _: client.call_back()
        with pytest.raises(CalledBack):
            client.write(WRITE, ROWS)
        assert len(wire.forms) == 1
        client._sleep = lambda _: None
        assert client.write(WRITE, ROWS) == []


def test_each_try_of_a_call_rests_as_long_as_the_server_asks(wire):
    wire.script = [
        page(429, "<html>", **{"retry-after": "7"}),
        page(503, "<html>", **{"retry-after": "9"}),
        says(USERS),
    ]
    with wire.client() as client:
        assert client.read(READ, VALUES) == USERS
    first, second = wire.pauses
    assert 2 < first <= 8  # alone, a first trouble is followed by 1 to 2
    assert 3 < second <= 10  # and a second one by 2 to 3


def test_what_writes_cannot_be_called_as_a_read(wire):
    with wire.client() as client:
        for function in (WRITE, "core_user_update_users", "core_user_delete_users", "enrol_manual_enrol_users"):
            with pytest.raises(ValueError, match=f"^{function} is no read"):
                client.read(function, ROWS)
    assert wire.forms == []


@pytest.mark.parametrize("params", [{"users": []}, {"field": "id", "values": ()}])
def test_an_empty_list_is_never_sent(wire, params):
    with wire.client() as client, pytest.raises(ValueError, match="an empty list cannot be sent"):
        client.write(WRITE, params)
    assert wire.forms == []


def test_a_request_over_the_limit_of_fields_is_never_sent(wire):
    with wire.client(max_fields=6) as client:
        wire.script = [says([])]
        client.read(READ, VALUES)
        with pytest.raises(TooManyFields):
            client.read(READ, {"field": "username", "values": ["a", "b", "c"]})
    assert len(wire.forms) == 1


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ([refuses("accessexception"), OFFERED], FunctionMissing, "External services > Functions"),
        ([refuses("invalidrecord", "in table external_functions."), OFFERED], FunctionMissing, WRITE),
        ([refuses("accessexception"), refuses("accessexception")], TokenRefused, "Manage tokens"),
        ([refuses("accessexception"), refuses("invalidtoken")], TokenRefused, "Manage tokens"),
        ([refuses("invalidtoken"), refuses("invalidtoken")], TokenRefused, "connection `sync_moodle`"),
        ([refuses("invalidtoken"), page(502, "")], TokenRefused, "cut the request: see `moodle.max_fields`"),
        ([refuses("invalidtoken"), OFFERED], RequestCut, "max_input_vars"),
        ([page(200, "<ERRORCODE>invalidtoken</ERRORCODE>", "application/xml"), OFFERED], RequestCut, "post_max_size"),
        ([refuses("wsaccessusernologin")], TokenRefused, "not suspended"),
        ([refuses("nopermissions", "(Create users)")], CapabilityMissing, "Allow moodle/user:create at system level"),
        ([page(403, "")], ServicesOff, "Web services > Overview"),
        ([page(413, "<html>")], RequestCut, "body limit"),
        ([page(302, "", location="https://127.0.0.1/x")], WrongAddress, "points to https://127.0.0.1/x"),
        ([page(404, "<html>")], WrongAddress, "no such page"),
    ],
)
def test_a_clear_end_comes_at_once_and_says_what_to_do(wire, script, error, words):
    for method, function, params in (("write", WRITE, ROWS), ("read", READ.replace("_by_field", "x"), VALUES)):
        wire.script = [*script]
        if error is CapabilityMissing and method == "read":
            continue
        with wire.client() as client, pytest.raises(error) as caught:
            getattr(client, method)(function, params)
        assert words.replace(WRITE, function) in str(caught.value)
        assert type(caught.value) is error
        assert isinstance(caught.value, Unusable)
    assert wire.pauses == []


def test_only_where_nobody_can_say_the_limit_of_fields_is_blamed_beside_the_token(wire):
    told = []
    for second in (refuses("invalidtoken"), page(502, "")):
        wire.script = [refuses("invalidtoken"), second]
        with wire.client() as client, pytest.raises(TokenRefused) as caught:
            client.write(WRITE, ROWS)
        told.append("moodle.max_fields" in str(caught.value))
    assert told == [False, True]


def test_a_refused_site_info_blames_the_token_without_asking_again(wire):
    wire.script = [refuses("accessexception", "Access control exception")]
    with wire.client() as client, pytest.raises(TokenRefused) as caught:
        client.read(SITE_INFO, {})
    assert wire.functions == [SITE_INFO]
    assert str(caught.value) == (
        f"{SITE_INFO}: Moodle refuses the token (accessexception: Access control exception). "
        "Check that the token (the password of the connection `sync_moodle`) is not expired or bound to another "
        "address (Site administration > Server > Web services > Manage tokens), that its service is enabled "
        "(Site administration > Server > Web services > External services), and that its account is not suspended "
        "or closed."
    )


def test_a_refusal_is_passed_on_as_it_is(wire):
    wire.script = [refuses("invalidparameter", "Invalid parameter value detected")]
    with wire.client() as client, pytest.raises(Refused) as caught:
        client.write(WRITE, ROWS)
    assert (caught.value.errorcode, caught.value.said) == ("invalidparameter", "Invalid parameter value detected")
    assert str(caught.value) == f"{WRITE}: refused with invalidparameter: Invalid parameter value detected"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_does_not_follow_a_redirect(wire, status):
    wire.script = [page(status, "", location=f"{wire.url}/elsewhere")]
    with wire.client() as client, pytest.raises(WrongAddress):
        client.read(READ, VALUES)
    assert len(wire.forms) == 1


def test_no_more_connections_are_opened_than_allowed(wire):
    busy, most, lock = [], [], threading.Lock()

    def slow(handler):
        with lock:
            busy.append(1)
            most.append(len(busy))
        threading.Event().wait(0.02)
        with lock:
            busy.pop()
        says(USERS)(handler)

    wire.script = [slow]
    with wire.client(connections=3) as client, ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: client.read(READ, VALUES), range(24)))
        assert client.calls == {READ: 24}
        assert client.spent[READ].seconds >= 24 * 0.02
        assert client.spent[READ].rows == 24 * 2
    assert max(most) == 3


def test_each_call_is_one_line_of_the_log_without_a_secret(wire, caplog):
    caplog.set_level(logging.DEBUG)
    wire.script = [page(502, TOKEN), says(USERS), refuses("invalidparameter", TOKEN), page(200, TOKEN)]
    with wire.client() as client:
        client.read(READ, VALUES)
        with pytest.raises(Refused) as refused:
            client.write(WRITE, ROWS)
        with pytest.raises(Unanswered) as unanswered:
            client.write(WRITE, ROWS)
        assert TOKEN not in repr(client)
    lines = [record.getMessage() for record in caplog.records if record.name == "sync_operators.moodle.client"]
    assert [
        line.rsplit(" ms=", 1)[0] + " " + line.rsplit(" ", 1)[1] for line in lines if line.startswith("call: ")
    ] == [
        f"call: function={READ} rows=2 outcome=NoAnswer",
        f"call: function={READ} rows=2 outcome=ok",
        f"call: function={WRITE} rows=1 outcome=invalidparameter",
        f"call: function={WRITE} rows=1 outcome=NoAnswer",
    ]
    told = caplog.text + str(refused.value) + str(unanswered.value) + repr(unanswered.value.__cause__)
    assert TOKEN not in told
    assert "canary-password" not in told


@pytest.mark.parametrize("url", ["", "moodle.example", "ftp://moodle.example", "https://", "file:///etc"])
def test_an_address_without_scheme_or_host_is_a_faulty_configuration(url):
    with pytest.raises(ConfigurationError) as caught:
        MoodleClient(url, TOKEN)
    assert str(caught.value) == (
        f"`{url}` is not the address of a site. Set the host of the connection `sync_moodle` to the site's address "
        "with http:// or https://."
    )


@pytest.mark.parametrize("tail", ["", "/", "/webservice/rest/server.php"])
def test_the_address_may_be_written_with_what_we_add_ourselves(wire, tail):
    wire.script = [says(USERS)]
    with MoodleClient(wire.url + tail, TOKEN) as client:
        assert client.read(READ, VALUES) == USERS
        assert client.url == wire.url


def test_a_password_in_the_address_is_not_shown():
    with MoodleClient("https://me:secret@moodle.example", TOKEN) as client:
        assert repr(client) == "MoodleClient('https://***@moodle.example')"


def test_an_address_on_this_machine_is_spoken_to_without_a_proxy(wire, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{_free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    wire.script = [says(USERS)]
    with wire.client() as client:
        assert client.read(READ, VALUES) == USERS


def test_a_proxy_that_is_not_there_means_nothing_was_sent(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{_free_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with MoodleClient("http://moodle.example", TOKEN, sleep=lambda _: None) as client, pytest.raises(NotSent):
        client.write(WRITE, ROWS)
