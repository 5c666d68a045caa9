"""What comes back from Moodle, or from what stands in front of it, has one meaning each."""

import json

import httpx
import pytest

from sync_operators.errors import SyncError
from sync_operators.moodle.answers import Call, NoAnswer, answer_of
from sync_operators.moodle.errors import (
    BadAnswer,
    CapabilityMissing,
    FunctionMissing,
    Refused,
    RequestCut,
    ServicesOff,
    TokenRefused,
    WrongAddress,
)

TOKEN = "5ec2e7c0ffee"
URL = "https://moodle.example"
XML = '<?xml version="1.0" encoding="UTF-8" ?>\n<EXCEPTION class="core\\exception\\moodle_exception">\n'
XML_REFUSAL = (
    f"{XML}<ERRORCODE>invalidtoken</ERRORCODE>\n<MESSAGE>Invalid token - token not found</MESSAGE>\n</EXCEPTION>"
)
HTML = "<!DOCTYPE html><html><head><title>Sign in &amp; go on</title><style>b {}</style></head><body><h1>Hello</h1>"
CLI_MAINTENANCE = "<!DOCTYPE html><html><head><title>Test Site under maintenance</title></head><body>…"
F = "core_user_create_users"
PAGE_200 = "status 200, text/html; charset=utf-8, beginning"
NOT_MOODLE = f"{F}: {URL} is not the address of Moodle's web service: it answers"
NO_RECORD = "Can't find data record in database table user."
SUSPENDED = "Refused web service access for suspended username: wssync"
RULES = "Passwords must have at least 1 digit(s). At least 8 characters."
POLICY = "<div>Passwords must have at least 1 digit(s).</div><div>At least 8 characters.</div>"


def _call(function="core_user_create_users"):
    return Call(function, URL, TOKEN, 12)


def _outcome(response, function="core_user_create_users"):
    """The answer, or the whole of what was raised."""
    try:
        return answer_of(_call(function), response)
    except NoAnswer as error:
        return (NoAnswer, error.reason, error.begun, error.again)
    except Refused as error:
        return (Refused, error.errorcode, error.said)
    except SyncError as error:
        return (type(error), error.message)


def _json(value, status=200):
    return httpx.Response(status, content=json.dumps(value), headers={"content-type": "application/json"})


def _error(errorcode, message):
    return _json({"exception": "core\\exception\\moodle_exception", "errorcode": errorcode, "message": message})


def _html(status, text="", **headers):
    return httpx.Response(status, text=text, headers={"content-type": "text/html; charset=utf-8", **headers})


@pytest.mark.parametrize("value", [None, [], [{"id": 5, "username": "ann"}], {"warnings": []}, True])
def test_json_without_an_exception_is_the_answer(value):
    assert _outcome(_json(value)) == value


@pytest.mark.parametrize(
    ("errorcode", "message", "outcome"),
    [
        ("invalidparameter", "Invalid parameter value", (Refused, "invalidparameter", "Invalid parameter value")),
        ("dmlwriteexception", "Error writing", (Refused, "dmlwriteexception", "Error writing")),
        ("invalidtoken", "Invalid token", (Refused, "invalidtoken", "Invalid token")),
        ("accessexception", "Access control", (Refused, "accessexception", "Access control")),
        ("invalidrecord", NO_RECORD, (Refused, "invalidrecord", NO_RECORD)),
        (POLICY, "error/" + POLICY, (Refused, "passwordpolicy", RULES)),
        (
            "invalidrecord",
            "Can't find data record in database table external_functions.",
            (FunctionMissing, "The token's service does not offer core_user_create_users."),
        ),
        (
            "nopermissions",
            "Sorry (Create users).",
            (CapabilityMissing, f"{F}: the account of the token lacks a capability (Sorry (Create users).)."),
        ),
        (
            "wsaccessusersuspended",
            SUSPENDED,
            (TokenRefused, f"{F}: Moodle refuses the token (wsaccessusersuspended: {SUSPENDED})."),
        ),
        ("sitemaintenance", "Maintenance", (NoAnswer, "Maintenance (sitemaintenance)", False, True)),
        ("upgraderunning", "Upgrading", (NoAnswer, "Upgrading (upgraderunning)", False, True)),
        ("dbconnectionfailed", "No database", (NoAnswer, "No database (dbconnectionfailed)", False, True)),
    ],
)
def test_an_error_of_moodle_is_read_by_its_code(errorcode, message, outcome):
    assert _outcome(_error(errorcode, message)) == outcome


def test_a_php_error_inside_moodle_has_no_code_of_its_own():
    answer = _json({"exception": "Error", "message": "Call to undefined method"})
    assert _outcome(answer) == (Refused, "phperror", "Call to undefined method")


