"""The way to Moodle's web services: one POST per call, over a few lasting connections.

A *read* is tried again when no good answer comes. A *write* is sent again only when Moodle certainly did not begin it
(no connection, maintenance); whatever else goes wrong is `Unanswered` and must be settled by looking at Moodle. Before
each call, a further try too, there is the rest that `pressure` asks for. `wstoken` is the last form field, so that a
request which PHP cuts at `max_input_vars` fails whole (`moodle/ws-functions.md`, Request size).

Proxies and certificates come from the environment (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`), as everywhere else on
the machine; a Moodle on the same machine is always spoken to directly.
"""

import logging
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, NoReturn, Self

import httpx

from sync_operators.errors import SyncError
from sync_operators.moodle.addresses import checked, is_loopback, without_password
from sync_operators.moodle.answers import Call, NoAnswer, answer_of
from sync_operators.moodle.errors import (
    BadAnswer,
    FunctionMissing,
    NotSent,
    Refused,
    RequestCut,
    TokenRefused,
    TooManyFields,
    Unanswered,
    Unreachable,
    WrongAddress,
)
from sync_operators.moodle.fields import encoded, flatten, row_count
from sync_operators.moodle.pressure import Pressure
from sync_operators.moodle.slots import Slots
from sync_operators.moodle.tally import Spent, Tally

log = logging.getLogger(__name__)
# It says at INFO, a second time and without the function, what our own line says.
logging.getLogger("httpx").setLevel(logging.WARNING)

SITE_INFO = "core_webservice_get_site_info"
UPLOAD = "webservice/upload.php"
FIXED_FIELDS = 3  # wsfunction, moodlewsrestformat, wstoken
TRIES = 6  # with pauses of at least 1, 2, 4, 8, 16 seconds between them
_ENDPOINT = "/webservice/rest/server.php"
_READS = re.compile(r"_(get|search|list|retrieve)_")
_NEVER_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNCERTAIN_TOKEN = "It may also be that the server cut the request: see `moodle.max_fields`."  # noqa: S105 # no token


