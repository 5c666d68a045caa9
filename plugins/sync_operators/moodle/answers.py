"""Reads what came back from a web-service call: Moodle's answer, Moodle's refusal, or neither.

Moodle answers 200 for success and for every error of a function; the other statuses are the web server's, a
gateway's or maintenance (`moodle/ws-functions.md`, Protocol). What is no answer of Moodle is told apart by two
questions: may Moodle have begun the call, and is it worth trying again?
"""

import html
import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from sync_operators.errors import SyncError
from sync_operators.moodle.errors import (
    CAPABILITIES,
    BadAnswer,
    CapabilityMissing,
    FunctionMissing,
    Refused,
    RequestCut,
    ServicesOff,
    TokenRefused,
    WrongAddress,
)

# Moodle looks at these before it runs anything, so nothing was begun.
_NOT_NOW = frozenset({"sitemaintenance", "upgraderunning", "dbconnectionfailed"})
_ACCOUNT = frozenset({"servicenotavailable", "sitepolicynotagreed", "usernotfullysetup", "invalidtimedtoken"})
_GATEWAY = {502: "bad gateway", 503: "unavailable", 504: "gateway time-out"}
_NO_MOODLE = {
    401: "it asks for a sign-in",
    404: "there is no such page",
    405: "it takes no POST",
    410: "the page is gone",
}
_XML = re.compile(r"<ERRORCODE>(.*?)</ERRORCODE>.*?(?:<MESSAGE>(.*?)</MESSAGE>|$)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_UNSEEN = re.compile(r"<(style|script|head)\b.*?(?:</\1>|$)", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way: what messages may say about it."""

    function: str
    url: str
    token: str
    fields: int

    def clean(self, text: str, limit: int = 100) -> str:
        """Text of a server fit for a message: one line, short, without the token."""
        words = " ".join(text.split())
        return (words.replace(self.token, "***") if self.token else words)[:limit]

    def __repr__(self) -> str:
        return f"Call({self.function!r}, fields={self.fields})"


class NoAnswer(Exception):
    """Nothing that Moodle said; stays inside this package.

    `begun`: Moodle may have begun the call. `again`: trying again may help, after `retry_after` seconds where the
    server has named a time.
    """

    def __init__(self, reason: str, *, begun: bool, again: bool = True, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.begun = begun
        self.again = again
        self.retry_after = retry_after


def answer_of(call: Call, response: httpx.Response) -> Any:
    """The value that Moodle answered.

    Raises Refused or an Unusable when Moodle said no, NoAnswer when it was not Moodle who spoke.
    """
    _check_status(call, response)
    try:
        value = json.loads(response.content)
    except ValueError:
        raise _unreadable(call, response) from None
    # The page that takes uploads names no exception.
    if isinstance(value, dict) and value.keys() & {"exception", "errorcode"}:
        raise _refusal(call, value)
    if response.status_code != 200:
        raise NoAnswer(_page(call, response), begun=True, again=False)
    return value


def _check_status(call: Call, response: httpx.Response) -> None:
    status = response.status_code
    if status in _GATEWAY:
        raise NoAnswer(_gateway_reason(call, response), begun=True, retry_after=_retry_after(response))
    if status == 429:
        raise NoAnswer("status 429: too many requests", begun=False, retry_after=_retry_after(response))
    if status == 413:
        raise RequestCut(call.function, "status 413, the body is too large", fields=call.fields)
    if status == 403 and not response.content.strip():
        raise ServicesOff(call.function)
    if status == 403 and not _is_json(response):
        raise BadAnswer(call.function, _page(call, response))
    if response.is_redirect or status in _NO_MOODLE:
        raise WrongAddress(call.function, call.url, _elsewhere(call, response))


def _retry_after(response: httpx.Response) -> float:
    """The seconds of rest that a server asks for, as a number or a time by its own clock; 0 when it asks for none."""
    told = response.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        until = parsedate_to_datetime(told)
        now = parsedate_to_datetime(response.headers.get("date", ""))
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return 0.0


def _gateway_reason(call: Call, response: httpx.Response) -> str:
    title = _TITLE.search(response.text)
    told = f" ({call.clean(html.unescape(title[1]))})" if title else ""
    return f"status {response.status_code}, {_GATEWAY[response.status_code]}{told}"


def _elsewhere(call: Call, response: httpx.Response) -> str:
    if response.is_redirect:
        return f"it answers {response.status_code} and points to {_shown(call, response.headers['location'])}"
    return f"it answers {response.status_code}, {_NO_MOODLE[response.status_code]}"


def _shown(call: Call, location: str) -> str:
    return call.clean(location.partition("?")[0])


def _is_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("content-type", "")


def _unreadable(call: Call, response: httpx.Response) -> Exception:
    text = response.text.strip()
    if found := _XML.search(text):
        return _refusal(call, {"errorcode": html.unescape(found[1]), "message": html.unescape(found[2] or "")})
    if not text:
        return NoAnswer(f"an empty answer with status {response.status_code}", begun=True)
    if text[0] in "[{":
        return NoAnswer("the answer broke off", begun=True)
    return NoAnswer(_page(call, response), begun=True, again=False)


def _page(call: Call, response: httpx.Response) -> str:
    kind = response.headers.get("content-type", "no content type")
    words = call.clean(html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", response.text))))
    title = _TITLE.search(response.text)
    if title:
        words = call.clean(f"{html.unescape(title[1])}: {words}")
    return f"status {response.status_code}, {kind}, beginning “{words}”"


def _refusal(call: Call, value: dict[str, Any]) -> Exception:
    told = str(value.get("message") or value.get("error") or "")
    errorcode, said = _normal(call, str(value.get("errorcode") or ""), told)
    if errorcode in _NOT_NOW:
        return NoAnswer(f"{said} ({errorcode})", begun=False)
    return _clear_end(call, errorcode, said) or Refused(errorcode, said, function=call.function)


def _normal(call: Call, errorcode: str, said: str) -> tuple[str, str]:
    """Moodle puts the text of its password policy where the code belongs, and a PHP error has no code at all."""
    if "<" in errorcode:
        return "passwordpolicy", call.clean(html.unescape(_TAG.sub(" ", errorcode)), limit=500)
    return call.clean(errorcode) or "phperror", call.clean(html.unescape(_TAG.sub(" ", said)))


def _clear_end(call: Call, errorcode: str, said: str) -> SyncError | None:
    if errorcode.startswith("wsaccess") or errorcode in _ACCOUNT:
        return TokenRefused(call.function, errorcode, said)
    if errorcode == "invalidrecord" and "external_functions" in said:
        return FunctionMissing([call.function])
    if errorcode == "nopermissions" and call.function in CAPABILITIES:
        return CapabilityMissing(call.function, said)
    return None