def test_a_missing_capability_of_a_function_that_checks_each_row_is_the_rows():
    answer = _error("nopermissions", "Sorry (Enrol users).")
    assert _outcome(answer, "enrol_manual_enrol_users") == (Refused, "nopermissions", "Sorry (Enrol users).")


def test_an_error_in_xml_is_read_like_one_in_json():
    answer = httpx.Response(200, text=XML_REFUSAL, headers={"content-type": "application/xml; charset=utf-8"})
    assert _outcome(answer) == (Refused, "invalidtoken", "Invalid token - token not found")


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (
            _html(403),
            (
                ServicesOff,
                f"{F}: Moodle answers 403 without a word: web services or the REST protocol are switched off.",
            ),
        ),
        (
            _html(403, HTML),
            (
                BadAnswer,
                f"{F}: the answer is not the web service's: {PAGE_200.replace('200', '403')} “Sign in & go on: Hello”.",
            ),
        ),
        (
            _html(413, HTML),
            (
                RequestCut,
                f"{F}: the server did not take the whole request (12 form fields): status 413, the body is too large.",
            ),
        ),
        (_html(429, HTML), (NoAnswer, "status 429: too many requests", False, True)),
        (_html(502, "<html>"), (NoAnswer, "status 502, bad gateway", True, True)),
        (_html(503, CLI_MAINTENANCE), (NoAnswer, "status 503, unavailable (Test Site under maintenance)", True, True)),
        (_html(504), (NoAnswer, "status 504, gateway time-out", True, True)),
        (_html(500), (NoAnswer, "an empty answer with status 500", True, True)),
        (
            _html(500, "<b>Fatal error</b>: Allowed memory size"),
            (
                NoAnswer,
                "status 500, text/html; charset=utf-8, beginning “Fatal error : Allowed memory size”",
                True,
                False,
            ),
        ),
        (
            _html(301, location="https://other.example/login?wstoken=x"),
            (WrongAddress, f"{NOT_MOODLE} 301 and points to https://other.example/login."),
        ),
        (_html(404, HTML), (WrongAddress, f"{NOT_MOODLE} 404, there is no such page.")),
        (_html(401, HTML), (WrongAddress, f"{NOT_MOODLE} 401, it asks for a sign-in.")),
    ],
)
def test_a_status_that_is_not_moodles_says_whether_moodle_may_have_begun(response, outcome):
    assert _outcome(response) == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", (NoAnswer, "an empty answer with status 200", True, True)),
        ('[{"id": 5, "usern', (NoAnswer, "the answer broke off", True, True)),
        (HTML, (NoAnswer, f"{PAGE_200} “Sign in & go on: Hello”", True, False)),
        (
            '<br />\n<b>Warning</b>: Undefined array key\n[{"id": 5}]',
            (NoAnswer, f'{PAGE_200} “Warning : Undefined array key [{{"id": 5}}]”', True, False),
        ),
    ],
)
def test_what_is_no_json_is_no_answer_and_only_a_page_is_not_tried_again(text, outcome):
    assert _outcome(_html(200, text)) == outcome


@pytest.mark.parametrize(
    "response",
    [
        _html(200, f"<p>POST wstoken={TOKEN}</p>"),
        _html(403, f"<p>wstoken={TOKEN}</p>"),
        _html(503, f"<title>{TOKEN}</title>"),
        _html(302, location=f"https://other.example/{TOKEN}"),
        _error("invalidparameter", f"bad {TOKEN}"),
        _error(TOKEN, "bad"),
        _error("wsaccessx", f"bad {TOKEN}"),
        _error(f"<p>{TOKEN}</p>", "bad"),
    ],
)
def test_a_token_that_the_server_echoes_is_never_passed_on(response):
    assert TOKEN not in repr(_outcome(response))
    assert TOKEN not in repr(_call())


def test_words_of_a_page_are_kept_short():
    outcome = _outcome(_html(200, "<p>" + "word " * 1000))
    assert len(outcome[1]) < 200


def test_what_a_debugging_site_adds_is_never_passed_on():
    """It quotes values, passwords among them."""
    answer = _json({"exception": "x", "errorcode": "invalidparameter", "message": "Invalid", "debuginfo": "canary"})
    with pytest.raises(Refused) as caught:
        answer_of(_call(), answer)
    assert "canary" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


SERVER_TIME = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "20"}, 20),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT", **SERVER_TIME}, 90),
        ({"Retry-After": "Tue, 24 Nov 2026 11:00:00 GMT", **SERVER_TIME}, 0),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT"}, 0),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 -0000", **SERVER_TIME}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "9" * 400}, float("inf")),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_the_rest_that_a_server_asks_for_is_told(status, headers, seconds):
    with pytest.raises(NoAnswer) as caught:
        answer_of(_call(), _html(status, HTML, **headers))
    assert caught.value.retry_after == seconds