class MoodleClient:
    """Calls web-service functions of one Moodle; safe to share between threads."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 60,
        connections: int = 2,
        max_fields: int = 900,
        tries: int = TRIES,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = checked(url).removesuffix(_ENDPOINT)
        self.connections = connections
        self.max_fields = max_fields
        self._token = token
        self._tries = tries
        self._sleep = sleep
        self._tally = Tally()
        self._slots = Slots(connections)
        self.pressure = Pressure(timeout)
        """How many rows a call may hold now."""
        self.answered_at: datetime | None = None
        """The time by the server's own clock, as the last answer told it."""
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10), pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=not is_loopback(httpx.URL(self.url).host),
            headers={"accept": "application/json", "user-agent": "tool-sync-for-airflow"},
            event_hooks={"response": [self._note_time]},
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"MoodleClient({self.shown_url!r})"

    @property
    def shown_url(self) -> str:
        """The site's address as messages may show it."""
        return without_password(self.url)

    def _note_time(self, response: httpx.Response) -> None:
        with suppress(ValueError):
            self.answered_at = parsedate_to_datetime(response.headers.get("date", ""))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call_back(self) -> None:
        """Give up the calls that wait for a connection or rest: each raises CalledBack, those under way go on."""
        self._slots.call_back()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def calls(self) -> Counter[str]:
        """Requests sent so far, by function, those tried again included."""
        return Counter({function: each.calls for function, each in self.spent.items()})

    @property
    def retries(self) -> int:
        """How many of the requests were another try."""
        return self._tally.retries

    @property
    def spent(self) -> Mapping[str, Spent]:
        """What the requests took so far, by function: seconds are summed over all connections."""
        return self._tally.read()

    def read(self, function: str, params: Mapping[str, Any]) -> Any:
        """Ask Moodle something; tried again, up to a limit, when no good answer comes.

        Raises Unreachable, Refused, or an Unusable.
        """
        if not _READS.search(function):
            raise ValueError(f"{function} is no read: what writes must not be tried again blindly")
        try:
            return self._trying(lambda error: error.again, self._call, function, params)
        except NoAnswer as error:
            self._give_up(function, error)

    def write(self, function: str, params: Mapping[str, Any]) -> Any:
        """Make Moodle do something; sent again only if Moodle certainly did not begin.

        Raises Unanswered when nobody knows whether it was done; NotSent, Refused, or an Unusable when it was not.
        """
        try:
            return self._trying(lambda error: not error.begun, self._call, function, params)
        except NoAnswer as error:
            if error.begun:
                raise Unanswered(function, error.reason) from error
            raise NotSent(function, error.reason, tries=self._tries) from error

    def upload(self, name: str, content: bytes) -> Any:
        """Put a file into a new draft area of our own account; tried again like a read: an unused area does nothing.

        Raises Unreachable, Refused, or an Unusable.
        """
        try:
            return self._trying(lambda error: error.again, self._send_file, UPLOAD, name, content)
        except NoAnswer as error:
            self._give_up(UPLOAD, error)

    def _give_up(self, function: str, error: NoAnswer) -> NoReturn:
        if error.again:
            raise Unreachable(function, error.reason, tries=self._tries) from error
        raise BadAnswer(function, error.reason) from error

    def _trying(self, again: Callable[[NoAnswer], bool], call: Callable[..., Any], function: str, *args: Any) -> Any:
        for attempt in range(1, self._tries):
            try:
                return call(function, *args)
            except NoAnswer as error:
                if not again(error):
                    raise
                self._note_retry(function, attempt, error)
        return call(function, *args)

    def _note_retry(self, function: str, attempt: int, error: NoAnswer) -> None:
        self._tally.add_retry()
        pause, told = self.pressure.pause(), "retry: function=%s try=%d of=%d pause=%.1f reason=%s"
        log.warning(told, function, attempt, self._tries, pause, error.reason)

    def _call(self, function: str, params: Mapping[str, Any]) -> Any:
        try:
            return self._once(function, params)
        except Refused as refused:
            raise self._explained(refused, params) from None

    def _once(self, function: str, params: Mapping[str, Any]) -> Any:
        form = self._form(function, params)
        call = Call(function, without_password(self.url), self._token, len(form))
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self._asked(call, _ENDPOINT, row_count(params), content=encoded(form), headers=headers)

    def _send_file(self, function: str, name: str, content: bytes) -> Any:
        form = {"token": self._token, "itemid": "0", "filepath": "/"}
        call = Call(function, without_password(self.url), self._token, len(form))
        try:
            return self._asked(call, f"/{UPLOAD}", 1, data=form, files={"file": (name, content)})
        except Refused as refused:
            raise self._explained(refused, form) from None

    def _asked(self, call: Call, path: str, rows: int, **sent: Any) -> Any:
        with self._slots.turn() as still_wanted:
            if pause := self.pressure.pause():
                # A little chance, so that several clients that were sent away do not all come back at once.
                self._sleep(pause + random.uniform(0, min(pause, 1)))  # noqa: S311  no secret
                still_wanted()
            return self._answer(call, path, rows, **sent)

    def _answer(self, call: Call, path: str, rows: int, **sent: Any) -> Any:
        began = time.monotonic()
        try:
            answer = answer_of(call, self._post(call, path, **sent))
        except (NoAnswer, SyncError) as error:
            self._note(call.function, rows, time.monotonic() - began, error)
            raise
        self._note(call.function, rows, time.monotonic() - began)
        return answer

    def _note(self, function: str, rows: int, seconds: float, error: Exception | None = None) -> None:
        outcome = "ok" if error is None else getattr(error, "errorcode", "") or type(error).__name__
        self._tally.add(function, rows, seconds)
        log.info("call: function=%s rows=%d ms=%d outcome=%s", function, rows, seconds * 1000, outcome)
        if isinstance(error, NoAnswer) and error.again:
            self.pressure.troubled(function, error.reason, seconds, retry_after=error.retry_after)
        elif error is None or isinstance(error, Refused):
            self.pressure.answered(function, rows, seconds)

    def _form(self, function: str, params: Mapping[str, Any]) -> list[tuple[str, str]]:
        if any(isinstance(value, list | tuple) and not value for value in params.values()):
            raise ValueError(f"{function}: an empty list cannot be sent")
        head = [("wsfunction", function), ("moodlewsrestformat", "json")]
        form = [*head, *flatten(params), ("wstoken", self._token)]
        if len(form) > self.max_fields:
            raise TooManyFields(len(form), self.max_fields)
        return form

    def _post(self, call: Call, path: str, **sent: Any) -> httpx.Response:
        try:
            return self._http.post(self.url + path, follow_redirects=False, **sent)
        except _NEVER_BEGUN as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise WrongAddress(call.function, call.url, f"its certificate is not trusted ({error})") from error
            raise NoAnswer(f"no connection ({_reason(error)})", begun=False) from error
        except httpx.TimeoutException as error:
            raise NoAnswer(f"no answer in time ({type(error).__name__})", begun=True) from error
        except httpx.RequestError as error:
            raise NoAnswer(f"the connection broke off ({_reason(error)})", begun=True) from error

    def _explained(self, refused: Refused, params: Mapping[str, Any]) -> SyncError:
        """Moodle says the same of a bad token, of a request that was cut and of a function not offered: ask."""
        if refused.errorcode not in {"invalidtoken", "accessexception"}:
            return refused
        if refused.function == SITE_INFO:
            return TokenRefused(SITE_INFO, refused.errorcode, refused.said)
        offered = self._offered()
        if offered and refused.errorcode == "invalidtoken":
            fields = len(flatten(params)) + FIXED_FIELDS
            return RequestCut(refused.function, "the token, its last field, was missing", fields=fields)
        if offered and refused.function not in offered:
            return FunctionMissing([refused.function])
        remark = _UNCERTAIN_TOKEN if offered is None else ""
        return TokenRefused(refused.function, refused.errorcode, refused.said, remark=remark)

    def _offered(self) -> frozenset[str] | None:
        """What the token may call; nothing when it is refused here too, None when nobody answers."""
        try:
            info = self._once(SITE_INFO, {})
            return frozenset(entry["name"] for entry in info["functions"])
        except Refused:
            return frozenset()
        except (NoAnswer, SyncError, TypeError, KeyError):
            return None


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
